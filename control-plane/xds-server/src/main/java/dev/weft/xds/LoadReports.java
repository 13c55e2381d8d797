package dev.weft.xds;

import io.envoyproxy.envoy.config.endpoint.v3.ClusterStats;
import io.envoyproxy.envoy.config.endpoint.v3.UpstreamLocalityStats;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Thread-safe. The sum of the load that clients report (S40). */
public final class LoadReports {
    private final Map<ClusterLoad.Key, ClusterLoad> loads = new ConcurrentHashMap<>();
    private final Map<String, ClusterLoad.Drops> drops = new ConcurrentHashMap<>();
    private final int maxKeys;

    LoadReports(int maxKeys) {
        this.maxKeys = maxKeys;
    }

    public List<ClusterLoad> loads() {
        return List.copyOf(loads.values());
    }

    public List<ClusterLoad.Drops> drops() {
        return List.copyOf(drops.values());
    }

    /** A client's own ledger; ended exactly once, when its stream ends. */
    Reporter open() {
        return new Reporter();
    }

    /** Confined to its stream. Counts are increments, but requests in progress are a level: the last report holds. */
    final class Reporter {
        private final Map<ClusterLoad.Key, Long> inProgress = new HashMap<>();

        /** Adds a report; false when there is no room for what it names. */
        boolean add(ClusterStats stats) {
            boolean room = true;
            for (UpstreamLocalityStats locality : stats.getUpstreamLocalityStatsList()) {
                room &= add(stats, locality);
            }
            return room && addDrops(stats);
        }

        void close() {
            inProgress.forEach((key, level) ->
                    loads.computeIfPresent(key, (k, load) -> load.plus(new ClusterLoad(k, 0, 0, 0, -level))));
            inProgress.clear();
        }

        private boolean add(ClusterStats stats, UpstreamLocalityStats locality) {
            ClusterLoad.Key key = new ClusterLoad.Key(
                    stats.getClusterName(),
                    stats.getClusterServiceName(),
                    locality.getLocality(),
                    locality.getPriority());
            if (loads.size() >= maxKeys && !loads.containsKey(key)) {
                return false;
            }
            long level = locality.getTotalRequestsInProgress();
            Long before = inProgress.put(key, level);
            ClusterLoad increment = new ClusterLoad(
                    key,
                    locality.getTotalSuccessfulRequests(),
                    locality.getTotalErrorRequests(),
                    locality.getTotalIssuedRequests(),
                    level - (before == null ? 0 : before));
            loads.merge(key, increment, ClusterLoad::plus);
            return true;
        }

        private boolean addDrops(ClusterStats stats) {
            if (stats.getTotalDroppedRequests() == 0) {
                return true;
            }
            if (drops.size() >= maxKeys && !drops.containsKey(stats.getClusterName())) {
                return false;
            }
            drops.merge(stats.getClusterName(), dropsOf(stats), LoadReports::sum);
            return true;
        }
    }

    private static ClusterLoad.Drops dropsOf(ClusterStats stats) {
        Map<String, Long> categories = new HashMap<>();
        stats.getDroppedRequestsList().forEach(d -> categories.merge(d.getCategory(), d.getDroppedCount(), Long::sum));
        return new ClusterLoad.Drops(stats.getClusterName(), stats.getTotalDroppedRequests(), Map.copyOf(categories));
    }

    private static ClusterLoad.Drops sum(ClusterLoad.Drops one, ClusterLoad.Drops other) {
        Map<String, Long> categories = new HashMap<>(one.byCategory());
        other.byCategory().forEach((category, count) -> categories.merge(category, count, Long::sum));
        return new ClusterLoad.Drops(one.cluster(), one.total() + other.total(), Map.copyOf(categories));
    }
}
