package dev.weft.sidecar;

import dev.weft.proxy.Proxy;
import dev.weft.proxy.tls.TlsEngine;
import dev.weft.sidecar.admin.AdminServer;
import dev.weft.sidecar.ads.AdsClient;
import dev.weft.sidecar.ads.GrpcControlPlanes;
import dev.weft.sidecar.bootstrap.Bootstrap;
import dev.weft.sidecar.bootstrap.Bootstrap.ControlPlaneSource;
import dev.weft.sidecar.bootstrap.BootstrapReader;
import dev.weft.sidecar.bootstrap.HostPort;
import dev.weft.sidecar.bootstrap.NodeIdentity;
import dev.weft.sidecar.bootstrap.ShortForm;
import dev.weft.sidecar.live.Accepted;
import dev.weft.sidecar.live.LiveConfig;
import dev.weft.sidecar.live.Received;
import dev.weft.sidecar.load.LoadReporter;
import dev.weft.sidecar.state.LastGoodFile;
import dev.weft.sidecar.state.LastGoodWriter;
import dev.weft.sidecar.xds.ResourceType;
import dev.weft.sidecar.xds.Translation;
import dev.weft.sidecar.xds.WatchedFiles;
import io.grpc.Metadata;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running sidecar or gateway: the composition root. Thread-safe; what changes lives on the configuration's thread.
 *
 * <p>The order of {@link #start} is the order of a start: what the bootstrap alone says is bound first, so that a port in use
 * ends the process before anyone is told of it, and so that the port we register is real; then operators can look in; then the
 * control plane is asked.
 */
final class Sidecar implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Sidecar.class);
    private static final Duration LEAVING = Duration.ofSeconds(1);

    /** How long an answer of the control plane is preferred over what the disk remembers. */
    private static final Duration FRESH = Duration.ofSeconds(1);

    /** How often it is looked whether certificates were renewed, and an address that was in use is free. */
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(2);

    /** When a start is certainly over, and how often afterwards what was used once is let go of. */
    private static final Duration STARTED = Duration.ofSeconds(5);

    /** After so many requests of our own the compilers have what they need. */
    private static final long ENOUGH_REQUESTS = 30_000;

    private static final Duration KEPT_SMALL = Duration.ofMinutes(1);

    private final Bootstrap bootstrap;
    private final ConfigThread thread = new ConfigThread();
    private final ExecutorService disk = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("weft-disk").factory());
    private final CollectorRegistry registry = new CollectorRegistry();
    private final Readiness readiness;
    private final Proxy proxy;
    private final LiveConfig config;
    private final WatchedFiles files;
    private final Optional<TlsEngine> tlsEngine;
    private final CompletableFuture<Void> served = new CompletableFuture<>();
    private @Nullable AdsClient ads;
    private @Nullable GrpcControlPlanes controlPlanes;
    private @Nullable LoadReporter loadReporter;
    private @Nullable AdminServer admin;
    private @Nullable CompletableFuture<Void> drained;
    private List<Received> lastGood = List.of();

    /**
     * @param loops event loops of the proxy
     * @param maxConnections of clients, 0 for no limit
     * @param state where the last good configuration is kept
     * @param accessLog in place of standard output
     * @param tlsEngine in place of the best that there is
     * @param warmUp how long requests of our own are sent before we are ready, 0 for none
     */
    record Settings(
            int loops,
            int maxConnections,
            Optional<Path> state,
            Optional<Path> accessLog,
            Optional<TlsEngine> tlsEngine,
            Duration warmUp) {}

    private Sidecar(Bootstrap bootstrap, WatchedFiles files, Settings settings) throws IOException {
        this.bootstrap = bootstrap;
        this.files = files;
        this.tlsEngine = settings.tlsEngine();
        Proxy.Builder builder = Proxy.builder()
                .loops(settings.loops())
                .maxConnections(settings.maxConnections())
                .metrics(registry);
        settings.tlsEngine().ifPresent(builder::tlsEngine);
        if (settings.accessLog().isPresent()) {
            builder.accessLog(new AccessLogFile(settings.accessLog().get(), System::nanoTime));
        }
        this.proxy = builder.build();
        this.config = new LiveConfig(bootstrap.statics(), new Translation(files), thread, proxy::apply);
        this.readiness =
                new Readiness(bootstrap.ads().map(ControlPlaneSource::types).orElse(Set.of()));
    }

    /**
     * @param tree the bootstrap as it was written, for dumps and to be read again when files that it names change
     * @param files with which it was read
     * @throws IOException where an address cannot be bound
     */
    static Sidecar start(Bootstrap bootstrap, Object tree, WatchedFiles files, Settings settings) throws IOException {
        Sidecar sidecar = new Sidecar(bootstrap, files, settings);
        try {
            sidecar.bind();
            sidecar.openAdmin(tree);
            sidecar.ask(settings.state());
            sidecar.lookAgain(tree);
            sidecar.warmUp(settings.warmUp());
            sidecar.keepSmall(STARTED);
            return sidecar;
        } catch (IOException | RuntimeException failed) {
            sidecar.close();
            throw failed;
        }
    }

    private void bind() throws IOException {
        try {
            thread.ask(() -> {
                        config.start();
                        return null;
                    })
                    .join();
        } catch (CompletionException failed) {
            throw new IOException(
                    failed.getCause() == null
                            ? failed.getMessage()
                            : failed.getCause().getMessage(),
                    failed);
        }
    }

    private void openAdmin(Object tree) throws IOException {
        if (bootstrap.admin().isPresent()) {
            HostPort at = bootstrap.admin().get();
            SidecarMetrics.register(registry, thread, config, () -> Optional.ofNullable(ads));
            admin = AdminServer.start(
                    new InetSocketAddress(at.host(), at.port()),
                    new SidecarPages(
                                    proxy,
                                    thread,
                                    config,
                                    () -> Optional.ofNullable(ads),
                                    readiness,
                                    registry,
                                    tree,
                                    this::node)
                            .all(this::drain));
        }
    }

    private void ask(Optional<Path> state) {
        thread.execute(() -> {
            config.onChange(this::changed);
            if (bootstrap.ads().isPresent()) {
                keepLastGood(state);
                connect(bootstrap.ads().get());
            }
            changed();
        });
    }

    private void lookAgain(Object tree) {
        thread.after(LOOK_AGAIN, () -> {
            lookAgain(tree);
            if (files.haveChanged()) {
                rereadFiles(tree);
            }
            config.retry();
        });
    }

    /** Beside all the waiting of a start: a client that does not ask whether we are ready is served all the same. */
    private void warmUp(Duration time) {
        WarmUp.begin(time, ENOUGH_REQUESTS, () -> proxy.connections() == 0)
                .thenRun(() -> thread.execute(() -> {
                    readiness.warm();
                    changed();
                }));
    }

    private void keepSmall(Duration wait) {
        thread.after(wait, () -> {
            ColdPages.letGo();
            keepSmall(KEPT_SMALL);
        });
    }

    private void rereadFiles(Object tree) {
        BootstrapReader.Reread again = BootstrapReader.reread(tree, files, config.statics());
        config.reread(again.statics(), again.problems());
        if (controlPlanes != null) {
            controlPlanes.secure(again.controlPlaneTls());
        }
    }

    private void keepLastGood(Optional<Path> state) {
        if (state.isEmpty()) {
            return;
        }
        LastGoodFile file = new LastGoodFile(state.get());
        lastGood = file.read();
        LastGoodWriter writer = new LastGoodWriter(file, thread, disk, () -> {
            List<Accepted> all = new ArrayList<>();
            for (ResourceType type : ResourceType.values()) {
                all.addAll(config.accepted(type));
            }
            return all;
        });
        config.onChange(() -> {
            writer.changed();
            changed();
        });
    }

    private void connect(ControlPlaneSource source) {
        Metadata headers = new Metadata();
        source.headers()
                .forEach((name, value) -> headers.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), value));
        GrpcControlPlanes dialed = new GrpcControlPlanes(
                source.addresses().stream()
                        .map(at -> new GrpcControlPlanes.Address(at.host(), at.port(), at.isIp()))
                        .toList(),
                source.tls(),
                source.authority(),
                tlsEngine,
                thread);
        controlPlanes = dialed;
        ads = new AdsClient(
                new AdsClient.Settings(source.variant(), node().message(), source.types(), headers),
                dialed,
                config,
                thread,
                thread,
                ThreadLocalRandom.current(),
                new AdsClient.Observer() {
                    @Override
                    public void unreachable(String reason) {
                        startFromDisk(reason);
                    }

                    @Override
                    public void answered(ResourceType type) {
                        readiness.answered(type);
                        changed();
                    }
                });
        AdsClient client = ads;
        loadReporter = new LoadReporter(
                node().message(),
                client::channel,
                config::loadReported,
                proxy::clusters,
                thread,
                thread,
                System::nanoTime);
        ads.start();
        if (!lastGood.isEmpty()) {
            thread.after(FRESH, () -> startFromDisk("no answer within " + FRESH.toSeconds() + " s"));
        }
        thread.after(readiness.patience(), () -> {
            readiness.tired();
            changed();
        });
    }

    /** The node as control planes know it, with the ports that are really bound. */
    private NodeIdentity node() {
        String accepting = bootstrap.node().weft("role").equals(ShortForm.Role.GATEWAY.word())
                ? ShortForm.GATEWAY
                : ShortForm.INBOUND;
        InetSocketAddress bound = proxy.addresses().get(accepting);
        NodeIdentity node = bound == null ? bootstrap.node() : bootstrap.node().withPort(bound.getPort());
        return adminAddress()
                .map(admin -> node.withAdmin(HostPort.of(admin).toString()))
                .orElse(node);
    }

    /** What an earlier process had is better than nothing, and worse than anything a control plane says. */
    private void startFromDisk(String reason) {
        List<Received> stored = lastGood;
        lastGood = List.of();
        if (stored.isEmpty() || readiness.heard()) {
            return;
        }
        LOG.warn("starting from the last good configuration: {} resources ({})", stored.size(), reason);
        config.adopt(stored);
        readiness.tired();
        changed();
        if (ads != null && ads.connected()) {
            ads.restart();
        }
    }

    private void changed() {
        if (ads != null) {
            ads.refresh();
        }
        if (loadReporter != null) {
            loadReporter.refresh();
        }
        readiness.update(config.hasStaticListeners(), config.waiting());
        if (readiness.isReady() && !served.isDone()) {
            served.complete(null);
        }
    }

    /** Completes once everything is served for the first time. */
    CompletableFuture<Void> served() {
        return served;
    }

    Map<String, InetSocketAddress> addresses() {
        return proxy.addresses();
    }

    Optional<InetSocketAddress> adminAddress() {
        return Optional.ofNullable(admin).map(AdminServer::address);
    }

    /**
     * Leaves: first the control plane hears it, so that others stop sending, and readiness fails; for {@code grace} we still
     * accept, for clients that have not heard; then requests in progress finish, for {@code deadline} at most. Never fails.
     */
    synchronized CompletableFuture<Void> drain(Duration grace, Duration deadline) {
        if (drained == null) {
            readiness.leave();
            drained = thread.ask(() -> ads == null ? CompletableFuture.<Void>completedFuture(null) : ads.leave())
                    .thenCompose(left -> left)
                    .completeOnTimeout(null, LEAVING.toMillis(), TimeUnit.MILLISECONDS)
                    .thenComposeAsync(
                            left -> proxy.drain(deadline),
                            CompletableFuture.delayedExecutor(grace.toMillis(), TimeUnit.MILLISECONDS));
        }
        return drained;
    }

    @Override
    public void close() {
        if (admin != null) {
            admin.close();
        }
        if (controlPlanes != null) {
            controlPlanes.close();
        }
        thread.close();
        disk.shutdown();
        proxy.close();
    }
}
