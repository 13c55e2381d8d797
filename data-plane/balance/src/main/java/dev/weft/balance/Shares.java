package dev.weft.balance;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * Stateless. Turns weights into shares that add up to 1.
 *
 * <p>The order of the floating-point operations ({@code weight * localityShare / sum}) is Envoy's
 * {@code normalizeHostWeights}, because its ring compares running sums of these shares: another order would be off by
 * one point now and then.
 */
final class Shares {

    private Shares() {}

    static double[] byWeight(List<Endpoint> endpoints) {
        return scaled(endpoints, endpoint -> 1.0, endpoint -> Locality.UNKNOWN);
    }

    /** Shares within localities, each locality having the share of all that its weight is of all weights. */
    static double[] byLocality(List<Endpoint> endpoints, Map<Locality, Double> localityWeights) {
        double sum = 0;
        for (double weight : localityWeights.values()) {
            sum += weight;
        }
        double all = sum;
        return scaled(
                endpoints,
                endpoint -> localityWeights.getOrDefault(endpoint.locality(), 0.0) / all,
                Endpoint::locality);
    }

    /** Multiplies {@code shares} by a factor per endpoint and normalises again. */
    static double[] times(double[] shares, List<Endpoint> endpoints, ToDoubleFunction<Endpoint> factor) {
        double[] scaled = new double[shares.length];
        double sum = 0;
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] = shares[i] * factor.applyAsDouble(endpoints.get(i));
            sum += scaled[i];
        }
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] /= sum;
        }
        return scaled;
    }

    private static double[] scaled(
            List<Endpoint> endpoints, ToDoubleFunction<Endpoint> localityShare, Function<Endpoint, Locality> locality) {
        Map<Locality, Long> sums = new HashMap<>();
        for (Endpoint endpoint : endpoints) {
            sums.merge(locality.apply(endpoint), (long) endpoint.weight(), Long::sum);
        }
        double[] shares = new double[endpoints.size()];
        for (int i = 0; i < shares.length; i++) {
            Endpoint endpoint = endpoints.get(i);
            long sum = sums.getOrDefault(locality.apply(endpoint), 1L);
            shares[i] = endpoint.weight() * localityShare.applyAsDouble(endpoint) / sum;
        }
        return shares;
    }
}
