package dev.weft.controlplane.registry;

import com.google.protobuf.util.Timestamps;
import dev.weft.controlplane.mesh.Keys;
import dev.weft.controlplane.snapshot.NodeFacts;
import dev.weft.controlplane.store.Store;
import dev.weft.v1.Instance;
import dev.weft.v1.Resource;
import dev.weft.xds.StreamEnd;
import dev.weft.xds.XdsClient;
import dev.weft.xds.XdsObserver;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Registers the instances whose sidecars are connected to this replica.
 *
 * <p>All of them are written under this replica's one lease, so that they vanish if the replica does and no sidecar finds another. A
 * sidecar that closes its stream on purpose is taken away at once; one whose stream breaks has {@code grace} to come back, here or at
 * another replica: what another replica wrote since is not touched.
 *
 * <p>Confined to the scheduler's single thread; streams and the store hand over to it.
 */
public final class InstanceRegistry implements XdsObserver, Store.LeaseListener, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(InstanceRegistry.class);
    private static final Duration RETRY = Duration.ofSeconds(1);

    private final Store store;
    private final ScheduledExecutorService thread;
    private final Duration grace;
    private final InstantSource clock;
    private final Map<String, Registration> registrations = new HashMap<>();
    private Store.@Nullable Lease lease;

    /** One node's instance. Confined to the registry's thread. */
    private static final class Registration {
        final String key;
        final NodeFacts facts;
        long stream;
        long writtenRevision;

        @Nullable
        ScheduledFuture<?> removal;

        Registration(String key, NodeFacts facts, long stream) {
            this.key = key;
            this.facts = facts;
            this.stream = stream;
        }
    }

    /**
     * @param thread single
     * @param grace how long a node whose stream broke is kept
     */
    public InstanceRegistry(Store store, ScheduledExecutorService thread, Duration grace, InstantSource clock) {
        this.store = store;
        this.thread = thread;
        this.grace = grace;
        this.clock = clock;
    }

    /** Begins to write what has opened since and what opens from now on. */
    public void start(Store.Lease granted) {
        thread.execute(() -> {
            lease = granted;
            registrations.values().forEach(this::write);
        });
    }

    @Override
    public void opened(XdsClient client) {
        NodeFacts facts = NodeFacts.of(client);
        if (client.aggregated() && facts.isInstance()) {
            thread.execute(() -> open(facts, client.streamId()));
        }
    }

    @Override
    public void closed(XdsClient client, StreamEnd end) {
        thread.execute(() -> close(client.nodeId(), client.streamId(), end));
    }

    @Override
    public void reestablished(Store.Lease lease) {
        thread.execute(() -> {
            log.info("the lease had run out; registering {} instances again", registrations.size());
            this.lease = lease;
            registrations.values().forEach(this::write);
        });
    }

    private void open(NodeFacts facts, long stream) {
        Registration known = registrations.get(facts.node());
        if (known != null && known.facts.equals(facts) && known.writtenRevision > 0) {
            known.stream = stream;
            cancelRemoval(known);
            verify(known);
            return;
        }
        if (known != null) {
            cancelRemoval(known);
            if (!known.key.equals(Keys.instance(facts.service(), facts.node()))) {
                delete(known);
            }
        }
        Registration registration = new Registration(Keys.instance(facts.service(), facts.node()), facts, stream);
        registrations.put(facts.node(), registration);
        write(registration);
    }

    /** A node that came back may have been at another replica meanwhile: only then is there something to write. */
    private void verify(Registration registration) {
        var _ = store.get(registration.key)
                .whenCompleteAsync(
                        (entry, failure) -> {
                            boolean ours = failure == null
                                    && entry.filter(e -> e.modRevision() == registration.writtenRevision)
                                            .isPresent();
                            if (!ours && isCurrent(registration)) {
                                write(registration);
                            }
                        },
                        thread);
    }

    private void close(String node, long stream, StreamEnd end) {
        Registration registration = registrations.get(node);
        if (registration == null || registration.stream != stream) {
            return;
        }
        if (end == StreamEnd.LEFT) {
            registrations.remove(node);
            delete(registration);
        } else {
            cancelRemoval(registration);
            registration.removal = thread.schedule(
                    () -> {
                        log.info("{} has been away for {} ms: its instance is removed", node, grace.toMillis());
                        registrations.remove(node);
                        delete(registration);
                    },
                    grace.toMillis(),
                    TimeUnit.MILLISECONDS);
        }
    }

    private void write(Registration registration) {
        Store.Lease granted = lease;
        if (granted == null) {
            return;
        }
        Instance instance = registration.facts.instance().toBuilder()
                .setRegisteredAt(Timestamps.fromMillis(clock.millis()))
                .build();
        Resource resource = Resource.newBuilder()
                .setName(registration.facts.node())
                .putAllLabels(registration.facts.labels())
                .setInstance(instance)
                .setUpdatedAt(instance.getRegisteredAt())
                .build();
        Store.Transaction put = new Store.Transaction(
                List.of(), List.of(new Store.Put(registration.key, resource.toByteString(), granted.id())), "");
        var _ = commit(put).whenCompleteAsync((outcome, failure) -> written(registration, outcome, failure), thread);
    }

    private void written(Registration registration, Store.@Nullable Outcome outcome, @Nullable Throwable failure) {
        if (failure != null) {
            log.warn("{} could not be registered, trying again: {}", registration.key, failure.getMessage());
            if (isCurrent(registration)) {
                var _ = thread.schedule(
                        () -> {
                            if (isCurrent(registration)) {
                                write(registration);
                            }
                        },
                        RETRY.toMillis(),
                        TimeUnit.MILLISECONDS);
            }
        } else if (outcome instanceof Store.Committed committed) {
            registration.writtenRevision = committed.revision();
            log.info(
                    "{} is registered at {}:{}",
                    registration.key,
                    registration.facts.address(),
                    registration.facts.port());
            if (!registrations.containsKey(registration.facts.node())) {
                // It left while the write was on its way.
                delete(registration);
            }
        }
    }

    /** Deletes unless another replica has written it since. */
    private void delete(Registration registration) {
        if (registration.writtenRevision == 0) {
            return;
        }
        Store.Transaction delete = new Store.Transaction(
                List.of(new Store.Expect(registration.key, registration.writtenRevision)),
                List.of(new Store.Delete(registration.key)),
                "");
        var _ = commit(delete)
                .whenCompleteAsync(
                        (outcome, failure) -> {
                            if (failure != null && !registrations.containsKey(registration.facts.node())) {
                                log.warn(
                                        "{} could not be removed, trying again: {}",
                                        registration.key,
                                        failure.getMessage());
                                var _ = thread.schedule(
                                        () -> delete(registration), RETRY.toMillis(), TimeUnit.MILLISECONDS);
                            } else if (outcome instanceof Store.Committed) {
                                log.info("{} is removed", registration.key);
                            }
                        },
                        thread);
    }

    private CompletableFuture<Store.Outcome> commit(Store.Transaction transaction) {
        try {
            return store.commit(transaction);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private boolean isCurrent(Registration registration) {
        return registrations.get(registration.facts.node()) == registration;
    }

    private static void cancelRemoval(Registration registration) {
        ScheduledFuture<?> removal = registration.removal;
        if (removal != null) {
            removal.cancel(false);
            registration.removal = null;
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
