package dev.weft.demo;

import dev.weft.api.client.MeshException;
import dev.weft.demo.Picture.Row;
import dev.weft.demo.ProxyView.Endpoint;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** Makes pictures of what the two proxies that traffic enters show, and the client sees. Confined to one thread. */
final class Observer {
    private final List<ProxyView> views;
    private final Definitions definitions;
    private final Traffic traffic;
    private final Map<String, String> instances = new HashMap<>();
    private Map<Place, Endpoint> before = Map.of();
    private Map<String, String> routes = Map.of();
    private long tookNanos = System.nanoTime();

    Observer(List<ProxyView> views, Definitions definitions, Traffic traffic, List<DemoInstance> instances) {
        this.views = views;
        this.definitions = definitions;
        this.traffic = traffic;
        instances.forEach(instance -> this.instances.put(instance.address(), instance.name()));
    }

    /** Where an endpoint stands. */
    private record Place(String cluster, String address) implements Comparable<Place> {
        @Override
        public int compareTo(Place other) {
            int byCluster = cluster.compareTo(other.cluster);
            return byCluster != 0 ? byCluster : address.compareTo(other.address);
        }
    }

    Picture picture() throws IOException, InterruptedException {
        Map<Place, Endpoint> now = new TreeMap<>();
        Map<String, Long> retries = new HashMap<>();
        for (ProxyView view : views) {
            view.endpoints().forEach(e -> now.merge(new Place(e.cluster(), e.address()), e, Observer::sum));
            view.retries().forEach((cluster, count) -> retries.merge(cluster, count, Long::sum));
        }
        try {
            routes = definitions.routes();
        } catch (MeshException _) {
            // The control plane is away: traffic goes by what was said last, and so does the table.
        }
        long atNanos = System.nanoTime();
        double seconds = (atNanos - tookNanos) / (double) TimeUnit.SECONDS.toNanos(1);
        Map<String, Histogram> latencies = traffic.latencies();
        List<Row> rows = new ArrayList<>();
        now.forEach((place, endpoint) -> {
            if (routes.containsKey(place.cluster())) {
                rows.add(row(endpoint, before.getOrDefault(place, endpoint), seconds, retries, latencies));
            }
        });
        before = now;
        tookNanos = atNanos;
        return new Picture(
                rows,
                traffic.requests(),
                traffic.failed(),
                retries.values().stream().mapToLong(Long::longValue).sum());
    }

    private Row row(
            Endpoint now,
            Endpoint before,
            double seconds,
            Map<String, Long> retries,
            Map<String, Histogram> latencies) {
        String instance = instances.getOrDefault(now.address(), "");
        // A sidecar that forgot an endpoint and learned it again counts from 0.
        long requests = Math.max(0, now.requests() - before.requests());
        long failures = Math.max(0, now.failures() - before.failures());
        Histogram latency = latencies.getOrDefault(instance, new Histogram(2));
        return new Row(
                routes.getOrDefault(now.cluster(), ""),
                now.cluster(),
                (instance + " " + now.address()).strip(),
                requests / seconds,
                requests == 0 ? Double.NaN : 1 - (double) failures / requests,
                latency.getTotalCount() == 0 ? 0 : latency.getValueAtPercentile(50),
                latency.getTotalCount() == 0 ? 0 : latency.getValueAtPercentile(99),
                retries.getOrDefault(now.cluster(), 0L),
                now.healthy() ? "healthy" : now.reason());
    }

    /** What two proxies see of one endpoint: it is healthy where both say so. */
    private static Endpoint sum(Endpoint a, Endpoint b) {
        return new Endpoint(
                a.cluster(),
                a.address(),
                a.healthy() && b.healthy(),
                a.healthy() ? b.reason() : a.reason(),
                a.requests() + b.requests(),
                a.failures() + b.failures());
    }
}
