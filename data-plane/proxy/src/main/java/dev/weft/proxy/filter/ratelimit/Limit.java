package dev.weft.proxy.filter.ratelimit;

import java.time.Duration;

/**
 * How many requests in which time.
 *
 * @param maxTokens how many at once, where none came before
 * @param tokensPerFill how many more in every {@code fillInterval}; they come evenly
 */
public record Limit(int maxTokens, int tokensPerFill, Duration fillInterval) {
    /** Times are counted in nanoseconds, and differences of them must not overflow. */
    private static final long CENTURY_NANOS = Duration.ofDays(36_500).toNanos();

    public Limit {
        if (maxTokens < 1) {
            throw new IllegalArgumentException("max_tokens: " + maxTokens + " (expected: > 0)");
        }
        if (tokensPerFill < 1) {
            throw new IllegalArgumentException("tokens_per_fill: " + tokensPerFill + " (expected: > 0)");
        }
        if (fillInterval.isZero() || fillInterval.isNegative() || fillInterval.compareTo(Duration.ofDays(1)) > 0) {
            throw new IllegalArgumentException("fill_interval: " + fillInterval + " (expected: > 0 and at most a day)");
        }
        long most = CENTURY_NANOS / (fillInterval.toNanos() / tokensPerFill + 1);
        if (maxTokens > most) {
            throw new IllegalArgumentException(
                    "max_tokens: " + maxTokens + " (expected: at most " + most + ", which take a century to come)");
        }
    }
}
