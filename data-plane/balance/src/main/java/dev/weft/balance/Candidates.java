package dev.weft.balance;

import java.util.List;

/**
 * Immutable. The endpoints that a picker is compiled from: never empty, each of positive weight, in the order in which
 * the configuration lists them.
 *
 * <p>Each has three measures. {@link #weight} is the configured integer (Ketama multiplies it). {@link #staticShare} is
 * that weight normalised over endpoint and locality, configuration only, so that proxies that see the same endpoints
 * build the same ring. {@link #share} also follows what happens at run time (how much of a locality is available, slow
 * start). Both kinds of share add up to 1.
 */
public final class Candidates {

    private final Endpoint[] endpoints;
    private final double[] staticShares;
    private final double[] shares;

    Candidates(List<Endpoint> endpoints, double[] staticShares, double[] shares) {
        this.endpoints = endpoints.toArray(Endpoint[]::new);
        this.staticShares = staticShares;
        this.shares = shares;
    }

    /** Candidates by their weights alone; those of weight 0 are left out. */
    public static Candidates of(List<Endpoint> endpoints) {
        List<Endpoint> weighted =
                endpoints.stream().filter(endpoint -> endpoint.weight() > 0).toList();
        if (weighted.isEmpty()) {
            throw new IllegalArgumentException("candidates: none has a weight (expected: at least one > 0)");
        }
        double[] shares = Shares.byWeight(weighted);
        return new Candidates(weighted, shares, shares);
    }

    public int size() {
        return endpoints.length;
    }

    public Endpoint endpoint(int index) {
        return endpoints[index];
    }

    public List<Endpoint> endpoints() {
        return List.of(endpoints);
    }

    public int weight(int index) {
        return endpoints[index].weight();
    }

    public double staticShare(int index) {
        return staticShares[index];
    }

    public double share(int index) {
        return shares[index];
    }
}
