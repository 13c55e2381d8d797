package dev.weft.proxy.filter.ratelimit;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Tokens that come evenly over time and are taken by requests.
 *
 * <p>The whole state is one number, the time at which the bucket was (or will be) empty; from then on it has filled at its rate.
 * To take a token is to move that time forward by what one token takes to come. So a bucket needs no timer, and event loops
 * contend for one word only.
 *
 * <p>Thread-safe.
 */
final class TokenBucket {
    private final int size;
    private final long nanosPerToken;
    private final long nanosToFill;
    private final AtomicLong emptyAt;

    /** Full at first. */
    TokenBucket(Limit limit, long nowNanos) {
        this.size = limit.maxTokens();
        this.nanosPerToken = Math.max(1, limit.fillInterval().toNanos() / limit.tokensPerFill());
        this.nanosToFill = Math.multiplyExact(nanosPerToken, (long) limit.maxTokens());
        this.emptyAt = new AtomicLong(nowNanos - nanosToFill);
    }

    /** Takes a token; false where there is none. */
    boolean take(long nowNanos) {
        while (true) {
            long empty = emptyAt.get();
            long taken = (nowNanos - empty > nanosToFill ? nowNanos - nanosToFill : empty) + nanosPerToken;
            if (taken - nowNanos > 0) {
                return false;
            }
            if (emptyAt.compareAndSet(empty, taken)) {
                return true;
            }
        }
    }

    /** How many tokens it holds at most. */
    int size() {
        return size;
    }

    /** Whole tokens that are there. */
    long tokens(long nowNanos) {
        return Math.clamp(nowNanos - emptyAt.get(), 0, nanosToFill) / nanosPerToken;
    }

    /** Until the next token is there; 0 where one is. */
    long nanosToToken(long nowNanos) {
        return Math.max(0, emptyAt.get() + nanosPerToken - nowNanos);
    }

    /** Until it is full again. */
    long nanosToFull(long nowNanos) {
        return Math.max(0, emptyAt.get() + nanosToFill - nowNanos);
    }
}
