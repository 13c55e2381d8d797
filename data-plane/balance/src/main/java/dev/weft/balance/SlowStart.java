package dev.weft.balance;

import java.time.Duration;

/**
 * Immutable. How an endpoint that has just become healthy is eased in, so that cold caches and an interpreter that has
 * compiled nothing yet do not meet a full share of traffic.
 *
 * <p>Its share is multiplied by {@code max(minimum, t^(1/aggression))}, {@code t} being the part of the window that has
 * passed. Aggression 1 grows linearly; above 1 grows quickly at first, below 1 slowly at first. Source: Envoy's "Slow
 * start mode".
 *
 * @param window how long it lasts, from the moment the endpoint became healthy
 * @param aggression {@code > 0}
 * @param minimumPercent the least share at the beginning, 0..100
 */
public record SlowStart(Duration window, double aggression, int minimumPercent) {

    public SlowStart {
        if (window.isNegative() || window.isZero()) {
            throw new IllegalArgumentException("slow_start_window: " + window + " (expected: > 0s)");
        }
        if (!(aggression > 0)) {
            throw new IllegalArgumentException("aggression: " + aggression + " (expected: > 0)");
        }
        if (minimumPercent < 0 || minimumPercent > 100) {
            throw new IllegalArgumentException("min_weight_percent: " + minimumPercent + " (expected: 0..100)");
        }
    }

    public static SlowStart of(Duration window) {
        return new SlowStart(window, 1.0, 10);
    }

    /** The factor for an endpoint that became healthy {@code elapsedNanos} ago; 1 once the window has passed. */
    public double factor(long elapsedNanos) {
        long windowNanos = window.toNanos();
        if (elapsedNanos >= windowNanos) {
            return 1.0;
        }
        double passed = Math.max(0, elapsedNanos) / (double) windowNanos;
        double eased = aggression == 1.0 ? passed : Math.pow(passed, 1.0 / aggression);
        // Never exactly zero: a candidate without any share could not be picked where it is the only one.
        return Math.max(Math.max(eased, minimumPercent / 100.0), 1e-6);
    }
}
