package dev.weft.proxy.forward;

import dev.weft.proxy.cluster.Cluster;
import dev.weft.proxy.model.ChainKey;
import dev.weft.proxy.model.ClusterName;
import java.util.Map;

/** Compiled configuration as a request captures it, once, at its start. Immutable; compared by identity. */
public final class Snapshot {
    public static final Snapshot EMPTY = new Snapshot(Map.of(), Map.of());

    private final Map<ChainKey, HttpPolicy> policies;
    private final Map<ClusterName, Cluster> clusters;

    /**
     * @param policies by chain of a listener
     * @param clusters the running ones
     */
    public Snapshot(Map<ChainKey, HttpPolicy> policies, Map<ClusterName, Cluster> clusters) {
        this.policies = Map.copyOf(policies);
        this.clusters = Map.copyOf(clusters);
    }

    public Map<ChainKey, HttpPolicy> policies() {
        return policies;
    }

    public Map<ClusterName, Cluster> clusters() {
        return clusters;
    }
}
