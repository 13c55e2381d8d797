package dev.weft.proxy.model;

import java.time.Duration;

/**
 * Ejection of endpoints that fail real traffic. A count of 0 turns that kind off.
 *
 * @param maxEjectionPercent share of the cluster that may be out at once; at least one endpoint may always go
 */
public record OutlierDetection(
        int consecutive5xx,
        int consecutiveGatewayFailure,
        int consecutiveLocalOriginFailure,
        Duration interval,
        Duration baseEjectionTime,
        Duration maxEjectionTime,
        int maxEjectionPercent,
        boolean successRate,
        int successRateMinimumHosts,
        int successRateRequestVolume,
        int successRateStdevFactor) {
    public static final OutlierDetection DEFAULT = new OutlierDetection(
            5, 5, 5, Duration.ofSeconds(10), Duration.ofSeconds(30), Duration.ofSeconds(300), 10, true, 5, 100, 1900);

    public OutlierDetection {
        Check.range(consecutive5xx, 0, 1_000_000, "consecutive_5xx");
        Check.positive(interval, "interval");
        Check.positive(baseEjectionTime, "base_ejection_time");
        Check.notNegative(maxEjectionTime, "max_ejection_time");
        Check.range(maxEjectionPercent, 0, 100, "max_ejection_percent");
    }
}
