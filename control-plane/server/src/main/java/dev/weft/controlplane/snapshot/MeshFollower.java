package dev.weft.controlplane.snapshot;

import dev.weft.controlplane.mesh.Mesh;
import dev.weft.controlplane.store.Store;
import dev.weft.controlplane.store.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the mesh as the store has it.
 *
 * <p>Thread-safe. Changes are applied on one thread of its own, which also tells the listeners; what comes while that thread is busy
 * is applied together, so that a burst of changes is rendered once.
 */
public final class MeshFollower implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(MeshFollower.class);

    private final Store store;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("mesh-follower").daemon().factory());
    private final LinkedBlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final List<Consumer<Mesh>> listeners = new CopyOnWriteArrayList<>();
    private final List<Waiter> waiters = new ArrayList<>();
    /** Written by the follower's thread, read by everyone. */
    private volatile Mesh mesh = Mesh.EMPTY;

    private volatile boolean interrupted;
    /** Written by the follower's thread before anyone can close. */
    private volatile Store.@Nullable Handle watch;

    private sealed interface Event {}

    private record Changed(Store.ChangeSet changes) implements Event {}

    private record Reset(Store.Range snapshot) implements Event {}

    private record Waiter(long revision, CompletableFuture<Mesh> reached) {}

    public MeshFollower(Store store) {
        this.store = store;
    }

    /** Reads everything and follows from there; completes with what was read. */
    public CompletableFuture<Mesh> start() {
        return store.range("")
                .thenApplyAsync(
                        everything -> {
                            mesh = Mesh.of(everything);
                            watch = store.watch("", everything.revision(), new StoreWatcher());
                            listeners.forEach(listener -> listener.accept(mesh));
                            return mesh;
                        },
                        thread);
    }

    public Mesh mesh() {
        return mesh;
    }

    /** Whether the store cannot be followed at the moment. */
    public boolean isInterrupted() {
        return interrupted;
    }

    /** Told of every new mesh, on the follower's thread. */
    public void onChange(Consumer<Mesh> listener) {
        listeners.add(listener);
    }

    /** Completes once the mesh is at least at that revision. */
    public CompletableFuture<Mesh> reached(long revision) {
        CompletableFuture<Mesh> reached = new CompletableFuture<>();
        synchronized (waiters) {
            if (mesh.revision() >= revision) {
                return CompletableFuture.completedFuture(mesh);
            }
            waiters.add(new Waiter(revision, reached));
        }
        return reached;
    }

    /** Runs on the follower's thread, after what came before. */
    public void run(Runnable task) {
        thread.execute(task);
    }

    private void drain() {
        List<Event> batch = new ArrayList<>();
        events.drainTo(batch);
        if (batch.isEmpty()) {
            return;
        }
        Mesh next = mesh;
        for (Event event : batch) {
            next = switch (event) {
                case Changed(Store.ChangeSet changes) -> next.with(changes);
                case Reset(Store.Range snapshot) -> Mesh.of(snapshot);
            };
        }
        Mesh now = next;
        List<Waiter> satisfied;
        synchronized (waiters) {
            mesh = now;
            satisfied =
                    waiters.stream().filter(w -> w.revision() <= now.revision()).toList();
            waiters.removeAll(satisfied);
        }
        for (Consumer<Mesh> listener : listeners) {
            tell(listener, now);
        }
        satisfied.forEach(w -> w.reached().complete(now));
    }

    private static void tell(Consumer<Mesh> listener, Mesh mesh) {
        try {
            listener.accept(mesh);
        } catch (RuntimeException e) {
            log.error("{} could not be rendered; nodes keep what they have", mesh, e);
        }
    }

    private void enqueue(Event event) {
        interrupted = false;
        events.add(event);
        thread.execute(this::drain);
    }

    @Override
    public void close() {
        Store.Handle open = watch;
        if (open != null) {
            open.close();
        }
        thread.shutdown();
    }

    private final class StoreWatcher implements Store.Watcher {
        @Override
        public void changed(Store.ChangeSet changes) {
            enqueue(new Changed(changes));
        }

        @Override
        public void reset(Store.Range snapshot) {
            log.info(
                    "the store's history was compacted past us; read everything again at revision {}",
                    snapshot.revision());
            enqueue(new Reset(snapshot));
        }

        @Override
        public void interrupted(StoreException cause) {
            interrupted = true;
            log.warn("the store cannot be followed, nodes keep what they have: {}", cause.getMessage());
        }
    }
}
