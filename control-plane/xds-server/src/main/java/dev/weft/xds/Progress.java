package dev.weft.xds;

import dev.weft.xds.StreamStatus.Mark;
import dev.weft.xds.StreamStatus.Refusal;
import dev.weft.xds.StreamStatus.TypeStatus;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Confined to its stream's executor, except {@link #status}, which any thread may ask. How far a client has come. */
final class Progress {
    private final XdsClient client;
    private final Instant openedAt;
    private final SnapshotSource source;
    private final SnapshotSource.Subscription subscription;
    private final Map<ResourceType, TypeStatus> types = new HashMap<>();
    private long reportedRevision = -1;
    // Written by the stream after each event, read by whoever asks.
    private volatile View view = new View(null, Long.MAX_VALUE, Map.of());

    /** One consistent state of the stream. */
    private record View(@Nullable Snapshot snapshot, long pendingSince, Map<ResourceType, TypeStatus> types) {}

    Progress(XdsClient client, Instant openedAt, SnapshotSource source, SnapshotSource.Subscription subscription) {
        this.client = client;
        this.openedAt = openedAt;
        this.source = source;
        this.subscription = subscription;
    }

    void sent(ResourceType type, Mark mark, Instant now) {
        TypeStatus before = of(type);
        types.put(type, new TypeStatus(Optional.of(mark), before.acked(), before.refusal(), 0, now));
    }

    void acked(ResourceType type, Mark mark, Instant now) {
        types.put(type, new TypeStatus(of(type).sent(), Optional.of(mark), Optional.empty(), 0, now));
    }

    void refused(ResourceType type, Mark mark, String reason, Instant now) {
        TypeStatus before = of(type);
        Refusal refusal = new Refusal(mark.version(), mark.revision(), reason);
        types.put(type, new TypeStatus(before.sent(), before.acked(), Optional.of(refusal), 0, now));
    }

    /** Makes the state visible to other threads; returns the live revision if it grew. */
    Optional<Long> publish(@Nullable Snapshot snapshot, Collection<TypeSubscription> subscriptions, long awaitedSince) {
        long pendingSince = awaitedSince;
        Map<ResourceType, TypeStatus> statuses = new HashMap<>();
        for (TypeSubscription of : subscriptions) {
            pendingSince = Math.min(pendingSince, of.pendingSince());
            TypeStatus marks = of(of.type());
            statuses.put(
                    of.type(),
                    new TypeStatus(marks.sent(), marks.acked(), marks.refusal(), of.pendingCount(), marks.since()));
        }
        view = new View(snapshot, pendingSince, Map.copyOf(statuses));
        long live = liveRevision();
        if (live <= reportedRevision) {
            return Optional.empty();
        }
        reportedRevision = live;
        return Optional.of(live);
    }

    /** Callable from any thread. */
    StreamStatus status() {
        return new StreamStatus(client, openedAt, liveRevision(), view.types());
    }

    // The order of reads matters: a revision is published before it is settled, so a stream that has not yet seen a
    // publication which is part of a settled revision is found out here, and does not count as live there.
    private long liveRevision() {
        long settled = source.settledRevision();
        View seen = view;
        Publication latest = subscription.latest();
        if (seen.snapshot() == null) {
            return -1;
        }
        if (seen.pendingSince() != Long.MAX_VALUE) {
            return seen.pendingSince() - 1;
        }
        boolean upToDate = latest == null || latest.snapshot() == seen.snapshot();
        return upToDate
                ? Math.max(settled, seen.snapshot().revision())
                : seen.snapshot().revision();
    }

    private TypeStatus of(ResourceType type) {
        return types.getOrDefault(type, TypeStatus.NOTHING_SENT);
    }
}
