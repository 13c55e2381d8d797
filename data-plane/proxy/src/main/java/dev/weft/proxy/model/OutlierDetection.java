package dev.weft.proxy.model;

import java.time.Duration;

/**
 * Ejection of endpoints that fail real traffic. A count of 0 turns that kind off.
 *
 * @param consecutive5xx tries in a row without a status below 500; what fails without a response counts
 * @param consecutiveGatewayFailure tries in a row that ended in 502, 503, 504 or without a response
 * @param consecutiveLocalOriginFailure tries in a row that ended without a response
 * @param interval how often ejections are lifted and success rates compared
 * @param baseEjectionTime the first ejection's length; the n-th lasts n times as long
 * @param maxEjectionTime the longest
 * @param maxEjectionPercent share of the cluster that may be out at once; at least one endpoint may always go
 * @param successRate whether endpoints are compared with each other
 * @param successRateMinimumHosts endpoints with enough requests that it takes to compare
 * @param successRateRequestVolume requests in an interval that are enough
 * @param successRateStdevFactor thousandths of a standard deviation below the mean at which an endpoint goes
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
