package dev.weft.controlplane.store.embedded;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * When leases run out. Confined to the writer's thread.
 *
 * <p>A lease that is held needs no renewal, since its holder lives in this process: it has no deadline until it is let go. One that
 * an earlier process left behind gets a full time to live from the start on, so that its holder's successor can take over.
 */
final class Leases {
    private static final long RETRY_NANOS = Duration.ofSeconds(1).toNanos();

    private final Map<Long, Long> timeToLiveNanos = new HashMap<>();
    private final Map<Long, Long> deadlineNanos = new HashMap<>();

    void granted(long id, Duration timeToLive) {
        timeToLiveNanos.put(id, timeToLive.toNanos());
    }

    void letGo(long id, long nowNanos) {
        Long timeToLive = timeToLiveNanos.get(id);
        if (timeToLive != null) {
            deadlineNanos.putIfAbsent(id, nowNanos + timeToLive);
        }
    }

    void ended(long id) {
        timeToLiveNanos.remove(id);
        deadlineNanos.remove(id);
    }

    /** The end could not be written: it is tried again a little later. */
    void postpone(long id, long nowNanos) {
        deadlineNanos.replace(id, nowNanos + RETRY_NANOS);
    }

    List<Long> expired(long nowNanos) {
        return deadlineNanos.entrySet().stream()
                .filter(e -> e.getValue() - nowNanos <= 0)
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
    }

    /** Until the next one runs out; empty where none will. */
    OptionalLong nanosUntilNext(long nowNanos) {
        return deadlineNanos.values().stream()
                .mapToLong(deadline -> Math.max(0, deadline - nowNanos))
                .min();
    }
}
