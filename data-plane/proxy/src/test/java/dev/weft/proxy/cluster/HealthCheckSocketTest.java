package dev.weft.proxy.cluster;

import static dev.weft.proxy.cluster.ClusterHarness.WEB;
import static dev.weft.proxy.cluster.ClusterHarness.cluster;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weft.proxy.model.ClusterConfig;
import dev.weft.proxy.model.ClusterStatus.EndpointStatus;
import dev.weft.proxy.model.HealthCheck;
import dev.weft.proxy.testing.RawOrigin;
import dev.weft.proxy.time.LoopTimers;
import dev.weft.proxy.tls.ClientTlsContexts;
import dev.weft.proxy.tls.TlsEngine;
import dev.weft.proxy.transport.Transport;
import dev.weft.proxy.upstream.Connector;
import dev.weft.proxy.upstream.LoopPools;
import dev.weft.proxy.upstream.UpstreamPools;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Checks over real sockets, against scripted origins. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
final class HealthCheckSocketTest {
    private static final Duration INTERVAL = Duration.ofMillis(100);
    private static final Duration CHECK_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

    private final Transport transport = Transport.open(Transport.Kind.NIO, 2);
    private final LoopTimers timers = new LoopTimers();
    private final Map<EventLoop, UpstreamPools> pools = new ConcurrentHashMap<>();
    private final Clusters clusters = new Clusters(transport, timers, this::pools, List.of());

    @AfterEach
    void close() {
        clusters.close();
        transport.close();
    }

    @Test
    void anHttpOriginThatDiesIsUnhealthyAndOneThatReturnsIsHealthy() throws IOException {
        RawOrigin origin = RawOrigin.answering(OK);
        int port = origin.port();
        apply(port, new HealthCheck.HttpProbe("/health", "", false, List.of()));
        await().atMost(PATIENCE).until(() -> origin.requests().size() >= 3);
        awaitHealthy();
        assertThat(origin.requests().getFirst().startLine()).isEqualTo("GET /health HTTP/1.1");
        assertThat(origin.requests().getFirst().header("host")).isEqualTo("web");
        assertThat(origin.connections()).as("one connection serves all checks").isEqualTo(1);

        origin.close();
        awaitUnhealthy();
        assertThat(endpoint().marks()).containsExactly("failed_active_check");

        try (RawOrigin revived = RawOrigin.following(port, wire -> {
            while (wire.request() != null) {
                wire.send(OK);
            }
        })) {
            awaitHealthy();
            assertThat(revived.requests()).hasSizeGreaterThanOrEqualTo(2);
        }
    }

    @Test
    void anOriginThatKeepsSilentIsUnhealthyAfterTheTimeout() throws IOException {
        AtomicBoolean silent = new AtomicBoolean();
        try (RawOrigin origin = RawOrigin.following(wire -> {
            while (wire.request() != null) {
                if (!silent.get()) {
                    wire.send(OK);
                }
            }
        })) {
            apply(origin.port(), new HealthCheck.HttpProbe("/", "", false, List.of()), Duration.ofMillis(300), 2);
            awaitHealthy();
            silent.set(true);
            awaitUnhealthy();
            silent.set(false);
            awaitHealthy();
        }
    }

    @Test
    void anOriginThatClosesItsIdleConnectionIsWell() throws IOException {
        try (RawOrigin origin = RawOrigin.following(wire -> {
            if (wire.request() != null) {
                wire.send(OK); // and closes without having said so
            }
        })) {
            List<String> changes = new CopyOnWriteArrayList<>();
            clusters.addListener(new ClusterListener() {
                @Override
                public void healthChanged(Cluster cluster, ClusterEndpoint endpoint) {
                    changes.add(endpoint.toString());
                }
            });
            apply(origin.port(), new HealthCheck.HttpProbe("/", "", false, List.of()), CHECK_TIMEOUT, 1);
            await().atMost(PATIENCE).until(() -> origin.requests().size() >= 5);
            assertThat(changes).as(endpoint().reason()).isEmpty();
        }
    }

    @Test
    void anUnexpectedStatusIsAFailureAndAnExpectedOneIsNot() throws IOException {
        try (RawOrigin origin = RawOrigin.answering("HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n")) {
            apply(origin.port(), new HealthCheck.HttpProbe("/", "", false, List.of()));
            awaitUnhealthy();
            apply(
                    origin.port(),
                    new HealthCheck.HttpProbe("/", "", false, List.of(new HealthCheck.StatusRange(500, 599))));
            awaitHealthy();
        }
    }

    @Test
    void aTcpCheckAsksOnlyForAConnection() throws IOException {
        RawOrigin origin = RawOrigin.following(wire -> wire.receiveToEnd());
        int port = origin.port();
        apply(port, new HealthCheck.TcpProbe());
        await().atMost(PATIENCE).until(() -> origin.connections() >= 2);
        awaitHealthy();
        origin.close();
        awaitUnhealthy();
    }

    @Test
    void anHttp2CheckUsesOneConnection() {
        try (Http2Origin origin = new Http2Origin()) {
            apply(origin.port(), new HealthCheck.HttpProbe("/health", "check.example", true, List.of()));
            await().atMost(PATIENCE).until(() -> origin.requests.size() >= 3);
            awaitHealthy();
            assertThat(origin.requests.getFirst()).isEqualTo("GET check.example/health");
            assertThat(origin.connections).hasValue(1);
            origin.answer(500);
            awaitUnhealthy();
            origin.answer(200);
            awaitHealthy();
        }
    }

    @Test
    void aGrpcCheckAsksTheHealthServiceAndBelievesItsStatus() {
        try (Http2Origin origin = new Http2Origin()) {
            origin.answerGrpc("00000000020801");
            apply(origin.port(), new HealthCheck.GrpcProbe("shop", ""));
            await().atMost(PATIENCE).until(() -> origin.requests.size() >= 3);
            awaitHealthy();
            assertThat(origin.requests.getFirst())
                    .isEqualTo("POST web/grpc.health.v1.Health/Check 00000000060a0473686f70");
            origin.answerGrpc("00000000020802");
            awaitUnhealthy();
            origin.answerGrpc("00000000020801");
            awaitHealthy();
            origin.answer(404);
            awaitUnhealthy();
        }
    }

    private void apply(int port, HealthCheck.Probe probe) {
        apply(port, probe, CHECK_TIMEOUT, 2);
    }

    private void apply(int port, HealthCheck.Probe probe, Duration timeout, int unhealthyThreshold) {
        ClusterConfig config = cluster()
                .endpoints("127.0.0.1:" + port)
                .checks(new HealthCheck(probe, INTERVAL, timeout, unhealthyThreshold, 2, 0))
                .build();
        clusters.apply(Map.of(WEB, config));
    }

    private void awaitHealthy() {
        await().atMost(PATIENCE)
                .untilAsserted(() ->
                        assertThat(endpoint().healthy()).as(endpoint().reason()).isTrue());
    }

    private void awaitUnhealthy() {
        await().atMost(PATIENCE).until(() -> !endpoint().healthy());
    }

    private EndpointStatus endpoint() {
        return clusters.status().getFirst().endpoints().getFirst();
    }

    private UpstreamPools pools(EventLoop loop) {
        return pools.computeIfAbsent(
                loop,
                home -> new LoopPools(
                        timers.of(home),
                        new Connector(home, transport.socketChannel(), new ClientTlsContexts(TlsEngine::preferred))));
    }
}
