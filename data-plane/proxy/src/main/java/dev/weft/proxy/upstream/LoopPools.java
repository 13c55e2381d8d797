package dev.weft.proxy.upstream;

import dev.weft.proxy.http.Protocol;
import dev.weft.proxy.model.ClusterConfig;
import dev.weft.proxy.time.LoopTimer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The pools of one event loop.
 *
 * <p>Confined to that loop.
 */
public final class LoopPools implements UpstreamPools {
    private final LoopTimer timer;
    private final Dialer dialer;

    /** By identity: the lookup of each request. */
    private final EnumMap<Dialer.Wanted, Map<UpstreamEndpoint, EndpointPool>> current =
            new EnumMap<>(Dialer.Wanted.class);

    /** Every pool that holds something, the retired ones too. */
    private final Set<EndpointPool> living = new HashSet<>();

    private boolean closed;

    /** The pools of {@code timer}'s loop, over what {@code connector} connects. */
    public LoopPools(LoopTimer timer, Connector connector) {
        this(timer, new ChannelDialer(timer, connector));
    }

    LoopPools(LoopTimer timer, Dialer dialer) {
        this.timer = timer;
        this.dialer = dialer;
        for (Dialer.Wanted wanted : Dialer.Wanted.values()) {
            current.put(wanted, new IdentityHashMap<>());
        }
    }

    @Override
    public Acquisition acquire(
            UpstreamCluster cluster, UpstreamEndpoint endpoint, Protocol downstream, Callback callback) {
        if (closed) {
            callback.failed(new ConnectFailure(ConnectFailure.Reason.CLOSED, "the proxy is shutting down"));
            return Acquisition.DONE;
        }
        ClusterConfig config = cluster.config();
        Dialer.Wanted wanted = wanted(config, downstream);
        Map<UpstreamEndpoint, EndpointPool> pools = poolsOf(wanted);
        EndpointPool pool = pools.get(endpoint);
        if (pool != null && !pool.serves(config)) {
            pools.remove(endpoint);
            pool.retire();
            pool = null;
        }
        if (pool == null) {
            pool = new EndpointPool(this, cluster, endpoint, wanted);
            pools.put(endpoint, pool);
            living.add(pool);
        }
        return pool.acquire(callback);
    }

    @Override
    public void retire(UpstreamEndpoint endpoint) {
        for (Map<UpstreamEndpoint, EndpointPool> pools : current.values()) {
            EndpointPool pool = pools.remove(endpoint);
            if (pool != null) {
                pool.retire();
            }
        }
    }

    @Override
    public int connections() {
        int sum = 0;
        for (EndpointPool pool : living) {
            sum += pool.connections();
        }
        return sum;
    }

    @Override
    public void close() {
        closed = true;
        List<EndpointPool> all = new ArrayList<>(living);
        current.values().forEach(Map::clear);
        all.forEach(EndpointPool::retire);
    }

    Dialer dialer() {
        return dialer;
    }

    LoopTimer timer() {
        return timer;
    }

    /** A pool has nothing left. */
    void forget(EndpointPool pool) {
        living.remove(pool);
        poolsOf(pool.wanted).remove(pool.endpoint, pool);
    }

    private Map<UpstreamEndpoint, EndpointPool> poolsOf(Dialer.Wanted wanted) {
        Map<UpstreamEndpoint, EndpointPool> pools = current.get(wanted);
        if (pools == null) {
            throw new IllegalStateException("no pools for " + wanted);
        }
        return pools;
    }

    private static Dialer.Wanted wanted(ClusterConfig config, Protocol downstream) {
        return switch (config.protocol()) {
            case HTTP1 -> Dialer.Wanted.HTTP1;
            case HTTP2 -> Dialer.Wanted.HTTP2;
            case AUTO -> {
                if (config.tls().isPresent()) {
                    yield Dialer.Wanted.NEGOTIATED;
                }
                yield downstream == Protocol.HTTP_2 ? Dialer.Wanted.HTTP2 : Dialer.Wanted.HTTP1;
            }
        };
    }
}
