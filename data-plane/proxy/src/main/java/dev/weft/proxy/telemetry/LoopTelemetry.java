package dev.weft.proxy.telemetry;

import dev.weft.proxy.model.ClusterName;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * All numbers of one event loop.
 *
 * <p>Changed by that loop only. The maps are concurrent because a scrape walks them while the loop adds to them.
 */
public final class LoopTelemetry {
    private final ConcurrentHashMap<String, TrafficCounters> listeners = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<ClusterName, TrafficCounters> clusters = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<String, ConnectionCounters> tcpListeners = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<ClusterName, ConnectionCounters> tcpClusters = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<String, LoopCounters> failures = new ConcurrentHashMap<>();
    private final LoopCounters idled = new LoopCounters(1);
    private final LoopCounters shed = new LoopCounters(1);

    /** Which nobody scrapes; {@link ProxyMetrics#newLoop} makes one that is. */
    public LoopTelemetry() {}

    /** To be asked once per connection. */
    public TrafficCounters listener(String name) {
        TrafficCounters counters = listeners.get(name);
        return counters != null ? counters : listeners.computeIfAbsent(name, key -> new TrafficCounters());
    }

    public TrafficCounters cluster(ClusterName name) {
        TrafficCounters counters = clusters.get(name);
        return counters != null ? counters : clusters.computeIfAbsent(name, key -> new TrafficCounters());
    }

    /** Of opaque connections; as {@link #listener}. */
    public ConnectionCounters tcpListener(String name) {
        ConnectionCounters counters = tcpListeners.get(name);
        return counters != null ? counters : tcpListeners.computeIfAbsent(name, key -> new ConnectionCounters());
    }

    public ConnectionCounters tcpCluster(ClusterName name) {
        ConnectionCounters counters = tcpClusters.get(name);
        return counters != null ? counters : tcpClusters.computeIfAbsent(name, key -> new ConnectionCounters());
    }

    /** Counts a failure under the label of its answer. */
    public void failed(String label) {
        LoopCounters counter = failures.get(label);
        if (counter == null) {
            counter = failures.computeIfAbsent(label, key -> new LoopCounters(1));
        }
        counter.add(0, 1);
    }

    /** Counts a client's connection that was closed because no request came. */
    public void idled() {
        idled.add(0, 1);
    }

    /** Connections counted by {@link #idled()}. */
    long idledCount() {
        return idled.read(0);
    }

    /** Counts a client's connection that was closed for the memory that it held. */
    public void shed() {
        shed.add(0, 1);
    }

    /** Connections counted by {@link #shed()}. */
    long shedCount() {
        return shed.read(0);
    }

    /**
     * Forgets the numbers of what is over and has nothing in progress, by any thread. What a loop still counts there, in that moment or
     * on a connection that outlived its listener, is of no interest to anyone any more.
     */
    void letGo(Predicate<String> listenerIsOver, Predicate<ClusterName> clusterIsOver) {
        letGo(listeners, listenerIsOver, TrafficCounters::isQuiet);
        letGo(clusters, clusterIsOver, TrafficCounters::isQuiet);
        letGo(tcpListeners, listenerIsOver, ConnectionCounters::isQuiet);
        letGo(tcpClusters, clusterIsOver, ConnectionCounters::isQuiet);
    }

    private static <N, C> void letGo(Map<N, C> all, Predicate<N> isOver, Predicate<C> isQuiet) {
        all.entrySet().removeIf(entry -> isOver.test(entry.getKey()) && isQuiet.test(entry.getValue()));
    }

    ConcurrentHashMap<String, TrafficCounters> listeners() {
        return listeners;
    }

    ConcurrentHashMap<ClusterName, TrafficCounters> clusters() {
        return clusters;
    }

    ConcurrentHashMap<String, ConnectionCounters> tcpListeners() {
        return tcpListeners;
    }

    ConcurrentHashMap<ClusterName, ConnectionCounters> tcpClusters() {
        return tcpClusters;
    }

    ConcurrentHashMap<String, LoopCounters> failures() {
        return failures;
    }

    /** Requests in progress on this loop. */
    public long activeRequests() {
        long active = 0;
        for (TrafficCounters counters : listeners.values()) {
            active += counters.read(TrafficCounters.STARTED) - counters.read(TrafficCounters.ENDED);
        }
        return active;
    }
}
