package dev.weft.controlplane.management;

import com.google.protobuf.util.Durations;
import dev.weft.controlplane.replica.Replicas;
import dev.weft.controlplane.snapshot.MeshFollower;
import dev.weft.controlplane.store.Store;
import dev.weft.v1.NodeStatus;
import dev.weft.v1.ReplicaStatus;
import dev.weft.v1.StatusRequest;
import dev.weft.v1.StatusResponse;
import dev.weft.v1.WatchRolloutRequest;
import dev.weft.v1.WatchRolloutResponse;
import dev.weft.xds.ResourceType;
import dev.weft.xds.SnapshotSource;
import dev.weft.xds.StreamEnd;
import dev.weft.xds.XdsClient;
import dev.weft.xds.XdsObserver;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where revisions are live, over all replicas: each knows its own nodes and asks the others for theirs.
 *
 * <p>Thread-safe. Whatever happens to a stream or a snapshot wakes the waiting calls, which look again; a call blocks its (virtual)
 * thread.
 */
public final class Rollouts implements XdsObserver {
    private static final Logger log = LoggerFactory.getLogger(Rollouts.class);
    private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(30);
    private static final long ASK_SECONDS = 3;
    /** How often a waiting call looks whether its client is still there. */
    private static final long LOOK_MILLIS = 250;

    private final NodeView nodes;
    private final SnapshotSource snapshots;
    private final MeshFollower follower;
    private final Supplier<Replicas> replicas;
    private final Store store;
    private final InstantSource clock;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition moved = lock.newCondition();
    private long moves;

    Rollouts(
            NodeView nodes,
            SnapshotSource snapshots,
            MeshFollower follower,
            Supplier<Replicas> replicas,
            Store store,
            InstantSource clock) {
        this.nodes = nodes;
        this.snapshots = snapshots;
        this.follower = follower;
        this.replicas = replicas;
        this.store = store;
        this.clock = clock;
    }

