package dev.weft.proxy.cluster;

import dev.weft.balance.Address;
import dev.weft.balance.BalancingPolicy;
import dev.weft.balance.DeclaredHealth;
import dev.weft.balance.EndpointConfig;
import dev.weft.balance.EndpointSettings;
import dev.weft.balance.Locality;
import dev.weft.balance.health.OutlierSettings;
import dev.weft.balance.limit.CircuitBreaker;
import dev.weft.balance.policy.EndpointHashing;
import dev.weft.balance.policy.Ketama;
import dev.weft.balance.policy.LeastRequest;
import dev.weft.balance.policy.Maglev;
import dev.weft.balance.policy.RandomChoice;
import dev.weft.balance.policy.RingHash;
import dev.weft.balance.policy.RoundRobin;
import dev.weft.proxy.model.Balancing;
import dev.weft.proxy.model.CircuitLimits;
import dev.weft.proxy.model.ClusterConfig;
import dev.weft.proxy.model.OutlierDetection;
import org.jspecify.annotations.Nullable;

/** Stateless: the model's records as the ones that {@code dev.weft.balance} decides by. */
final class BalanceConfig {
    private static final int OVERPROVISIONING_PERCENT = 140;
    private static final int LOCALITY_WEIGHT = 1;

    private BalanceConfig() {}

    static EndpointSettings settings(ClusterConfig config, boolean awaitFirstCheck) {
        return new EndpointSettings(
                policy(config.balancing()),
                OVERPROVISIONING_PERCENT,
                config.panicThreshold(),
                false,
                awaitFirstCheck,
                null);
    }

    /** @param address an IP as text; for an endpoint found by DNS one of the addresses of its name */
    static EndpointConfig endpoint(dev.weft.proxy.model.EndpointConfig config, String address) {
        return new EndpointConfig(
                new Address(address, config.port()),
                hostname(config, address),
                config.weight(),
                config.priority(),
                config.locality().isEmpty() ? Locality.UNKNOWN : new Locality("", config.locality(), ""),
                LOCALITY_WEIGHT,
                config.hashKey().isEmpty() ? null : config.hashKey(),
                health(config.state()));
    }

    private static @Nullable String hostname(dev.weft.proxy.model.EndpointConfig config, String address) {
        if (!config.hostname().isEmpty()) {
            return config.hostname();
        }
        return address.equals(config.host()) ? null : config.host();
    }

    static CircuitBreaker.Limits limits(CircuitLimits limits) {
        return new CircuitBreaker.Limits(
                limits.maxConnections(), limits.maxPending(), limits.maxRequests(), limits.maxRetries());
    }

    static OutlierSettings outlier(OutlierDetection config) {
        return new OutlierSettings(
                config.consecutive5xx(),
                config.consecutiveGatewayFailure(),
                config.consecutiveLocalOriginFailure(),
                config.interval(),
                config.baseEjectionTime(),
                // Envoy reads a maximum below the base as the base.
                config.maxEjectionTime().compareTo(config.baseEjectionTime()) < 0
                        ? config.baseEjectionTime()
                        : config.maxEjectionTime(),
                config.maxEjectionPercent(),
                new OutlierSettings.SuccessRate(
                        config.successRate() ? 100 : 0,
                        config.successRateMinimumHosts(),
                        config.successRateRequestVolume(),
                        config.successRateStdevFactor()));
    }

    private static BalancingPolicy policy(Balancing balancing) {
        return switch (balancing) {
            case Balancing.RoundRobin _ -> new RoundRobin();
            case Balancing.LeastRequest least -> new LeastRequest(least.choices());
            case Balancing.Random _ -> new RandomChoice();
            case Balancing.Ketama ketama -> new Ketama(ketama.bracketIpv6());
            case Balancing.RingHash ring ->
                new RingHash(
                        ring.minimumRingSize(),
                        ring.maximumRingSize(),
                        new EndpointHashing(ring.useHostname(), ring.hashBalanceFactor()));
            case Balancing.Custom custom -> custom.policy();
            case Balancing.Maglev maglev -> new Maglev(Math.toIntExact(maglev.tableSize()), EndpointHashing.BY_ADDRESS);
        };
    }

    private static DeclaredHealth health(dev.weft.proxy.model.EndpointConfig.State state) {
        return switch (state) {
            case HEALTHY -> DeclaredHealth.HEALTHY;
            case DEGRADED -> DeclaredHealth.DEGRADED;
            case UNHEALTHY -> DeclaredHealth.UNHEALTHY;
            case DRAINING -> DeclaredHealth.DRAINING;
        };
    }
}
