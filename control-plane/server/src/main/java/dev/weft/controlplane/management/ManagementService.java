package dev.weft.controlplane.management;

import dev.weft.controlplane.replica.Replicas;
import dev.weft.controlplane.snapshot.MeshFollower;
import dev.weft.controlplane.store.Store;
import dev.weft.v1.ApplyRequest;
import dev.weft.v1.ApplyResponse;
import dev.weft.v1.DeleteRequest;
import dev.weft.v1.DeleteResponse;
import dev.weft.v1.GetRequest;
import dev.weft.v1.GetResponse;
import dev.weft.v1.HistoryRequest;
import dev.weft.v1.HistoryResponse;
import dev.weft.v1.ListRequest;
import dev.weft.v1.ListResponse;
import dev.weft.v1.ManagementGrpc;
import dev.weft.v1.StatusRequest;
import dev.weft.v1.StatusResponse;
import dev.weft.v1.WatchRequest;
import dev.weft.v1.WatchResponse;
import dev.weft.v1.WatchRolloutRequest;
import dev.weft.v1.WatchRolloutResponse;
import dev.weft.xds.SnapshotSource;
import dev.weft.xds.XdsServer;
import io.grpc.stub.StreamObserver;
import java.time.InstantSource;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The gRPC face of the management API: hands each call to who answers it, and failures to the client.
 *
 * <p>Thread-safe. Calls block their thread, so the server that it is added to must run them on virtual threads.
 */
public final class ManagementService extends ManagementGrpc.ManagementImplBase {
    private static final Logger log = LoggerFactory.getLogger(ManagementService.class);

    private final MeshFollower follower;
    private final Applies applies;
    private final Queries queries;
    private final Watches watches;
    private final History history;
    private final Rollouts rollouts;

    private ManagementService(
            MeshFollower follower,
            Applies applies,
            Queries queries,
            Watches watches,
            History history,
            Rollouts rollouts) {
        this.follower = follower;
        this.applies = applies;
        this.queries = queries;
        this.watches = watches;
        this.history = history;
        this.rollouts = rollouts;
    }

    public static ManagementService create(
            Store store,
            MeshFollower follower,
            Rollouts rollouts,
            InstantSource clock,
            Supplier<? extends RandomGenerator> random) {
        History history = new History(store);
        return new ManagementService(
                follower,
                new Applies(store, follower, history, clock, random),
                new Queries(store),
                new Watches(store),
                history,
                rollouts);
    }

    /** What knows where revisions are live; made before the xDS server, which it observes. */
    public static Rollouts rollouts(
            Supplier<XdsServer> xds,
            SnapshotSource snapshots,
            MeshFollower follower,
            Supplier<Replicas> replicas,
            Store store,
            InstantSource clock) {
        return new Rollouts(
                new NodeView(xds, () -> replicas.get().self().getId()), snapshots, follower, replicas, store, clock);
    }

    @Override
    public void apply(ApplyRequest request, StreamObserver<ApplyResponse> responses) {
        answer(responses, () -> applies.apply(request));
    }

    @Override
    public void delete(DeleteRequest request, StreamObserver<DeleteResponse> responses) {
        answer(responses, () -> {
            ApplyRequest.Builder apply = ApplyRequest.newBuilder()
                    .setDryRun(request.getDryRun())
                    .setMessage(request.getMessage())
                    .setAuthor(request.getAuthor())
                    .setIdempotencyId(request.getIdempotencyId());
            request.getRefsList().stream()
                    .filter(ref ->
                            !request.getIgnoreMissing() || follower.mesh().resource(ref) != null)
                    .forEach(apply::addDeletes);
            ApplyResponse applied = applies.apply(apply.build());
            return DeleteResponse.newBuilder()
                    .setRevision(applied.getRevision())
                    .addAllChanges(applied.getChangesList())
                    .build();
        });
    }

    @Override
    public void get(GetRequest request, StreamObserver<GetResponse> responses) {
        answer(responses, () -> queries.get(request));
    }

    @Override
    public void list(ListRequest request, StreamObserver<ListResponse> responses) {
        answer(responses, () -> queries.list(request));
    }

    @Override
    public void history(HistoryRequest request, StreamObserver<HistoryResponse> responses) {
        answer(responses, () -> history.list(request));
    }

    @Override
    public void status(StatusRequest request, StreamObserver<StatusResponse> responses) {
        answer(responses, () -> rollouts.status(request));
    }

    @Override
    public void watch(WatchRequest request, StreamObserver<WatchResponse> responses) {
        stream(responses, () -> watches.watch(request, responses));
    }

    @Override
    public void watchRollout(WatchRolloutRequest request, StreamObserver<WatchRolloutResponse> responses) {
        stream(responses, () -> rollouts.watch(request, responses));
    }

    private static <T> void answer(StreamObserver<T> responses, Supplier<T> work) {
        T answer;
        try {
            answer = work.get();
        } catch (RuntimeException e) {
            fail(responses, e);
            return;
        }
        responses.onNext(answer);
        responses.onCompleted();
    }

    /**
     * A stream has a thread of its own: its call's must stay free to hear that the client is gone.
     */
    private static <T> void stream(StreamObserver<T> responses, Runnable work) {
        Thread.ofVirtual().name("management-stream").start(() -> {
            try {
                work.run();
            } catch (RuntimeException e) {
                fail(responses, e);
            }
        });
    }

    private static <T> void fail(StreamObserver<T> responses, RuntimeException failure) {
        var status = Calls.status(failure);
        if (status.getStatus().getCode() == io.grpc.Status.Code.INTERNAL) {
            log.error("a management call failed", failure);
        }
        responses.onError(status);
    }
}
