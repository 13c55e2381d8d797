package dev.weft.proxy.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.cluster.Cluster;
import dev.weft.proxy.cluster.Clusters;
import dev.weft.proxy.http.Connection;
import dev.weft.proxy.http.Protocol;
import dev.weft.proxy.model.Balancing;
import dev.weft.proxy.model.CircuitLimits;
import dev.weft.proxy.model.ClusterConfig;
import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.EndpointConfig;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawOrigin;
import dev.weft.proxy.time.LoopTimer;
import dev.weft.proxy.time.LoopTimers;
import dev.weft.proxy.tls.ClientTlsContexts;
import dev.weft.proxy.tls.TlsEngine;
import dev.weft.proxy.transport.Transport;
import dev.weft.proxy.upstream.Connector;
import dev.weft.proxy.upstream.LoopPools;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Bytes through a TCP listener, over real sockets. */
final class TcpProxyTest {
    private static final ClusterName DB = new ClusterName("db");

    private final Transport transport = Transport.open(Transport.Kind.NIO, 1);
    private final LoopTimers timers = new LoopTimers();
    private final LoopTimer timer = timers.of(transport.loops().next());
    private final Connector connector =
            new Connector(timer.loop(), transport.socketChannel(), new ClientTlsContexts(TlsEngine::preferred));
    private final Clusters clusters =
            new Clusters(transport, timers, loop -> new LoopPools(timers.of(loop), connector));
    private final List<AutoCloseable> toClose = new ArrayList<>();
    private Duration idleLimit = Duration.ofMinutes(1);

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : toClose) {
            each.close();
        }
        clusters.close();
        transport.close();
    }

    @Test
    void bytesPassBothWaysAndEachWayEndsByItself() throws Exception {
        RawOrigin origin = origin(wire -> {
            String question = wire.receive(3);
            wire.send(question + wire.receive(1));
            assertThat(wire.receive(1)).as("the client's end").isEmpty();
            wire.send("after");
        });
        RawClient client = connectTo(origin.port());
        client.send("ab").send("c!");
        assertThat(client.receive(4)).isEqualTo("abc!");
        client.shutdownOutput();
        assertThat(client.receiveToEnd()).isEqualTo("after");
        Awaitility.await().until(() -> connectionsInUse() == 0);
    }

    @Test
    void theOriginMaySpeakFirstAndEndFirst() throws Exception {
        RawOrigin origin = origin(wire -> wire.send("220 hello"));
        RawClient client = connectTo(origin.port());
        assertThat(client.receiveToEnd()).isEqualTo("220 hello");
    }

    @Test
    void anEndpointThatRefusesIsPassedOver() throws Exception {
        RawOrigin origin = origin(wire -> wire.send("me"));
        for (int i = 0; i < 4; i++) {
            assertThat(connectTo(unusedPort(), origin.port()).receiveToEnd()).isEqualTo("me");
        }
    }

    @Test
    void withoutAnyEndpointTheConnectionEnds() throws Exception {
        assertThat(connectTo().receiveToEnd()).isEmpty();
        assertThat(connectTo(unusedPort()).receiveToEnd()).isEmpty();
    }

    @Test
    void nothingMovingEndsIt() throws Exception {
        idleLimit = Duration.ofMillis(200);
        RawOrigin origin = origin(wire -> wire.receive(1));
        assertThat(connectTo(origin.port()).receiveToEnd()).isEmpty();
    }

    @Test
    void aReceiverThatDoesNotReadStopsTheSender() throws Exception {
        int chunks = 1024;
        byte[] chunk = new byte[64 * 1024];
        CountDownLatch mayRead = new CountDownLatch(1);
        AtomicLong receivedBytes = new AtomicLong();
        RawOrigin origin = origin(wire -> {
            await(mayRead);
            for (int i = 0; i < chunks; i++) {
                receivedBytes.addAndGet(wire.receive(chunk.length).length());
            }
        });
        RawClient client = connectTo(origin.port());
        AtomicLong sentBytes = new AtomicLong();
        Thread.ofVirtual().start(() -> {
            try {
                for (int i = 0; i < chunks; i++) {
                    client.send(chunk);
                    sentBytes.addAndGet(chunk.length);
                }
            } catch (IOException ended) {
                // The assertions below say what is missing.
            }
        });
        AtomicLong before = new AtomicLong(-1);
        Awaitility.await()
                .pollInterval(Duration.ofMillis(300))
                .atMost(Duration.ofSeconds(30))
                .until(() -> before.getAndSet(sentBytes.get()) == sentBytes.get());
        assertThat(sentBytes.get()).as("what sockets and one buffer hold").isLessThan(48L * 1024 * 1024);
        mayRead.countDown();
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() -> receivedBytes.get() == (long) chunks * chunk.length);
    }

    private RawOrigin origin(RawOrigin.Script script) throws IOException {
        RawOrigin origin = RawOrigin.following(script);
        toClose.add(origin);
        return origin;
    }

    private RawClient connectTo(int... ports) throws Exception {
        List<EndpointConfig> endpoints = new ArrayList<>();
        for (int port : ports) {
            endpoints.add(EndpointConfig.of("127.0.0.1", port));
        }
        ClusterConfig config = new ClusterConfig(
                DB,
                new ClusterConfig.Fixed(endpoints),
                ClusterConfig.UpstreamProtocol.HTTP1,
                new Balancing.RoundRobin(),
                Duration.ofSeconds(5),
                Duration.ofMinutes(1),
                List.of(),
                Optional.empty(),
                CircuitLimits.DEFAULT,
                0,
                Optional.empty());
        clusters.apply(Map.of(DB, config));
        Channel listener = new ServerBootstrap()
                .group(transport.loops())
                .channel(transport.serverChannel())
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline()
                                .addLast(new TcpProxy(
                                        new Connection(
                                                channel,
                                                (InetSocketAddress) channel.remoteAddress(),
                                                (InetSocketAddress) channel.localAddress(),
                                                Protocol.HTTP_1_1,
                                                false,
                                                null,
                                                null),
                                        connector,
                                        timer,
                                        () -> clusters.get(DB),
                                        new Random(1),
                                        idleLimit));
                    }
                })
                .bind(InetAddress.getLoopbackAddress(), 0)
                .sync()
                .channel();
        RawClient client = RawClient.connect((InetSocketAddress) listener.localAddress());
        toClose.addFirst(client);
        return client;
    }

    private int connectionsInUse() {
        Cluster cluster = clusters.get(DB);
        return cluster == null
                ? 0
                : (int) cluster.status().endpoints().stream()
                        .mapToLong(e -> e.activeRequests())
                        .sum();
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            if (!latch.await(30, TimeUnit.SECONDS)) {
                throw new IOException("not let go in time");
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    private static int unusedPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
