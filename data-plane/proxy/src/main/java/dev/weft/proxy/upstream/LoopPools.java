package dev.weft.proxy.upstream;

import dev.weft.proxy.http.Connection;
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
import org.jspecify.annotations.Nullable;

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

    /** Those whose connections are not shared. */
    private final Set<ClientPools> clients = new HashSet<>();

    private final IdleForClients idleForClients = new IdleForClients();

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
        return acquire(cluster, cluster.config(), endpoint, downstream, null, callback);
    }

    @Override
    public Acquisition acquire(
            UpstreamCluster cluster, UpstreamEndpoint endpoint, Connection client, Callback callback) {
        ClusterConfig config = cluster.config();
        ClientPools its = config.proxyProtocol().isEmpty() || closed
                ? null
                : ClientPools.of(client, clients::add, clients::remove);
        return acquire(cluster, config, endpoint, client.protocol(), its, callback);
    }

    @Override
    public Acquisition acquireOpaque(
            UpstreamCluster cluster, UpstreamEndpoint endpoint, Connection client, Callback callback) {
        if (closed) {
            return refused(callback);
        }
        ClusterConfig config = cluster.config();
        EndpointPool pool = EndpointPool.opaque(this, cluster, config, endpoint, Announcement.of(client));
        living.add(pool);
        Acquisition acquisition = pool.acquire(callback);
        pool.retire(); // nobody else can use it
        return acquisition;
    }

    private static Acquisition refused(Callback callback) {
        callback.failed(new ConnectFailure(ConnectFailure.Reason.CLOSED, "the proxy is shutting down"));
        return Acquisition.DONE;
    }

    private Acquisition acquire(
            UpstreamCluster cluster,
            ClusterConfig config,
            UpstreamEndpoint endpoint,
            Protocol downstream,
            @Nullable ClientPools client,
            Callback callback) {
        if (closed) {
            return refused(callback);
        }
        Dialer.Wanted wanted = wanted(config, downstream);
        Map<UpstreamEndpoint, EndpointPool> pools = client == null ? poolsOf(wanted) : client.byEndpoint();
        EndpointPool pool = pools.get(endpoint);
        if (pool != null && !pool.serves(config)) {
            pools.remove(endpoint);
            pool.retire();
            pool = null;
        }
        boolean last = false;
        if (pool == null) {
            pool = new EndpointPool(this, cluster, config, endpoint, wanted, client);
            living.add(pool);
            last = endpoint.isRetired();
            if (!last) {
                pools.put(endpoint, pool);
            }
        }
        Acquisition acquisition = pool.acquire(callback);
        // Pickers are compiled beside the loops, so that a request may still be sent to what has left its cluster
        // meanwhile: nobody would ever tell this pool. And a copy of a request may be sent after its client has gone.
        if (last || (client != null && client.isGone())) {
            pool.retire();
        }
        return acquisition;
    }

    @Override
    public void retire(UpstreamEndpoint endpoint) {
        for (Map<UpstreamEndpoint, EndpointPool> pools : current.values()) {
            EndpointPool pool = pools.remove(endpoint);
            if (pool != null) {
                pool.retire();
            }
        }
        for (ClientPools client : List.copyOf(clients)) {
            EndpointPool pool = client.byEndpoint().remove(endpoint);
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
        clients.forEach(client -> client.byEndpoint().clear());
        all.forEach(EndpointPool::retire);
    }

    Dialer dialer() {
        return dialer;
    }

    IdleForClients idleForClients() {
        return idleForClients;
    }

    LoopTimer timer() {
        return timer;
    }

    /** A pool has nothing left. */
    void forget(EndpointPool pool) {
        living.remove(pool);
        ClientPools client = pool.client;
        (client == null ? poolsOf(pool.wanted) : client.byEndpoint()).remove(pool.endpoint, pool);
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
