package dev.weft.sidecar.load;

import dev.weft.proxy.model.ClusterStatus;
import dev.weft.proxy.model.ClusterStatus.EndpointStatus;
import dev.weft.sidecar.discovery.LoadStatsRequest.ClusterLoad;
import dev.weft.sidecar.discovery.LoadStatsRequest.LocalityLoad;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Turns counts that only grow into what came since the last look. Confined to the configuration's thread.
 *
 * <p>What an endpoint did between the last look and its removal is not reported.
 */
final class LoadCounts {
    private final Supplier<List<ClusterStatus>> clusters;
    private final Supplier<Long> nanoTime;
    private Map<String, EndpointStatus> before = Map.of();
    private long lookedNanos;

    private record Place(String locality, int priority) {}

    LoadCounts(Supplier<List<ClusterStatus>> clusters, Supplier<Long> nanoTime) {
        this.clusters = clusters;
        this.nanoTime = nanoTime;
    }

    /** What came before now is not reported. */
    void begin() {
        var _ = since(Map.of(), name -> false);
    }

    /**
     * @param reported names of clusters, with those of their EDS resources
     * @param asked of these, the ones to tell of
     */
    List<ClusterLoad> since(Map<String, String> reported, Predicate<String> asked) {
        long now = nanoTime.get();
        Duration interval = Duration.ofNanos(now - lookedNanos);
        lookedNanos = now;
        Map<String, EndpointStatus> seen = new HashMap<>();
        List<ClusterLoad> loads = new ArrayList<>();
        for (ClusterStatus cluster : clusters.get()) {
            String name = cluster.name().value();
            Map<Place, LocalityLoad> places = new LinkedHashMap<>();
            for (EndpointStatus endpoint : cluster.endpoints()) {
                String key = name + " " + endpoint.address();
                seen.put(key, endpoint);
                LocalityLoad load = load(before.get(key), endpoint);
                places.merge(new Place(load.locality(), load.priority()), load, LoadCounts::sum);
            }
            String service = reported.get(name);
            if (service != null && asked.test(name)) {
                loads.add(new ClusterLoad(
                        name, service.equals(name) ? "" : service, interval, List.copyOf(places.values())));
            }
        }
        before = seen;
        return loads;
    }

    private static LocalityLoad load(@Nullable EndpointStatus was, EndpointStatus is) {
        // An address that left and came back counts from zero again.
        EndpointStatus base = was != null && was.requests() <= is.requests() ? was : null;
        long requests = is.requests() - (base == null ? 0 : base.requests());
        long failures = is.failures() - (base == null ? 0 : base.failures());
        long running = is.activeRequests();
        long ranBefore = base == null ? 0 : base.activeRequests();
        return new LocalityLoad(
                is.locality(),
                is.priority(),
                Math.max(0, requests - failures),
                running,
                failures,
                Math.max(0, requests + running - ranBefore));
    }

    private static LocalityLoad sum(LocalityLoad a, LocalityLoad b) {
        return new LocalityLoad(
                a.locality(),
                a.priority(),
                a.succeeded() + b.succeeded(),
                a.running() + b.running(),
                a.failed() + b.failed(),
                a.issued() + b.issued());
    }
}
