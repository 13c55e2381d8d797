package dev.weft.balance.limit;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Immutable. How long to wait before a retry.
 *
 * <p>It spreads the retries of many clients that failed at the same moment: the wait before retry {@code n} (the first
 * is 0) is uniform between 0 and {@code min(base * 2^n, max)}, "full jitter", which of the jitters needs the least total
 * work to get everybody through. Where the upstream said when to come back (Retry-After), that is a lower bound and the
 * jitter comes on top, up to a cap of its own. Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture
 * Blog, 2015; RFC 9110, section 10.2.3.
 *
 * @param base the first upper bound
 * @param max the last upper bound
 * @param maxRetryAfter the longest Retry-After that is waited for
 */
public record Backoff(Duration base, Duration max, Duration maxRetryAfter) {

    /** The answer where the upstream asks for a longer wait than anybody is willing to make. */
    public static final long NOT_WORTH_WAITING = -1;

    public Backoff {
        if (base.isNegative() || base.isZero()) {
            throw new IllegalArgumentException("base_interval: " + base + " (expected: > 0s)");
        }
        if (max.compareTo(base) < 0) {
            throw new IllegalArgumentException("max_interval: " + max + " (expected: >= base_interval " + base + ")");
        }
        if (maxRetryAfter.isNegative()) {
            throw new IllegalArgumentException("max_retry_after: " + maxRetryAfter + " (expected: >= 0s)");
        }
    }

    /** 25 ms doubling up to 250 ms, Retry-After up to 5 s. */
    public static Backoff defaults() {
        return new Backoff(Duration.ofMillis(25), Duration.ofMillis(250), Duration.ofSeconds(5));
    }

    /** Nanoseconds to wait before retry {@code n}, the first being 0. */
    public long delayNanos(int n, RandomGenerator random) {
        return random.nextLong(bound(n) + 1);
    }

    /**
     * Nanoseconds to wait before retry {@code n} where the upstream asked for {@code retryAfterNanos}, or
     * {@link #NOT_WORTH_WAITING}.
     */
    public long delayNanos(int n, long retryAfterNanos, RandomGenerator random) {
        if (retryAfterNanos > maxRetryAfter.toNanos()) {
            return NOT_WORTH_WAITING;
        }
        return Math.max(0, retryAfterNanos) + delayNanos(n, random);
    }

    private long bound(int n) {
        long cap = max.toNanos();
        long bound = base.toNanos();
        for (int i = 0; i < n && bound < cap; i++) {
            bound = Math.min(cap, bound * 2);
        }
        return Math.min(bound, cap);
    }
}
