package dev.weft.proxy.telemetry;

import dev.weft.proxy.model.CertificateExpiry;
import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.ClusterStatus;
import io.prometheus.client.Collector;
import io.prometheus.client.CounterMetricFamily;
import io.prometheus.client.GaugeMetricFamily;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongSupplier;

/**
 * The proxy's metrics (docs/metrics.md), summed over the loops when they are scraped.
 *
 * <p>Thread-safe.
 */
public final class ProxyMetrics extends Collector {
    private static final List<String> CLASSES = List.of("none", "1xx", "2xx", "3xx", "4xx", "5xx");

    /** What is known only at the time of a scrape. Called on the scraping thread. */
    public interface Gauges {
        int downstreamConnections();

        long downstreamConnectionsRefused();

        /** By reason. */
        Map<String, Long> downstreamTlsFailures();

        /** By reason. */
        Map<String, Long> downstreamProxyHeaderFailures();

        /** By reason. */
        Map<String, Long> downstreamChainFailures();

        /** That we show to peers; one may stand there more than once. */
        List<CertificateExpiry> certificates();

        /** By the filter's name. */
        Map<String, Long> filterFailures();

        List<ClusterStatus> clusters();

        long accessLogDropped();
    }

    private final List<LoopTelemetry> loops = new CopyOnWriteArrayList<>();
    private final Gauges gauges;
    private final LongSupplier nanos;

    /** Guarded by this. */
    private final Departures<String> goneListeners = new Departures<>();

    /** Guarded by this. */
    private final Departures<ClusterName> goneClusters = new Departures<>();

    public ProxyMetrics(Gauges gauges) {
        this(gauges, System::nanoTime);
    }

    ProxyMetrics(Gauges gauges, LongSupplier nanos) {
        this.gauges = gauges;
        this.nanos = nanos;
    }

    /** What is served from now on. The numbers of all else leave after a while, once nothing of it is in progress. */
    public synchronized void configured(Set<String> listeners, Set<ClusterName> clusters) {
        goneListeners.present(listeners);
        goneClusters.present(clusters);
        letGo();
    }

    private synchronized void letGo() {
        long now = nanos.getAsLong();
        Set<String> listeners = new HashSet<>();
        Set<ClusterName> clusters = new HashSet<>();
        for (LoopTelemetry loop : loops) {
            loop.letGo(name -> goneListeners.isOver(name, now), name -> goneClusters.isOver(name, now));
            listeners.addAll(loop.listeners().keySet());
            listeners.addAll(loop.tcpListeners().keySet());
            clusters.addAll(loop.clusters().keySet());
            clusters.addAll(loop.tcpClusters().keySet());
        }
        goneListeners.retain(listeners);
        goneClusters.retain(clusters);
    }

    /** The numbers of a new loop. */
    public LoopTelemetry newLoop() {
        LoopTelemetry loop = new LoopTelemetry();
        loops.add(loop);
        return loop;
    }

    public long activeRequests() {
        return loops.stream().mapToLong(LoopTelemetry::activeRequests).sum();
    }

    @Override
    public List<MetricFamilySamples> collect() {
        List<MetricFamilySamples> families = new ArrayList<>();
        Map<String, double[]> listeners = new TreeMap<>();
        Map<String, double[]> clusters = new TreeMap<>();
        Map<String, double[]> tcpListeners = new TreeMap<>();
        Map<String, double[]> tcpClusters = new TreeMap<>();
        Map<String, double[]> failures = new TreeMap<>();
        for (LoopTelemetry loop : loops) {
            loop.listeners().forEach((name, counters) -> add(listeners, name, counters));
            loop.clusters().forEach((name, counters) -> add(clusters, name.value(), counters));
            loop.tcpListeners().forEach((name, counters) -> add(tcpListeners, name, counters));
            loop.tcpClusters().forEach((name, counters) -> add(tcpClusters, name.value(), counters));
            loop.failures()
                    .forEach((label, counter) ->
                            failures.computeIfAbsent(label, key -> new double[1])[0] += counter.read(0));
        }
        connections("weft_downstream", "listener", tcpListeners, families);
        connections("weft_upstream", "cluster", tcpClusters, families);
        families.add(connectFailures(tcpClusters));
        traffic("weft_downstream", "listener", "downstream", listeners, families);
        traffic("weft_upstream", "cluster", "upstream", clusters, families);
        families.add(retries(clusters));
        CounterMetricFamily failed = new CounterMetricFamily(
                "weft_failures", "Requests and opaque connections that the proxy failed, by reason", List.of("reason"));
        failures.forEach((label, sum) -> failed.addMetric(List.of(label), sum[0]));
        families.add(failed);
        gauges(families);
        letGo();
        return families;
    }

