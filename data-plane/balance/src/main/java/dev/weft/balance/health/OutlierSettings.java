package dev.weft.balance.health;

import java.time.Duration;

/**
 * Immutable. When traffic that fails ejects an endpoint. Thresholds of 0 switch their rule off.
 *
 * @param consecutiveServerErrors attempts in a row without one below 500; local failures count
 * @param consecutiveGatewayFailures attempts in a row that ended in 502, 503, 504 or locally
 * @param consecutiveLocalFailures attempts in a row that ended without a response
 * @param interval how often ejections are lifted and success rates compared
 * @param baseEjection the first ejection's length; the n-th lasts n times as long
 * @param maxEjection the longest
 * @param maxEjectedPercent how many of the cluster's endpoints may be out at once; one always may
 * @param successRate the rule that compares endpoints with each other
 */
public record OutlierSettings(
        int consecutiveServerErrors,
        int consecutiveGatewayFailures,
        int consecutiveLocalFailures,
        Duration interval,
        Duration baseEjection,
        Duration maxEjection,
        int maxEjectedPercent,
        SuccessRate successRate) {

    public OutlierSettings {
        notNegative("consecutive_5xx", consecutiveServerErrors);
        notNegative("consecutive_gateway_failure", consecutiveGatewayFailures);
        notNegative("consecutive_local_origin_failure", consecutiveLocalFailures);
        positive("interval", interval);
        positive("base_ejection_time", baseEjection);
        if (maxEjection.compareTo(baseEjection) < 0) {
            throw new IllegalArgumentException(
                    "max_ejection_time: " + maxEjection + " (expected: >= base_ejection_time " + baseEjection + ")");
        }
        percent("max_ejection_percent", maxEjectedPercent);
    }

    /** Envoy's defaults: 5 in a row, every 10 s, 30 s up to 300 s, at most 10 %, success rate 1.9 deviations. */
    public static OutlierSettings defaults() {
        return new OutlierSettings(
                5,
                5,
                5,
                Duration.ofSeconds(10),
                Duration.ofSeconds(30),
                Duration.ofSeconds(300),
                10,
                SuccessRate.defaults());
    }

    static void percent(String name, int percent) {
        if (percent < 0 || percent > 100) {
            throw new IllegalArgumentException(name + ": " + percent + " (expected: 0..100)");
        }
    }

    static void notNegative(String name, int value) {
        if (value < 0) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: >= 0)");
        }
    }

    private static void positive(String name, Duration duration) {
        if (duration.isNegative() || duration.isZero()) {
            throw new IllegalArgumentException(name + ": " + duration + " (expected: > 0s)");
        }
    }

    /**
     * Immutable. Ejects endpoints whose success rate within an interval is below the mean by a number of standard
     * deviations.
     *
     * @param enforcedPercent 0 switches it off, 100 ejects each one found, in between that share of them
     * @param minimumEndpoints how many must have had enough requests
     * @param minimumRequests what is enough
     * @param deviationThousandths standard deviations times 1000
     */
    public record SuccessRate(
            int enforcedPercent, int minimumEndpoints, int minimumRequests, int deviationThousandths) {

        public SuccessRate {
            percent("enforcing_success_rate", enforcedPercent);
            notNegative("success_rate_minimum_hosts", minimumEndpoints);
            notNegative("success_rate_request_volume", minimumRequests);
            notNegative("success_rate_stdev_factor", deviationThousandths);
        }

        public static SuccessRate defaults() {
            return new SuccessRate(100, 5, 100, 1_900);
        }

        public static SuccessRate off() {
            return new SuccessRate(0, 5, 100, 1_900);
        }
    }
}
