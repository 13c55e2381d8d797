package dev.weft.proxy.telemetry;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Since when names that have numbers are no longer configured, so that the numbers of what is gone are shown for a while, for their last
 * scrape, and then leave: otherwise each name that ever was would stay.
 *
 * <p>Not thread-safe; {@link ProxyMetrics} guards it.
 *
 * @param <N> names of clusters or of listeners
 */
final class Departures<N> {
    /** Longer than anyone's interval of scrapes, and than a drain. */
    static final long KEPT_NANOS = TimeUnit.MINUTES.toNanos(10);

    private final Map<N, Long> since = new HashMap<>();
    private Set<N> present = Set.of();

    void present(Set<N> names) {
        present = Set.copyOf(names);
        since.keySet().removeAll(present);
    }

    /** Whether the numbers of {@code name} may leave; the first time that it is asked of an absent one begins its time. */
    boolean isOver(N name, long nowNanos) {
        return !present.contains(name) && nowNanos - since.computeIfAbsent(name, key -> nowNanos) >= KEPT_NANOS;
    }

    /** No loop has numbers of others than {@code left}. */
    void retain(Set<N> left) {
        since.keySet().retainAll(left);
    }
}
