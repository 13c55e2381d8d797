package dev.weft.xds;

import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Thread-safe. Serves every client the latest snapshot of the group it belongs to. Publishing to a group wakes the
 * streams of that group alone; what changed is computed once for all of them.
 *
 * <p>Callers publish to one group from one thread at a time, with growing revisions.
 *
 * @param <K> what groups are told apart by; an immutable value
 */
public final class SnapshotGroups<K> implements SnapshotSource {
    private final Membership<K> membership;
    private final Map<K, Group> groups = new ConcurrentHashMap<>();
    private final AtomicLong settled = new AtomicLong();

    public SnapshotGroups(Membership<K> membership) {
        this.membership = membership;
    }

    /** Replaces a group's snapshot and wakes its streams. A group that no client belongs to is left alone. */
    public void publish(K key, Snapshot snapshot) {
        Group group = groups.get(key);
        if (group != null) {
            group.publish(snapshot);
        }
    }

    /** Tells that every change up to {@code revision} has been published to all groups that it touches. */
    public void settled(long revision) {
        settled.accumulateAndGet(revision, Math::max);
    }

    /** The groups that have clients now. */
    public Set<K> keys() {
        return new HashSet<>(groups.keySet());
    }

    /** What a group is served now; empty for a group without clients, or one that was not published to yet. */
    public Optional<Snapshot> snapshot(K key) {
        return Optional.ofNullable(groups.get(key)).map(g -> g.latest).map(Publication::snapshot);
    }

    @Override
    public long settledRevision() {
        return settled.get();
    }

    @Override
    public Subscription open(XdsClient client, Runnable changed) {
        K key = membership.groupOf(client);
        Member member = new Member(key, changed);
        Group group = Objects.requireNonNull(groups.compute(key, (_, existing) -> {
            Group joined = existing == null ? new Group() : existing;
            joined.members.add(member);
            return joined;
        }));
        if (group.announced.compareAndSet(false, true)) {
            membership.opened(key, client);
        }
        return member;
    }

    /**
     * Thread-safe: called on streams' threads, without a lock held. Which group a client belongs to, and notice of
     * groups that come and go.
     */
    public interface Membership<K> {
        /** Names the client's group, or throws {@link io.grpc.StatusRuntimeException} to refuse the client. */
        K groupOf(XdsClient client);

        /** The group got its first client and has no snapshot: publish one to it, now or soon. */
        void opened(K key, XdsClient client);

        /** The last client left. One that joins at the same moment may be told first: {@link SnapshotGroups#keys} has the truth. */
        default void emptied(K key) {}
    }

    private final class Group {
        private final Set<Member> members = ConcurrentHashMap.newKeySet();
        private final AtomicBoolean announced = new AtomicBoolean();
        // Written by the publisher, read by the streams.
        private volatile @Nullable Publication latest;

        void publish(Snapshot snapshot) {
            Publication before = latest;
            latest = Publication.of(before == null ? null : before.snapshot(), snapshot);
            members.forEach(member -> member.changed.run());
        }
    }

    private final class Member implements Subscription {
        private final K key;
        private final Runnable changed;

        Member(K key, Runnable changed) {
            this.key = key;
            this.changed = changed;
        }

        @Override
        public @Nullable Publication latest() {
            Group group = groups.get(key);
            return group == null ? null : group.latest;
        }

        @Override
        public void close() {
            Group left = groups.computeIfPresent(key, (_, group) -> {
                group.members.remove(this);
                return group.members.isEmpty() ? null : group;
            });
            if (left == null) {
                membership.emptied(key);
            }
        }
    }
}
