package dev.weft.proxy;

import dev.weft.proxy.cluster.Cluster;
import dev.weft.proxy.cluster.Clusters;
import dev.weft.proxy.filter.FilterFaults;
import dev.weft.proxy.forward.Entrance;
import dev.weft.proxy.forward.ForwardLoop;
import dev.weft.proxy.forward.Snapshot;
import dev.weft.proxy.http.ClientConnection;
import dev.weft.proxy.http.Connection;
import dev.weft.proxy.http.Protocol;
import dev.weft.proxy.http.StreamLimits;
import dev.weft.proxy.http.h1.Http1ClientConnection;
import dev.weft.proxy.http.h1.Http1ServerConnection;
import dev.weft.proxy.listener.ServingChain;
import dev.weft.proxy.model.ChainKey;
import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.model.ListenerConfig;
import dev.weft.proxy.model.ProxyConfig;
import dev.weft.proxy.overload.MemoryGuard;
import dev.weft.proxy.overload.MemoryRelief;
import dev.weft.proxy.overload.MemoryUse;
import dev.weft.proxy.telemetry.AccessLogWriter;
import dev.weft.proxy.telemetry.LoopAccessLog;
import dev.weft.proxy.telemetry.LoopTelemetry;
import dev.weft.proxy.testing.StallingChannel;
import dev.weft.proxy.time.LoopTimer;
import dev.weft.proxy.time.LoopTimers;
import dev.weft.proxy.transport.Transport;
import dev.weft.proxy.upstream.Acquisition;
import dev.weft.proxy.upstream.UpstreamCluster;
import dev.weft.proxy.upstream.UpstreamEndpoint;
import dev.weft.proxy.upstream.UpstreamPools;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * One HTTP/1 connection through all of the request path, from a client to an origin that are both the test itself. No time passes but
 * what {@link #pass} lets pass. Confined to the test's thread.
 */
final class CrankedProxy implements AutoCloseable {
    private final MockTicker ticker = Ticker.newMockTicker();
    private final StallingChannel client = new StallingChannel(ticker);
    private final StallingChannel origin = new StallingChannel(ticker);
    private final Transport transport =
            Transport.open(Transport.Kind.NIO, 1); // where clusters live; nothing is sent by it
    private final AccessLogWriter accessLog = new AccessLogWriter(OutputStream.nullOutputStream());
    private final Clusters clusters;

    CrankedProxy(HttpOptions options) {
        ProxyConfig config = Setup.listen("127.0.0.1", 0).options(options).to("127.0.0.1:1");
        ClusterName name = config.clusters().keySet().iterator().next();
        clusters = new Clusters(transport, new LoopTimers(), _ -> new OneConnection(), List.of());
        clusters.apply(config.clusters());
        Cluster cluster = Objects.requireNonNull(clusters.get(name));
        FilterFaults faults = new FilterFaults(System::nanoTime);
        Snapshot snapshot = new Snapshot(new HttpPolicies(List.of(), faults).compile(config), Map.of(name, cluster));

        ListenerConfig listener = config.listeners().getFirst();
        LoopTimer timer = new LoopTimer(client.eventLoop());
        ForwardLoop loop = new ForwardLoop(
                timer,
                new OneConnection(),
                new LoopTelemetry(),
                new LoopAccessLog(accessLog, timer),
                new Random(7),
                new MemoryGuard(MemoryUse.PROCESS),
                new MemoryRelief(client.eventLoop(), MemoryUse.PROCESS, _ -> null));
        Entrance entrance = new Entrance(
                () -> snapshot, loop, new Serving(listener.allChains().getFirst(), listener.key(0)));
        InetSocketAddress anywhere = new InetSocketAddress("127.0.0.1", 1);
        Connection facts = new Connection(client, anywhere, anywhere, Protocol.HTTP_1_1, false, null, null);
        client.pipeline().addLast(new Http1ServerConnection(facts, options, entrance, timer));
    }

    private record Serving(ListenerConfig.Chain config, ChainKey key) implements ServingChain {}

    /** To the origin, for the one request that is asked. */
    private final class OneConnection implements UpstreamPools, ClientConnection.Owner {
        @Override
        public Acquisition acquire(
                UpstreamCluster cluster, UpstreamEndpoint endpoint, Protocol downstream, Callback callback) {
            callback.connected(Http1ClientConnection.install(origin, StreamLimits.DEFAULT, this));
            return Acquisition.DONE;
        }

        @Override
        public Acquisition acquire(
                UpstreamCluster cluster, UpstreamEndpoint endpoint, Connection on, Callback callback) {
            return acquire(cluster, endpoint, on.protocol(), callback);
        }

        @Override
        public Acquisition acquireOpaque(
                UpstreamCluster cluster, UpstreamEndpoint endpoint, Connection on, Callback callback) {
            return acquire(cluster, endpoint, on.protocol(), callback);
        }

        @Override
        public void retire(UpstreamEndpoint endpoint) {}

        @Override
        public int connections() {
            return 1;
        }

        @Override
        public void close() {}

        @Override
        public void streamEnded(ClientConnection connection) {}

        @Override
        public void connectionEnded(ClientConnection connection) {}
    }

    /** The client sends. */
    CrankedProxy ask(String bytes) {
        return receive(client, bytes);
    }

    /** The origin sends. */
    CrankedProxy answer(String bytes) {
        return receive(origin, bytes);
    }

    private CrankedProxy receive(EmbeddedChannel channel, String bytes) {
        channel.writeInbound(Unpooled.copiedBuffer(bytes, StandardCharsets.ISO_8859_1));
        run();
        return this;
    }

    /** What the client got since the last call. */
    String answered() {
        return taken(client);
    }

    /** What the origin got since the last call. */
    String asked() {
        return taken(origin);
    }

    private String taken(EmbeddedChannel channel) {
        run();
        StringBuilder all = new StringBuilder();
        for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
            all.append(out.toString(StandardCharsets.ISO_8859_1));
            out.release();
        }
        return all.toString();
    }

    /** The origin reads no more. */
    void stopTaking() {
        origin.stopTaking();
    }

    void takeAgain() {
        origin.takeAgain();
        run();
    }

    /** Whether the proxy waits for more of the client's bytes. */
    boolean isReading() {
        return client.config().isAutoRead();
    }

    boolean isOriginConnected() {
        run();
        return origin.isOpen();
    }

    void pass(Duration time) {
        ticker.advance(time.toNanos(), TimeUnit.NANOSECONDS);
        run();
    }

    private void run() {
        for (int turn = 0; turn < 4; turn++) { // what one side does is work for the other
            client.runPendingTasks();
            origin.runPendingTasks();
        }
    }

    @Override
    public void close() {
        client.close();
        origin.close();
        run();
        client.finishAndReleaseAll();
        origin.finishAndReleaseAll();
        clusters.close();
        transport.close();
        accessLog.close();
    }
}
