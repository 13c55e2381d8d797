package dev.weft.proxy.upstream;

import dev.weft.proxy.http.ClientConnection;
import dev.weft.proxy.http.ClientStream;
import dev.weft.proxy.http.ClientStreamHandler;
import dev.weft.proxy.http.Protocol;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.model.CircuitLimits;
import dev.weft.proxy.model.ClientTls;
import dev.weft.proxy.model.ClusterConfig;
import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.Lifetimes;
import dev.weft.proxy.time.LoopTimer;
import io.netty.channel.Channel;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Pools over a dialer whose outcomes the test decides, and over a clock that it turns. */
final class PoolFixture implements AutoCloseable {
    /** A connection without bytes. */
    static final class FakeConnection implements ClientConnection {
        final Owner owner;
        final Protocol protocol;
        int capacity;
        final EmbeddedChannel itsChannel = new EmbeddedChannel();
        int active;
        boolean reusable = true;
        boolean closing;

        FakeConnection(Owner owner, Protocol protocol, int capacity) {
            this.owner = owner;
            this.protocol = protocol;
            this.capacity = capacity;
        }

        /** The peer says how many streams it takes. */
        void tell(int limit) {
            capacity = limit;
            owner.streamLimitTold(this, limit);
        }

        void endStream() {
            active--;
            owner.streamEnded(this);
            if (closing && active == 0) {
                die();
            }
        }

        void die() {
            reusable = false;
            itsChannel.close();
            owner.connectionEnded(this);
        }

        @Override
        @SuppressWarnings("NullAway") // nobody here speaks on the stream
        public ClientStream open(RequestHead head, boolean end, ClientStreamHandler handler) {
            active++;
            return null;
        }

        @Override
        public int availableStreams() {
            return reusable && !closing ? capacity - active : 0;
        }

        @Override
        public int activeStreams() {
            return active;
        }

        @Override
        public boolean isReusable() {
            return reusable && !closing;
        }

        @Override
        public Protocol protocol() {
            return protocol;
        }

        @Override
        public Channel channel() {
            return itsChannel;
        }

        @Override
        public void closeGracefully() {
            if (!closing) {
                closing = true;
                if (active == 0) {
                    die();
                }
            }
        }
    }

    /** A dial that waits for its outcome. */
    record Dial(
            Dialer.Wanted wanted,
            @Nullable Announcement client,
            ClientConnection.Owner owner,
            Dialer.Outcome outcome) {}

    /** A request for a connection. */
    static class Request implements UpstreamPools.Callback {
        @Nullable
        FakeConnection connection;

        @Nullable
        ConnectFailure failure;

        boolean opens = true;

        @Override
        public void connected(ClientConnection given) {
            connection = (FakeConnection) given;
            if (opens) {
                connection.active++;
            }
        }

        @Override
        public void failed(ConnectFailure why) {
            failure = why;
        }

        String state() {
            return connection != null
                    ? "connected"
                    : failure != null ? failure.reason().toString() : "waiting";
        }
    }

    /** Permits that are counted. */
    final class FakeCluster implements UpstreamCluster {
        ClusterConfig config = clusterConfig(ClusterConfig.UpstreamProtocol.HTTP1, Optional.empty());
        int connections;
        int pending;

        @Override
        public ClusterConfig config() {
            return config;
        }

        @Override
        public boolean tryTakeConnection() {
            if (connections >= config.limits().maxConnections()) {
                return false;
            }
            connections++;
            return true;
        }

        @Override
        public void returnConnection() {
            connections--;
        }

        @Override
        public boolean tryTakePending() {
            if (pending >= config.limits().maxPending()) {
                return false;
            }
            pending++;
            return true;
        }

        @Override
        public void returnPending() {
            pending--;
        }
    }

    static final ConnectFailure REFUSED = new ConnectFailure(ConnectFailure.Reason.REFUSED, "test");

    int maxConnections = 100;
    int maxPending = 100;
    final ArrayDeque<Dial> dials = new ArrayDeque<>();
    final List<FakeConnection> made = new ArrayList<>();
    final FakeCluster cluster = new FakeCluster();
    final UpstreamEndpoint endpoint = () -> InetSocketAddress.createUnresolved("endpoint", 80);
    final LoopPools pools;
    private final EmbeddedChannel clock = new EmbeddedChannel();

    PoolFixture() {
        clock.freezeTime();
        pools = new LoopPools(
                new LoopTimer(clock.eventLoop()),
                (config, to, wanted, client, owner, outcome) -> dials.add(new Dial(wanted, client, owner, outcome)));
    }

    ClusterConfig clusterConfig(ClusterConfig.UpstreamProtocol protocol, Optional<ClientTls> tls) {
        ClusterConfig.Builder config = ClusterConfig.builder(new ClusterName("c"), new ClusterConfig.Fixed(List.of()))
                .protocol(protocol)
                .connectTimeout(Duration.ofSeconds(1))
                .idleTimeout(Duration.ofSeconds(60))
                .limits(new CircuitLimits(maxConnections, maxPending, 100, 3, 20, 3));
        tls.ifPresent(config::tls);
        return config.build();
    }

    /** Other limits, from the next request on. */
    void limit(int connections, int pending) {
        maxConnections = connections;
        maxPending = pending;
        cluster.config = clusterConfig(cluster.config.protocol(), cluster.config.tls());
    }

    void speak(ClusterConfig.UpstreamProtocol protocol) {
        cluster.config = clusterConfig(protocol, Optional.empty());
    }

    /** From the next request on. */
    void lifetimes(Lifetimes lifetimes) {
        cluster.config = cluster.config.toBuilder().lifetimes(lifetimes).build();
    }

    Request request() {
        Request request = new Request();
        acquire(request);
        return request;
    }

    Acquisition acquire(Request request) {
        return pools.acquire(cluster, endpoint, Protocol.HTTP_1_1, request);
    }

    /** The oldest dial succeeds. */
    FakeConnection connect() {
        Dial dial = dials.removeFirst();
        boolean http2 = dial.wanted != Dialer.Wanted.HTTP1;
        return connect(dial, http2 ? Protocol.HTTP_2 : Protocol.HTTP_1_1, http2 ? 2 : 1);
    }

    FakeConnection connect(Dial dial, Protocol protocol, int capacity) {
        FakeConnection connection = new FakeConnection(dial.owner, protocol, capacity);
        made.add(connection);
        dial.outcome.dialed(connection);
        return connection;
    }

    /** The oldest dial fails. */
    void refuse() {
        dials.removeFirst().outcome.failed(REFUSED);
    }

    void pass(long seconds) {
        clock.advanceTimeBy(seconds, TimeUnit.SECONDS);
        clock.runScheduledPendingTasks();
    }

    @Override
    public void close() {
        clock.close();
        made.forEach(connection -> connection.itsChannel.close());
    }
}
