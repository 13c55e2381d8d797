package dev.weft.controlplane;

import dev.weft.controlplane.admin.AdminServer;
import dev.weft.controlplane.management.ManagementService;
import dev.weft.controlplane.management.Rollouts;
import dev.weft.controlplane.mesh.Mesh;
import dev.weft.controlplane.registry.InstanceRegistry;
import dev.weft.controlplane.replica.Replicas;
import dev.weft.controlplane.snapshot.MeshFollower;
import dev.weft.controlplane.snapshot.SnapshotPublisher;
import dev.weft.controlplane.store.Store;
import dev.weft.v1.ReplicaStatus;
import dev.weft.xds.Settings;
import dev.weft.xds.XdsServer;
import io.grpc.BindableService;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.hotspot.DefaultExports;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The composition root: how a replica is put together, in the order in which a change travels.
 *
 * <p>store → follower (one thread: the mesh as a value) → publisher (the same thread: what each audience is told) → xDS server (a
 * virtual thread a stream) → acknowledgements → rollouts. Beside that path: the registry writes instances as streams open and close,
 * and the management service writes what people apply.
 */
final class ControlPlane implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ControlPlane.class);
    private static final int MAX_REQUEST_BYTES = 16 << 20;

    private final Options options;
    private final Store store;
    private final MeshFollower follower;
    private final SnapshotPublisher publisher;
    private final XdsServer xds;
    private final Replicas replicas;
    private final InstanceRegistry registry;
    private final Server grpc;
    private final AdminServer admin;
    private final HealthStatusManager health;
    private final ExecutorService calls;
    private Store.@Nullable Lease lease;
    /** Written by whoever closes, read by the admin port. */
    private volatile boolean draining;

    private ControlPlane(Options options, Store store) throws IOException {
        this.options = options;
        this.store = store;
        InstantSource clock = InstantSource.system();
        follower = new MeshFollower(store);
        publisher = new SnapshotPublisher(follower);
        ScheduledExecutorService registryThread = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().name("registry").daemon().factory());
        registry = new InstanceRegistry(store, registryThread, options.absence(), clock);

        calls = Executors.newVirtualThreadPerTaskExecutor();
        health = new HealthStatusManager();
        health.setStatus("", ServingStatus.NOT_SERVING);
        NettyServerBuilder builder = NettyServerBuilder.forAddress(
                        options.listen(),
                        options.security().map(TransportSecurity::server).orElseGet(InsecureServerCredentials::create))
                .executor(calls)
                .maxInboundMessageSize(MAX_REQUEST_BYTES)
                .permitKeepAliveTime(5, TimeUnit.SECONDS)
                .permitKeepAliveWithoutCalls(true)
                .keepAliveTime(20, TimeUnit.SECONDS)
                .keepAliveTimeout(10, TimeUnit.SECONDS)
                .addService(health.getHealthService())
                .addService(ProtoReflectionServiceV1.newInstance());

        // The address is known only once the server listens, but its services are fixed before: the replica learns it
        // late.
        String id = HexFormat.of()
                .toHexDigits(ThreadLocalRandom.current().nextLong())
                .substring(0, 8);
        AtomicReference<XdsServer> xdsServer = new AtomicReference<>();
        LateReplicas late = new LateReplicas(store, id, options);
        Rollouts rollouts =
                ManagementService.rollouts(xdsServer::get, publisher.groups(), follower, late::get, store, clock);
        publisher.onSettled(rollouts::moved);
        xds = XdsServer.builder(publisher.groups())
                .observer(new Observers(registry, rollouts))
                .settings(Settings.builder().identifier("weft-" + id).build())
                .build();
        xdsServer.set(xds);
        for (BindableService service : xds.services()) {
            builder.addService(service);
        }
        builder.addService(ManagementService.create(store, follower, rollouts, clock, ThreadLocalRandom::current));

        grpc = builder.build().start();
        replicas = late.listening((InetSocketAddress) grpc.getListenSockets().getFirst());
        CollectorRegistry metrics = new CollectorRegistry();
        DefaultExports.register(metrics);
        new ControlPlaneMetrics(follower, publisher, xds).register(metrics);
        admin = AdminServer.start(
                options.admin(), metrics, this::unreadiness, () -> ConfigDump.json(publisher.groups()));
    }

    /**
     * Opens the store, binds both ports and serves.
     *
     * @throws IOException where an address cannot be bound; nothing is left open then
     */
    static ControlPlane start(Options options) throws IOException {
        Store store = options.store().get();
        ControlPlane controlPlane;
        try {
            controlPlane = new ControlPlane(options, store);
        } catch (IOException | RuntimeException e) {
            store.close();
            throw e;
        }
        try {
            controlPlane.serve();
        } catch (RuntimeException e) {
            controlPlane.close();
            throw e;
        }
        return controlPlane;
    }

    InetSocketAddress listen() {
        return (InetSocketAddress) grpc.getListenSockets().getFirst();
    }

    InetSocketAddress adminAddress() {
        return admin.address();
    }

    String storeDescription() {
        return store.description();
    }

    private void serve() {
        try {
            Mesh mesh = follower.start().join();
            boolean alone = replicas.others().join().isEmpty();
            if (alone && mesh.configRevision() > 0 && mesh.services().isEmpty()) {
                log.info(
                        "nobody is registered though the mesh is not new: nodes keep what they have for {} ms",
                        options.warmUp().toMillis());
                publisher.hold();
                Thread.ofVirtual().start(this::releaseAfterWarmUp);
            }
            lease = store.lease(options.leaseTtl(), renewed -> {
                        registry.reestablished(renewed);
                        replicas.reestablished(renewed);
                    })
                    .join();
            replicas.announce(lease).join();
            registry.start(lease);
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
        health.setStatus("", ServingStatus.SERVING);
    }

    private void releaseAfterWarmUp() {
        try {
            Thread.sleep(options.warmUp());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        publisher.release();
    }

    private Optional<String> unreadiness() {
        if (draining) {
            return Optional.of("draining");
        }
        return follower.isInterrupted()
                ? Optional.of("the store cannot be followed: " + store.description())
                : Optional.empty();
    }

    /** Tells clients to go elsewhere, lets calls finish, and leaves the instances to whoever their sidecars find next. */
    @Override
    public void close() {
        draining = true;
        health.enterTerminalState();
        xds.drain(options.drain().dividedBy(2));
        grpc.shutdown();
        try {
            if (!grpc.awaitTermination(options.drain().toMillis(), TimeUnit.MILLISECONDS)) {
                grpc.shutdownNow();
            }
        } catch (InterruptedException e) {
            grpc.shutdownNow();
            Thread.currentThread().interrupt();
        }
        registry.close();
        Store.Lease held = lease;
        if (held != null) {
            held.letExpire();
        }
        follower.close();
        replicas.close();
        admin.close();
        store.close();
        calls.shutdown();
    }

    /** This replica's description, complete once the server listens. */
    private static final class LateReplicas {
        private final Store store;
        private final String id;
        private final Options options;
        /** Published before the replica is ready; calls that come earlier see that the address is unknown. */
        private volatile Replicas replicas;

        LateReplicas(Store store, String id, Options options) {
            this.store = store;
            this.id = id;
            this.options = options;
            this.replicas = replicas("");
        }

        Replicas get() {
            return replicas;
        }

        Replicas listening(InetSocketAddress address) {
            String host = options.advertise().orElseGet(() -> host(address));
            replicas = replicas(host + ":" + address.getPort());
            return replicas;
        }

        private Replicas replicas(String address) {
            return new Replicas(
                    store,
                    describe(address),
                    options.security().map(TransportSecurity::client).orElseGet(InsecureChannelCredentials::create));
        }

        private ReplicaStatus describe(String address) {
            long now = InstantSource.system().millis();
            return ReplicaStatus.newBuilder()
                    .setId(id)
                    .setAddress(address)
                    .setVersion(Version.TEXT)
                    .setStartedAt(com.google.protobuf.util.Timestamps.fromMillis(now))
                    .build();
        }

        private static String host(InetSocketAddress address) {
            if (!address.getAddress().isAnyLocalAddress()) {
                return address.getHostString();
            }
            try {
                return java.net.InetAddress.getLocalHost().getHostAddress();
            } catch (java.net.UnknownHostException e) {
                log.warn(
                        "this host's own address is unknown ({}); other replicas are told 127.0.0.1: set --advertise",
                        e.getMessage());
                return "127.0.0.1";
            }
        }
    }
}