    private void gauges(List<MetricFamilySamples> families) {
        families.add(new GaugeMetricFamily(
                "weft_downstream_connections", "Connections from clients", gauges.downstreamConnections()));
        families.add(new CounterMetricFamily(
                "weft_downstream_connections_refused",
                "Connections of clients closed unserved because there were too many",
                gauges.downstreamConnectionsRefused()));
        families.add(new CounterMetricFamily(
                "weft_downstream_connections_shed",
                "Connections of clients closed because they held most when memory was short",
                loops.stream().mapToLong(LoopTelemetry::shedCount).sum()));
        families.add(new CounterMetricFamily(
                "weft_downstream_idle_timeouts",
                "Connections of clients closed because no request came in their idle time",
                loops.stream().mapToLong(LoopTelemetry::idledCount).sum()));
        CounterMetricFamily tls = new CounterMetricFamily(
                "weft_downstream_tls_failures", "TLS handshakes with clients that failed", List.of("reason"));
        gauges.downstreamTlsFailures().forEach((reason, count) -> tls.addMetric(List.of(reason), count));
        families.add(tls);
        CounterMetricFamily headers = new CounterMetricFamily(
                "weft_downstream_proxy_header_failures",
                "Connections closed for want of a PROXY header",
                List.of("reason"));
        gauges.downstreamProxyHeaderFailures().forEach((reason, count) -> headers.addMetric(List.of(reason), count));
        families.add(headers);
        CounterMetricFamily chains = new CounterMetricFamily(
                "weft_downstream_filter_chain_failures",
                "Connections closed because no filter chain of their listener was found for them",
                List.of("reason"));
        gauges.downstreamChainFailures().forEach((reason, count) -> chains.addMetric(List.of(reason), count));
        families.add(chains);
        GaugeMetricFamily expiry = new GaugeMetricFamily(
                "weft_tls_certificate_expiry_timestamp_seconds",
                "Until when our certificates are valid",
                List.of("side", "name", "subject", "serial"));
        new LinkedHashSet<>(gauges.certificates())
                .forEach(own -> expiry.addMetric(
                        List.of(own.side(), own.name(), own.subject(), own.serial()), (double) own.epochSeconds()));
        families.add(expiry);
        CounterMetricFamily filters = new CounterMetricFamily(
                "weft_filter_failures", "How often filters threw, by their names", List.of("filter"));
        gauges.filterFailures().forEach((filter, count) -> filters.addMetric(List.of(filter), count));
        families.add(filters);
        families.add(new CounterMetricFamily(
                "weft_access_log_dropped",
                "Access-log lines dropped because the sink was slower, or lost because it failed",
                gauges.accessLogDropped()));
        List<String> cluster = List.of("cluster");
        GaugeMetricFamily connections =
                new GaugeMetricFamily("weft_upstream_connections", "Connections to endpoints", cluster);
        GaugeMetricFamily endpoints = new GaugeMetricFamily("weft_cluster_endpoints", "Endpoints known", cluster);
        GaugeMetricFamily healthy =
                new GaugeMetricFamily("weft_cluster_endpoints_healthy", "Endpoints that may be picked", cluster);
        for (ClusterStatus status : gauges.clusters()) {
            List<String> name = List.of(status.name().value());
            connections.addMetric(name, status.connections());
            endpoints.addMetric(name, status.endpoints().size());
            healthy.addMetric(name, status.healthy());
        }
        families.add(connections);
        families.add(endpoints);
        families.add(healthy);
    }

