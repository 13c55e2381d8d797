package dev.weft.balance.limit;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Thread-safe, lock-free: a rate with bursts.
 *
 * <p>It bounds the average rate (a token's interval is rounded up to whole nanoseconds, so the rate is never exceeded)
 * and forgives bursts up to the bucket's size. Instead of counting tokens and
 * refilling them, it keeps one number, the time at which the bucket would be full again; a token moves that time by
 * {@code interval / tokensPerInterval}, and is refused where it would be more than a whole bucket ahead of now. This is
 * the Generic Cell Rate Algorithm (ITU-T I.371, "virtual scheduling"), equal to a bucket that drips continuously, and it
 * needs one compare-and-set. Times are nanoseconds of an injected monotonic clock.
 */
public final class TokenBucket {

    private final long maxTokens;
    private final long nanosPerToken;
    private final long bucketNanos;
    private final LongSupplier nanoClock;
    private final AtomicLong fullAtNanos;

    /**
     * @param maxTokens the largest burst, {@code >= 1}; the bucket starts full
     * @param tokensPerInterval the rate, {@code >= 1}
     * @param intervalNanos {@code > 0}
     */
    public TokenBucket(long maxTokens, long tokensPerInterval, long intervalNanos, LongSupplier nanoClock) {
        if (maxTokens < 1) {
            throw new IllegalArgumentException("max_tokens: " + maxTokens + " (expected: >= 1)");
        }
        if (tokensPerInterval < 1) {
            throw new IllegalArgumentException("tokens_per_fill: " + tokensPerInterval + " (expected: >= 1)");
        }
        if (intervalNanos < 1) {
            throw new IllegalArgumentException("fill_interval: " + intervalNanos + "ns (expected: > 0s)");
        }
        this.maxTokens = maxTokens;
        this.nanosPerToken = Math.ceilDiv(intervalNanos, tokensPerInterval);
        this.bucketNanos = Math.multiplyExact(maxTokens, nanosPerToken);
        this.nanoClock = nanoClock;
        this.fullAtNanos = new AtomicLong(nanoClock.getAsLong());
    }

    /** Takes {@code tokens} at once, or none. */
    public boolean tryTake(long tokens) {
        if (tokens > maxTokens) {
            return false;
        }
        long cost = tokens * nanosPerToken;
        while (true) {
            long now = nanoClock.getAsLong();
            long fullAt = fullAtNanos.get();
            long base = fullAt - now > 0 ? fullAt : now; // a full bucket gets no fuller
            long after = base + cost;
            if (after - now > bucketNanos) {
                return false;
            }
            if (fullAtNanos.compareAndSet(fullAt, after)) {
                return true;
            }
        }
    }

    /** Whole tokens in the bucket now. */
    public long available() {
        long debt = Math.max(0, fullAtNanos.get() - nanoClock.getAsLong());
        return (bucketNanos - debt) / nanosPerToken;
    }

    /** How long until {@code tokens} can be taken, if nobody else takes any; 0 where they can now. */
    public long nanosUntil(long tokens) {
        long debt = Math.max(0, fullAtNanos.get() - nanoClock.getAsLong());
        return Math.max(0, debt + tokens * nanosPerToken - bucketNanos);
    }
}