    /** Something moved: a node acknowledged, refused, came or went, or a revision was published. */
    public void moved() {
        lock.lock();
        try {
            moves++;
            moved.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void acked(XdsClient client, ResourceType type, long revision, String version) {
        moved();
    }

    @Override
    public void nacked(XdsClient client, ResourceType type, long revision, String version, String reason) {
        log.warn("{} refuses {} of revision {}: {}", client, type, revision, reason);
        moved();
    }

    @Override
    public void live(XdsClient client, long revision) {
        moved();
    }

    @Override
    public void closed(XdsClient client, StreamEnd end) {
        moved();
    }

    StatusResponse status(StatusRequest request) {
        List<NodeStatus> own = nodes.nodes(snapshots.settledRevision());
        StatusResponse.Builder status = StatusResponse.newBuilder()
                .setRevision(follower.mesh().configRevision())
                .addReplicas(replicas.get().self().toBuilder()
                        .setRevision(snapshots.settledRevision())
                        .setNodes(own.size()))
                .addAllNodes(own);
        if (!request.getLocal()) {
            others(status).forEach(other -> ask(other, status));
        }
        return status.build();
    }

    /** An outage of the store is when people ask; then what this replica knows is better than nothing, if it says so. */
    private List<ReplicaStatus> others(StatusResponse.Builder status) {
        try {
            return Calls.await(replicas.get().others().orTimeout(ASK_SECONDS, TimeUnit.SECONDS));
        } catch (StatusRuntimeException e) {
            status.addReplicas(ReplicaStatus.newBuilder()
                    .setId("(others)")
                    .setError("who they are is not known while the store does not answer: "
                            + e.getStatus().getDescription()));
            return List.of();
        }
    }

    private void ask(ReplicaStatus other, StatusResponse.Builder status) {
        try {
            StatusResponse told = replicas.get()
                    .stub(other)
                    .withDeadlineAfter(ASK_SECONDS, TimeUnit.SECONDS)
                    .status(StatusRequest.newBuilder().setLocal(true).build());
            status.addAllReplicas(told.getReplicasList()).addAllNodes(told.getNodesList());
        } catch (StatusRuntimeException e) {
            status.addReplicas(other.toBuilder().setError(e.getStatus().toString()));
        }
    }

    void watch(WatchRolloutRequest request, StreamObserver<WatchRolloutResponse> responses) {
        ServerCallStreamObserver<WatchRolloutResponse> call =
                (ServerCallStreamObserver<WatchRolloutResponse>) responses;
        long revision = request.getRevision() == 0 ? follower.mesh().configRevision() : request.getRevision();
        long timeout = request.hasTimeout() ? Durations.toNanos(request.getTimeout()) : DEFAULT_TIMEOUT.toNanos();
        long deadline = System.nanoTime() + timeout;
        long arrived =
                Calls.await(store.committedAt(revision)).orElse(clock.instant()).toEpochMilli();
        Map<String, WatchRolloutResponse> elsewhere = new HashMap<>();
        List<Thread> askers = request.getLocal() ? List.of() : askOthers(request, revision, elsewhere);
        try {
            follow(call, revision, deadline, arrived, elsewhere);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            call.onError(
                    io.grpc.Status.UNAVAILABLE.withDescription("shutting down").asRuntimeException());
        } finally {
            askers.forEach(Thread::interrupt);
        }
    }

    private void follow(
            ServerCallStreamObserver<WatchRolloutResponse> call,
            long revision,
            long deadline,
            long arrived,
            Map<String, WatchRolloutResponse> elsewhere)
            throws InterruptedException {
        WatchRolloutResponse last = WatchRolloutResponse.getDefaultInstance();
        while (!call.isCancelled()) {
            long seen = moves();
            WatchRolloutResponse now = look(revision, elsewhere);
            boolean late = System.nanoTime() >= deadline;
            if (!now.equals(last) || late) {
                last = now;
                call.onNext(now.toBuilder()
                        .setElapsed(Durations.fromMillis(Math.max(0, clock.millis() - arrived)))
                        .setTimedOut(late && !now.getDone())
                        .build());
            }
            if (now.getDone() || late) {
                call.onCompleted();
                return;
            }
            await(seen, Math.min(deadline - System.nanoTime(), TimeUnit.MILLISECONDS.toNanos(LOOK_MILLIS)));
        }
    }

    private WatchRolloutResponse look(long revision, Map<String, WatchRolloutResponse> elsewhere) {
        WatchRolloutResponse.Builder all = WatchRolloutResponse.newBuilder().setRevision(revision);
        long settled = snapshots.settledRevision();
        boolean done = settled >= revision;
        int live = 0;
        List<NodeStatus> own = nodes.nodes(settled);
        for (NodeStatus node : own) {
            if (node.getState() == NodeStatus.State.REFUSING) {
                all.addRefusing(node);
            } else if (settled >= revision && node.getLiveRevision() >= revision) {
                live++;
            } else {
                all.addWaiting(node);
            }
        }
        int count = own.size();
        lock.lock();
        try {
            for (WatchRolloutResponse other : elsewhere.values()) {
                count += other.getNodes();
                live += other.getLive();
                all.addAllWaiting(other.getWaitingList()).addAllRefusing(other.getRefusingList());
                done &= other.getDone();
            }
        } finally {
            lock.unlock();
        }
        return all.setNodes(count)
                .setLive(live)
                .setDone(done && all.getWaitingCount() == 0)
                .build();
    }

    private List<Thread> askOthers(
            WatchRolloutRequest request, long revision, Map<String, WatchRolloutResponse> elsewhere) {
        List<Thread> askers = new ArrayList<>();
        WatchRolloutRequest local =
                request.toBuilder().setRevision(revision).setLocal(true).build();
        for (ReplicaStatus other : Calls.await(replicas.get().others())) {
            put(elsewhere, other, WatchRolloutResponse.getDefaultInstance());
            askers.add(Thread.ofVirtual().name("rollout-" + other.getId()).start(() -> ask(other, local, elsewhere)));
        }
        return askers;
    }

    private void ask(ReplicaStatus other, WatchRolloutRequest local, Map<String, WatchRolloutResponse> elsewhere) {
        try {
            Iterator<WatchRolloutResponse> told = replicas.get().stub(other).watchRollout(local);
            while (told.hasNext()) {
                put(elsewhere, other, told.next());
            }
        } catch (StatusRuntimeException e) {
            // Its nodes are on their way to other replicas, where they are counted; it must not hold the answer up.
            log.warn(
                    "replica {} at {} does not tell of its nodes: {}",
                    other.getId(),
                    other.getAddress(),
                    e.getStatus());
            put(
                    elsewhere,
                    other,
                    WatchRolloutResponse.newBuilder().setDone(true).build());
        }
    }

    private void put(Map<String, WatchRolloutResponse> elsewhere, ReplicaStatus other, WatchRolloutResponse told) {
        lock.lock();
        try {
            elsewhere.put(other.getId(), told.toBuilder().clearElapsed().build());
        } finally {
            lock.unlock();
        }
        moved();
    }

    private long moves() {
        lock.lock();
        try {
            return moves;
        } finally {
            lock.unlock();
        }
    }

    private void await(long seen, long nanos) throws InterruptedException {
        lock.lock();
        try {
            long left = nanos;
            while (moves == seen && left > 0) {
                left = moved.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }
}
