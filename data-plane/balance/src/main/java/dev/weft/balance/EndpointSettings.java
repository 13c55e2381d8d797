package dev.weft.balance;

import org.jspecify.annotations.Nullable;

/**
 * Immutable. How a cluster chooses among its endpoints.
 *
 * @param policy the picker's recipe
 * @param overprovisioningPercent how much more than its share a priority is trusted to carry; 140 means that it takes
 *     all load while at least 71.4 % of it is healthy; {@code >= 100}
 * @param panicThresholdPercent below this part of usable endpoints all are used; 0 turns panic off
 * @param localityWeighted whether {@link EndpointConfig#localityWeight} counts
 * @param awaitFirstCheck whether a new endpoint is unhealthy until an active check has succeeded; set it where checks
 *     are configured
 * @param slowStart how fresh endpoints are eased in, null to give them their share at once
 */
public record EndpointSettings(
        BalancingPolicy policy,
        int overprovisioningPercent,
        int panicThresholdPercent,
        boolean localityWeighted,
        boolean awaitFirstCheck,
        @Nullable SlowStart slowStart) {

    public EndpointSettings {
        if (overprovisioningPercent < 100) {
            throw new IllegalArgumentException(
                    "overprovisioning_factor: " + overprovisioningPercent + " (expected: >= 100)");
        }
        if (panicThresholdPercent < 0 || panicThresholdPercent > 100) {
            throw new IllegalArgumentException(
                    "healthy_panic_threshold: " + panicThresholdPercent + " (expected: 0..100)");
        }
    }

    /** The usual: overprovisioning 1.4, panic below 50 %, no locality weights, no slow start, new ones are healthy. */
    public static EndpointSettings of(BalancingPolicy policy) {
        return new EndpointSettings(policy, 140, 50, false, false, null);
    }

    public EndpointSettings withPanicThresholdPercent(int percent) {
        return new EndpointSettings(
                policy, overprovisioningPercent, percent, localityWeighted, awaitFirstCheck, slowStart);
    }

    public EndpointSettings withOverprovisioningPercent(int percent) {
        return new EndpointSettings(
                policy, percent, panicThresholdPercent, localityWeighted, awaitFirstCheck, slowStart);
    }

    public EndpointSettings withLocalityWeighted(boolean on) {
        return new EndpointSettings(
                policy, overprovisioningPercent, panicThresholdPercent, on, awaitFirstCheck, slowStart);
    }

    public EndpointSettings withAwaitFirstCheck(boolean on) {
        return new EndpointSettings(
                policy, overprovisioningPercent, panicThresholdPercent, localityWeighted, on, slowStart);
    }

    public EndpointSettings withSlowStart(@Nullable SlowStart newSlowStart) {
        return new EndpointSettings(
                policy,
                overprovisioningPercent,
                panicThresholdPercent,
                localityWeighted,
                awaitFirstCheck,
                newSlowStart);
    }
}
