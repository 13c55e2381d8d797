package dev.weft.controlplane.management;

import dev.weft.api.validation.Validation;
import dev.weft.controlplane.mesh.Mesh;
import dev.weft.controlplane.store.Store;
import dev.weft.controlplane.store.StoreException;
import dev.weft.v1.Resource;
import dev.weft.v1.ResourceChange;
import dev.weft.v1.ResourceChange.Action;
import dev.weft.v1.WatchRequest;
import dev.weft.v1.WatchResponse;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The store's changes as a stream of a call.
 *
 * <p>Thread-safe. Each watch has a bounded queue between the store and its client; a client that does not read ends with
 * RESOURCE_EXHAUSTED and resumes from the last revision it saw.
 */
final class Watches {
    private static final int MAX_QUEUED = 10_000;
    private static final long POLL_MILLIS = 200;

    private final Store store;

    Watches(Store store) {
        this.store = store;
    }

    void watch(WatchRequest request, StreamObserver<WatchResponse> responses) {
        ServerCallStreamObserver<WatchResponse> call = (ServerCallStreamObserver<WatchResponse>) responses;
        String prefix = Queries.prefix(request.getKind());
        LinkedBlockingQueue<Event> events = new LinkedBlockingQueue<>(MAX_QUEUED);
        long from = request.getFromRevision();
        if (from == 0) {
            Store.Range present = Calls.await(store.range(prefix));
            call.onNext(WatchResponse.newBuilder()
                    .addAllChanges(
                            present.entries().stream().map(Watches::existing).toList())
                    .setRevision(present.revision())
                    .setSnapshot(true)
                    .setSnapshotEnd(true)
                    .build());
            from = present.revision();
        }
        Queue watcher = new Queue(events);
        try (Store.Handle _ = store.watch(prefix, from, watcher)) {
            pump(call, events, watcher);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            call.onError(Status.UNAVAILABLE.withDescription("shutting down").asRuntimeException());
        }
    }

    private static void pump(
            ServerCallStreamObserver<WatchResponse> call, LinkedBlockingQueue<Event> events, Queue watcher)
            throws InterruptedException {
        while (!call.isCancelled()) {
            if (watcher.overflowed) {
                call.onError(Status.RESOURCE_EXHAUSTED
                        .withDescription(
                                "more than " + MAX_QUEUED + " changes are unread: watch again from the last revision")
                        .asRuntimeException());
                return;
            }
            @Nullable Event event = call.isReady() ? events.poll(POLL_MILLIS, TimeUnit.MILLISECONDS) : pause();
            switch (event) {
                case null -> {}
                case Changed(Store.ChangeSet changes) ->
                    call.onNext(WatchResponse.newBuilder()
                            .addAllChanges(changes.changes().stream()
                                    .map(Watches::change)
                                    .toList())
                            .setRevision(changes.revision())
                            .build());
                case Gone(long oldest) -> {
                    call.onError(Status.OUT_OF_RANGE
                            .withDescription("changes before revision " + oldest + " are compacted: watch again from 0")
                            .asRuntimeException());
                    return;
                }
            }
        }
    }

    private static @Nullable Event pause() throws InterruptedException {
        TimeUnit.MILLISECONDS.sleep(10);
        return null;
    }

    private sealed interface Event {}

    private record Changed(Store.ChangeSet changes) implements Event {}

    private record Gone(long oldest) implements Event {}

    private static final class Queue implements Store.Watcher {
        private final LinkedBlockingQueue<Event> events;
        /** Written by the store's thread, read by the call's. */
        private volatile boolean overflowed;

        Queue(LinkedBlockingQueue<Event> events) {
            this.events = events;
        }

        @Override
        public void changed(Store.ChangeSet changes) {
            overflowed |= !events.offer(new Changed(changes));
        }

        @Override
        public void reset(Store.Range snapshot) {
            overflowed |= !events.offer(new Gone(snapshot.revision()));
        }

        @Override
        public void interrupted(StoreException cause) {
            // The watch resumes by itself and misses nothing; the client need not know.
        }
    }

    private static ResourceChange existing(Store.Entry entry) {
        Resource resource = Mesh.resource(entry);
        return ResourceChange.newBuilder()
                .setRef(Validation.ref(resource))
                .setAction(Action.CREATED)
                .setAfter(resource)
                .build();
    }

    private static ResourceChange change(Store.Change change) {
        ResourceChange.Builder builder = ResourceChange.newBuilder()
                .setAction(
                        change.after().isEmpty()
                                ? Action.DELETED
                                : change.before().isEmpty() ? Action.CREATED : Action.CONFIGURED);
        change.before().map(Mesh::resource).ifPresent(r -> builder.setBefore(r).setRef(Validation.ref(r)));
        change.after().map(Mesh::resource).ifPresent(r -> builder.setAfter(r).setRef(Validation.ref(r)));
        return builder.build();
    }
}
