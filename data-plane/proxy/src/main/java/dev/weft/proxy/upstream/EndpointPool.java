package dev.weft.proxy.upstream;

import dev.weft.proxy.http.ClientConnection;
import dev.weft.proxy.http.Protocol;
import dev.weft.proxy.model.ClusterConfig;
import dev.weft.proxy.time.LoopTimer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one event loop to one endpoint, and the requests that wait for one.
 *
 * <p>Confined to its event loop. Callbacks may re-enter: the state is settled before any of them is called.
 *
 * <p>HTTP/1 connections lie idle on a stack: the one used last is used next, so that a pool that grew in a burst shrinks again by
 * the idle limit. HTTP/2 connections are shared: the first of those that may have a stream free is used until it has none, and one
 * that was full is the first when it has one again, so that there are as few as the peer's limit of streams allows. Requests wait
 * in their order, and get whatever is free first, which need not be what was dialed for them. None of it takes longer where
 * there are many connections or waiting requests.
 */
final class EndpointPool {
    /** How many streams a peer is expected to take before it says so: the usual limit. */
    private static final int USUAL_STREAMS = 100;

    private final LoopPools pools;
    private final Dialer dialer;
    private final LoopTimer timer;
    private final UpstreamCluster cluster;
    private final ClusterConfig config;
    final UpstreamEndpoint endpoint;
    final Dialer.Wanted wanted;
    final @Nullable ClientPools client;
    private final @Nullable Announcement announced;

    /** Idle ones of HTTP/1; of HTTP/2, those that had a stream free when they were last looked at. */
    private final LinkedSequence<PooledConnection> free = new LinkedSequence<>();

    private final Set<PooledConnection> all = new LinkedHashSet<>();
    private final LinkedSequence<Waiter> waiters = new LinkedSequence<>();
    private int dialing;
    private boolean multiplexed;

    /**
     * What a new HTTP/2 connection is expected to take: no more than the one before it did. To send more would be to have the rest
     * refused, on every new connection, and its retries used up.
     */
    private int expectedStreams;

    /** What new connections are given, as far as others have shown it. */
    private final StreamAllowance shown = new StreamAllowance();

    /** Whether the endpoint has answered anything. */
    private boolean answers;

    private boolean retired;

    /**
     * @param client who alone uses it; null where connections are shared
     */
    EndpointPool(
            LoopPools pools,
            UpstreamCluster cluster,
            ClusterConfig config,
            UpstreamEndpoint endpoint,
            Dialer.Wanted wanted,
            @Nullable ClientPools client) {
        this(pools, cluster, config, endpoint, wanted, client, client == null ? null : client.client());
    }

    /** For one connection of that client, on which no HTTP is spoken. */
    static EndpointPool opaque(
            LoopPools pools,
            UpstreamCluster cluster,
            ClusterConfig config,
            UpstreamEndpoint endpoint,
            Announcement client) {
        return new EndpointPool(pools, cluster, config, endpoint, Dialer.Wanted.OPAQUE, null, client);
    }

    private EndpointPool(
            LoopPools pools,
            UpstreamCluster cluster,
            ClusterConfig config,
            UpstreamEndpoint endpoint,
            Dialer.Wanted wanted,
            @Nullable ClientPools client,
            @Nullable Announcement announced) {
        this.pools = pools;
        this.dialer = pools.dialer();
        this.timer = pools.timer();
        this.cluster = cluster;
        this.config = config;
        this.client = client;
        this.announced = announced;
        this.endpoint = endpoint;
        this.wanted = wanted;
        this.expectedStreams = mostStreams();
        // Until ALPN has spoken once, the answer that needs fewer connections is assumed.
        this.multiplexed = wanted == Dialer.Wanted.HTTP2 || wanted == Dialer.Wanted.NEGOTIATED;
    }

    /** Whether connections made for {@code now} would be the same as ours. */
    boolean serves(ClusterConfig now) {
        return isSame(now, config)
                || (now.tls().equals(config.tls())
                        && now.protocol() == config.protocol()
                        && now.http2().equals(config.http2())
                        && now.proxyProtocol().equals(config.proxyProtocol())
                        && now.lifetimes().equals(config.lifetimes())
                        && now.maxResponseHeaders() == config.maxResponseHeaders()
                        && now.connectTimeout().equals(config.connectTimeout())
                        && now.idleTimeout().equals(config.idleTimeout()));
    }

    @SuppressWarnings("ReferenceEquality") // the usual case, on the path of each request
    private static boolean isSame(ClusterConfig now, ClusterConfig before) {
        return now == before;
    }

