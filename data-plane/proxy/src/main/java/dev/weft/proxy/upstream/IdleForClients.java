package dev.weft.proxy.upstream;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * Connections that wait for their client's next request, by cluster, the longest idle first. Each client needs connections of its
 * own, so that those of clients who are silent would soon hold all that {@code max_connections} allows: one of them is closed for
 * a client who speaks.
 *
 * <p>Confined to its event loop.
 */
final class IdleForClients {
    private final Map<UpstreamCluster, Set<PooledConnection>> byCluster = new HashMap<>();

    void add(UpstreamCluster cluster, PooledConnection pooled) {
        byCluster.computeIfAbsent(cluster, c -> new LinkedHashSet<>()).add(pooled);
    }

    void remove(UpstreamCluster cluster, PooledConnection pooled) {
        Set<PooledConnection> idle = byCluster.get(cluster);
        if (idle != null && idle.remove(pooled) && idle.isEmpty()) {
            byCluster.remove(cluster);
        }
    }

    /** Closes the one that was idle longest; its permit is the caller's. False where there is none. */
    boolean giveUpOne(UpstreamCluster cluster) {
        Set<PooledConnection> idle = byCluster.get(cluster);
        return idle != null && idle.iterator().next().giveUp();
    }
}
