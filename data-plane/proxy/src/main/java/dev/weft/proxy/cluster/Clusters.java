package dev.weft.proxy.cluster;

import dev.weft.proxy.model.ClusterConfig;
import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.ClusterStatus;
import dev.weft.proxy.time.LoopTimers;
import dev.weft.proxy.transport.Transport;
import dev.weft.proxy.upstream.UpstreamPools;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The running clusters of a proxy.
 *
 * <p>Thread-safe. {@link #apply} is not to be called on an event loop, because pickers may be compiled in it.
 */
public final class Clusters implements AutoCloseable {
    private final Supplier<Environment> environments;
    private final Runnable atClose;
    private final ClusterListeners listeners = new ClusterListeners();

    /** Immutable; published by {@link #apply} to whoever asks. */
    private volatile Map<ClusterName, Cluster> running = Map.of();

    /**
     * Clusters whose checks and look-ups are spread over the loops of {@code transport}.
     *
     * @param pools the connections of a loop; checks use them, and no limit of the cluster counts for those
     * @param nameServers who is asked for addresses; those of the system where there are none
     */
    public Clusters(
            Transport transport,
            LoopTimers timers,
            Function<EventLoop, UpstreamPools> pools,
            List<InetSocketAddress> nameServers) {
        LoopEnvironments environments = new LoopEnvironments(transport, timers, pools, nameServers);
        this(environments, environments::close);
    }

    /**
     * @param environments gives each new cluster what it runs in
     */
    Clusters(Supplier<Environment> environments, Runnable atClose) {
        this.environments = environments;
        this.atClose = atClose;
    }

    /**
     * Makes {@code next} the clusters that run. One that is configured as before is left alone; one that is configured
     * differently keeps what is known of its endpoints; one that is gone ends its checks now and its connections after its
     * requests. When this returns, new clusters with fixed endpoints can be picked from.
     */
    public synchronized void apply(Map<ClusterName, ClusterConfig> next) {
        Map<ClusterName, Cluster> before = running;
        Map<ClusterName, Cluster> after = new HashMap<>();
        next.forEach((name, config) -> {
            Cluster known = before.get(name);
            if (known == null) {
                after.put(name, new Cluster(config, environments.get(), listeners));
            } else {
                known.apply(config);
                after.put(name, known);
            }
        });
        running = Map.copyOf(after);
        before.forEach((name, cluster) -> {
            if (!after.containsKey(name)) {
                cluster.remove();
            }
        });
    }

    /** For compiling routes; requests hold on to the cluster itself. */
    public @Nullable Cluster get(ClusterName name) {
        return running.get(name);
    }

    /** All clusters, by name. */
    public List<ClusterStatus> status() {
        return running.values().stream()
                .map(Cluster::status)
                .sorted(Comparator.comparing(status -> status.name().value()))
                .toList();
    }

    public void addListener(ClusterListener listener) {
        listeners.add(listener);
    }

    public void removeListener(ClusterListener listener) {
        listeners.remove(listener);
    }

    /** Ends all checks and look-ups. */
    @Override
    public void close() {
        apply(Map.of());
        atClose.run();
    }
}