    Acquisition acquire(UpstreamPools.Callback callback) {
        PooledConnection free = findFree();
        if (free != null) {
            hand(free, callback);
            return Acquisition.DONE;
        }
        if (!cluster.tryTakePending()) {
            callback.failed(new ConnectFailure(
                    ConnectFailure.Reason.OVERFLOW,
                    "max_pending_requests: all " + config.limits().maxPending() + " taken"));
            forgetIfEmpty();
            return Acquisition.DONE;
        }
        Waiter waiter = new Waiter(callback);
        waiters.addLast(waiter.place);
        dialForWaiters();
        return waiter;
    }

    /** See {@link UpstreamPools#retire}. Requests that wait already are served still: that is kinder than to fail them. */
    void retire() {
        retired = true;
        for (PooledConnection pooled : List.copyOf(all)) {
            closeGracefully(pooled);
        }
        forgetIfEmpty();
    }

    int connections() {
        return all.size() + dialing;
    }

    void dialed(PooledConnection pooled, ClientConnection connection) {
        dialing--;
        all.add(pooled);
        multiplexed = connection.protocol() == Protocol.HTTP_2;
        Duration life = config.lifetimes().connection();
        if (!life.isZero()) {
            pooled.liveFor(timer, life.toNanos());
        }
        serveWaiters(pooled);
        if (multiplexed && pooled.isUsable()) {
            free.addLast(pooled.free);
        }
        if (pooled.isUsable() && connection.activeStreams() == 0) {
            fallIdle(pooled);
        }
        dialForWaiters();
    }

    void dialFailed(PooledConnection pooled, ConnectFailure failure) {
        dialing--;
        returnPermit(pooled);
        if (dialing == 0 && all.isEmpty()) {
            failWaiters(waiters.size(), failure); // nothing is left that could end and set these free
        } else if (!multiplexed && waiters.size() > dialing) {
            failWaiters(1, failure);
        } else {
            forgetIfEmpty();
        }
    }