    private static void traffic(
            String prefix, String label, String side, Map<String, double[]> sums, List<MetricFamilySamples> families) {
        CounterMetricFamily requests = new CounterMetricFamily(
                prefix + "_requests", "Ended " + side + " requests by class of status", List.of(label, "code_class"));
        GaugeMetricFamily active =
                new GaugeMetricFamily(prefix + "_active_requests", "Requests in progress " + side, List.of(label));
        CounterMetricFamily bytes =
                new CounterMetricFamily(prefix + "_body_bytes", "Bytes of bodies " + side, List.of(label, "direction"));
        List<MetricFamilySamples.Sample> durations = new ArrayList<>();
        sums.forEach((name, sum) -> {
            for (int i = 0; i < TrafficCounters.CLASSES; i++) {
                double count = sum[TrafficCounters.FIRST_CLASS + i];
                if (count > 0) {
                    requests.addMetric(List.of(name, CLASSES.get(i)), count);
                }
            }
            active.addMetric(List.of(name), sum[TrafficCounters.STARTED] - sum[TrafficCounters.ENDED]);
            bytes.addMetric(List.of(name, "received"), sum[TrafficCounters.RECEIVED_BYTES]);
            bytes.addMetric(List.of(name, "sent"), sum[TrafficCounters.SENT_BYTES]);
            histogram(prefix + "_request_duration_seconds", label, name, sum, durations);
        });
        families.add(requests);
        families.add(active);
        families.add(bytes);
        families.add(new MetricFamilySamples(
                prefix + "_request_duration_seconds",
                Type.HISTOGRAM,
                "Time from the request's head to the end of its response",
                durations));
    }

    private static void connections(
            String prefix, String label, Map<String, double[]> sums, List<MetricFamilySamples> families) {
        CounterMetricFamily begun =
                new CounterMetricFamily(prefix + "_tcp_connections", "Opaque connections begun", List.of(label));
        GaugeMetricFamily active =
                new GaugeMetricFamily(prefix + "_active_tcp_connections", "Opaque connections open", List.of(label));
        CounterMetricFamily bytes = new CounterMetricFamily(
                prefix + "_tcp_bytes", "Bytes of opaque connections", List.of(label, "direction"));
        sums.forEach((name, sum) -> {
            begun.addMetric(List.of(name), sum[ConnectionCounters.BEGUN]);
            active.addMetric(List.of(name), sum[ConnectionCounters.BEGUN] - sum[ConnectionCounters.ENDED]);
            bytes.addMetric(List.of(name, "received"), sum[ConnectionCounters.RECEIVED_BYTES]);
            bytes.addMetric(List.of(name, "sent"), sum[ConnectionCounters.SENT_BYTES]);
        });
        families.add(begun);
        families.add(active);
        families.add(bytes);
    }

    private static CounterMetricFamily connectFailures(Map<String, double[]> clusters) {
        CounterMetricFamily failures = new CounterMetricFamily(
                "weft_upstream_tcp_connect_failures",
                "Endpoints that could not be connected to for an opaque connection",
                List.of("cluster"));
        clusters.forEach((name, sum) -> failures.addMetric(List.of(name), sum[ConnectionCounters.CONNECT_FAILURES]));
        return failures;
    }

    private static void histogram(
            String family, String label, String name, double[] sum, List<MetricFamilySamples.Sample> samples) {
        double cumulative = 0;
        for (int i = 0; i <= TrafficCounters.BOUNDS_SECONDS.length; i++) {
            cumulative += sum[TrafficCounters.FIRST_BUCKET + i];
            double bound = i < TrafficCounters.BOUNDS_SECONDS.length
                    ? TrafficCounters.BOUNDS_SECONDS[i]
                    : Double.POSITIVE_INFINITY;
            samples.add(new MetricFamilySamples.Sample(
                    family + "_bucket", List.of(label, "le"), List.of(name, doubleToGoString(bound)), cumulative));
        }
        samples.add(new MetricFamilySamples.Sample(family + "_count", List.of(label), List.of(name), cumulative));
        samples.add(new MetricFamilySamples.Sample(
                family + "_sum", List.of(label), List.of(name), sum[TrafficCounters.NANOS] / NANOSECONDS_PER_SECOND));
    }

    private static CounterMetricFamily retries(Map<String, double[]> clusters) {
        CounterMetricFamily retries =
                new CounterMetricFamily("weft_upstream_retries", "Tries after a request's first", List.of("cluster"));
        clusters.forEach((name, sum) -> retries.addMetric(List.of(name), sum[TrafficCounters.RETRIES]));
        return retries;
    }

    private static void add(Map<String, double[]> sums, String name, ConnectionCounters counters) {
        double[] sum = sums.computeIfAbsent(name, key -> new double[ConnectionCounters.SIZE]);
        for (int i = 0; i < sum.length; i++) {
            sum[i] += counters.read(i);
        }
    }

    private static void add(Map<String, double[]> sums, String name, TrafficCounters counters) {
        double[] sum = sums.computeIfAbsent(name, key -> new double[TrafficCounters.SIZE]);
        for (int i = 0; i < sum.length; i++) {
            sum[i] += counters.read(i);
        }
    }
}