    /** The oldest so many, not those that come while they are told. */
    private void failWaiters(int count, ConnectFailure failure) {
        List<Waiter> failed = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            Waiter waiter = waiters.poll();
            if (waiter != null) {
                failed.add(waiter);
            }
        }
        for (Waiter waiter : failed) {
            if (waiter.leave()) {
                waiter.callback.failed(failure);
            }
        }
        forgetIfEmpty();
    }

    void streamEnded(PooledConnection pooled) {
        ClientConnection connection = pooled.connection;
        if (connection != null && pooled.allowance.ended(connection.activeStreams())) {
            shown.raiseTo(pooled.allowance);
        }
        serveWaiters(pooled);
        if (multiplexed) {
            findAgain(pooled);
        }
        if (connection == null || connection.activeStreams() > 0) {
            return;
        }
        if (!pooled.isUsable()) {
            closeIfUseless(pooled, connection);
        } else if (retired) {
            connection.closeGracefully();
        } else {
            fallIdle(pooled);
        }
    }

    void streamLimitTold(PooledConnection pooled, ClientConnection connection, int streams) {
        expectedStreams = Math.clamp(streams, 1, mostStreams());
        serveWaiters(pooled);
        findAgain(pooled);
        closeIfUseless(pooled, connection);
        dialForWaiters();
    }

    /** Its peer takes requests, so that what it has refused beside them was more than it takes at once. */
    void firstAnswered(PooledConnection pooled) {
        answers = true;
        shown.lowerTo(pooled.allowance);
    }

    /** One that has never answered may refuse all there is, which is no limit for the next connection. */
    void streamRefused(PooledConnection pooled, int others) {
        pooled.allowance.refused(others);
        if (answers) {
            shown.lowerTo(pooled.allowance);
        }
    }

    void streamsNotTaken(int taken) {
        if (taken > 0) {
            shown.left(taken);
        }
    }

    private int mostStreams() {
        int most = config.lifetimes().requests();
        return most == 0 ? USUAL_STREAMS : Math.min(most, USUAL_STREAMS);
    }

    /** It has had its time: what is under way on it goes on, what waits for it is for another. */
    void outlived(PooledConnection pooled) {
        closeGracefully(pooled);
        dialForWaiters();
    }

    /** A peer that takes no streams at all is left: it may never say that it takes some again. */
    private void closeIfUseless(PooledConnection pooled, ClientConnection connection) {
        if (connection.isReusable() && connection.activeStreams() == 0 && connection.availableStreams() <= 0) {
            closeGracefully(pooled);
        }
    }

    int expectedStreams() {
        return expectedStreams;
    }

    void ended(PooledConnection pooled) {
        leaveIdle(pooled);
        free.remove(pooled.free);
        pooled.cancelDeadlines(timer);
        if (all.remove(pooled)) {
            returnPermit(pooled);
        }
        dialForWaiters();
        forgetIfEmpty();
    }

    void leaveIdle(PooledConnection pooled) {
        if (pooled.idle) {
            pooled.idle = false;
            if (client != null) {
                pools.idleForClients().remove(cluster, pooled);
            }
        }
        if (!multiplexed) {
            free.remove(pooled.free);
        }
    }

    private @Nullable PooledConnection findFree() {
        for (PooledConnection first = free.first(); first != null; first = free.first()) {
            boolean usable = first.isUsable();
            leaveIdle(first);
            if (usable) {
                return first;
            }
            free.remove(first.free); // until a stream of it ends; or it died, and its end is on its way here
        }
        return null;
    }

    /** It may have a stream free again. */
    private void findAgain(PooledConnection pooled) {
        if (!pooled.free.isLinked() && multiplexed && pooled.isUsable()) {
            free.addFirst(pooled.free);
        }
    }

    private void hand(PooledConnection pooled, UpstreamPools.Callback callback) {
        ClientConnection connection = pooled.connection;
        if (connection == null) {
            throw new IllegalStateException("handed out while being dialed");
        }
        pooled.allowance.give();
        callback.connected(connection);
        if (connection.activeStreams() == 0 && pooled.isUsable() && !pooled.idle) {
            streamEnded(pooled);
        }
    }

    private void fallIdle(PooledConnection pooled) {
        if (retired) {
            closeGracefully(pooled);
        } else if (!pooled.idle) {
            pooled.idle = true;
            if (!pooled.free.isLinked()) {
                free.addFirst(pooled.free);
            }
            if (client != null) {
                pools.idleForClients().add(cluster, pooled);
            }
            timer.arm(pooled, config.idleTimeout().toNanos());
        }
    }

    void closeGracefully(PooledConnection pooled) {
        leaveIdle(pooled);
        if (pooled.connection != null) {
            pooled.connection.closeGracefully();
        }
    }

    private void serveWaiters(PooledConnection pooled) {
        while (!waiters.isEmpty() && pooled.isUsable()) {
            Waiter next = waiters.poll();
            ClientConnection connection = pooled.connection;
            if (next != null && next.leave() && connection != null) {
                leaveIdle(pooled);
                pooled.allowance.give();
                next.callback.connected(connection);
            }
        }
        if (retired && waiters.isEmpty()) {
            closeGracefully(pooled);
        }
    }

    private void dialForWaiters() {
        while (waiters.size() > dialing * (multiplexed ? Math.min(expectedStreams, shown.atFirst()) : 1)) {
            boolean counted = cluster.tryTakeConnection();
            if (!counted && !all.isEmpty()) {
                return; // served when a stream of ours ends
            }
            if (!counted && dialing > 0) {
                return; // served when that is dialed
            }
            if (!counted && (client != null || wanted == Dialer.Wanted.OPAQUE)) {
                counted = pools.idleForClients().giveUpOne(cluster);
                if (!counted) {
                    // One more for each client would be no limit at all.
                    failWaiters(
                            waiters.size(),
                            new ConnectFailure(
                                    ConnectFailure.Reason.OVERFLOW,
                                    "max_connections: all " + config.limits().maxConnections() + " taken"));
                    return;
                }
            }
            // Without any connection of its own this pool would wait for ever on what other loops
            // and endpoints hold, so each may have one over the limit (Envoy does the same).
            dialing++;
            PooledConnection pooled = new PooledConnection(this, counted, StreamAllowance.like(shown));
            dialer.dial(config, endpoint, wanted, announced, pooled, pooled);
        }
    }

    private void returnPermit(PooledConnection pooled) {
        if (pooled.isCounted()) {
            cluster.returnConnection();
        }
    }

    private void forgetIfEmpty() {
        if (all.isEmpty() && dialing == 0 && waiters.isEmpty()) {
            pools.forget(this);
        }
    }

    private final class Waiter implements Acquisition {
        private final UpstreamPools.Callback callback;
        private final LinkedSequence.Link<Waiter> place = new LinkedSequence.Link<>(this);
        private boolean waiting = true;

        Waiter(UpstreamPools.Callback callback) {
            this.callback = callback;
        }

        /** Ends the wait once, by whatever end; false where it had ended. */
        boolean leave() {
            if (!waiting) {
                return false;
            }
            waiting = false;
            cluster.returnPending();
            return true;
        }

        @Override
        public void cancel() {
            if (leave()) {
                waiters.remove(place);
                forgetIfEmpty();
            }
        }
    }
}
