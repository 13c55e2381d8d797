package dev.weft.proxy.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weft.proxy.Proxy;
import dev.weft.proxy.model.Balancing;
import dev.weft.proxy.model.CircuitLimits;
import dev.weft.proxy.model.ClientTls;
import dev.weft.proxy.model.ClusterConfig;
import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.EndpointConfig;
import dev.weft.proxy.model.HttpOptions.AccessLog;
import dev.weft.proxy.model.ListenerConfig;
import dev.weft.proxy.model.ListenerConfig.Direction;
import dev.weft.proxy.model.ProxyConfig;
import dev.weft.proxy.model.ProxyProtocol;
import dev.weft.proxy.model.ServerTls;
import dev.weft.proxy.model.TcpOptions;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawOrigin;
import dev.weft.proxy.tls.TlsEngine;
import io.prometheus.client.CollectorRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A proxy with one listener of opaque bytes, whose metrics and access log are read. Confined to the test's thread.
 *
 * <p>What it is to serve is set before {@link #apply}, and again for an update.
 */
final class TcpFixture implements AfterEachCallback {
    static final ClusterName DB = new ClusterName("db");

    final CollectorRegistry metrics = new CollectorRegistry();
    private final ByteArrayOutputStream log = new ByteArrayOutputStream();
    private final List<AutoCloseable> opened = new ArrayList<>();
    private TlsEngine engine = TlsEngine.preferred();
    private @Nullable Proxy proxy;
    private final Map<ClusterName, ClusterConfig> clusters = new LinkedHashMap<>();
    private TcpOptions options = TcpOptions.DEFAULT.withAccessLog(AccessLog.TEXT);
    private List<ListenerConfig.TcpCluster> destinations = List.of(new ListenerConfig.TcpCluster(DB, 1));
    private Optional<ServerTls> tls = Optional.empty();
    private Optional<ClientTls> upstreamTls = Optional.empty();
    private Optional<ProxyProtocol> proxyProtocol = Optional.empty();
    private Balancing balancing = new Balancing.RoundRobin();
    private int maxConnections = CircuitLimits.DEFAULT.maxConnections();

    TcpFixture engine(TlsEngine chosen) {
        engine = chosen;
        return this;
    }

    TcpFixture options(int attempts, Duration idle, Duration longest) {
        options = new TcpOptions(attempts, options.hashSource(), idle, longest, options.drainTimeout(), AccessLog.TEXT);
        return this;
    }

    TcpFixture idle(Duration limit) {
        return options(options.maxConnectAttempts(), limit, options.maxDuration());
    }

    TcpFixture options(TcpOptions others) {
        options = others;
        return this;
    }

    TcpFixture to(ListenerConfig.TcpCluster... among) {
        destinations = List.of(among);
        return this;
    }

    TcpFixture tls(ServerTls server) {
        tls = Optional.of(server);
        return this;
    }

    TcpFixture upstreamTls(ClientTls client) {
        upstreamTls = Optional.of(client);
        return this;
    }

    TcpFixture proxyProtocol(ProxyProtocol settings) {
        proxyProtocol = Optional.of(settings);
        return this;
    }

    TcpFixture balancing(Balancing policy) {
        balancing = policy;
        return this;
    }

    TcpFixture maxConnections(int most) {
        maxConnections = most;
        return this;
    }

    /** The cluster that connections go to unless said otherwise. */
    TcpFixture cluster(int... ports) {
        return cluster(DB, ports);
    }

    TcpFixture cluster(ClusterName name, int... ports) {
        List<EndpointConfig> endpoints = new ArrayList<>();
        for (int port : ports) {
            endpoints.add(EndpointConfig.of("127.0.0.1", port));
        }
        CircuitLimits usual = CircuitLimits.DEFAULT;
        ClusterConfig.Builder config = ClusterConfig.builder(name, new ClusterConfig.Fixed(endpoints))
                .balancing(balancing)
                .noOutlierDetection()
                .limits(new CircuitLimits(
                        maxConnections,
                        usual.maxPending(),
                        usual.maxRequests(),
                        usual.maxRetries(),
                        usual.retryBudgetPercent(),
                        usual.minRetries()))
                .panicThreshold(0);
        upstreamTls.ifPresent(config::tls);
        clusters.put(name, config.build());
        return this;
    }

    TcpFixture withoutCluster(ClusterName name) {
        clusters.remove(name);
        return this;
    }

    TcpFixture apply() {
        proxy().apply(new ProxyConfig(
                List.of(new ListenerConfig(
                        "tcp",
                        "127.0.0.1",
                        0,
                        Direction.GATEWAY,
                        new ListenerConfig.Tcp(destinations, options),
                        tls,
                        proxyProtocol)),
                clusters,
                Map.of()));
        return this;
    }

    Proxy proxy() {
        Proxy running = proxy;
        if (running == null) {
            running = open(Proxy.builder()
                    .loops(1)
                    .tlsEngine(engine)
                    .metrics(metrics)
                    .accessLog(log)
                    .build());
            proxy = running;
        }
        return running;
    }

    RawOrigin origin(RawOrigin.Script script) throws IOException {
        return open(RawOrigin.following(script));
    }

    /** Sends its name and closes. */
    RawOrigin saying(String name) throws IOException {
        return origin(wire -> wire.send(name));
    }

    RawClient client() throws IOException {
        return open(RawClient.connect(proxy().address("tcp")));
    }

    <T extends AutoCloseable> T open(T closeable) {
        opened.add(closeable);
        return closeable;
    }

    static int unusedPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    double metric(String name, String label, String value) {
        Double sample = metrics.getSampleValue(name, new String[] {label}, new String[] {value});
        return sample == null ? 0 : sample;
    }

    /** Waits for the line of the next connection that ends, and takes it. */
    String logged() {
        await().until(() -> log.toString(StandardCharsets.US_ASCII).contains("\n"));
        String line = log.toString(StandardCharsets.US_ASCII);
        assertThat(line).as("one connection").containsOnlyOnce("\n");
        log.reset();
        return line.strip();
    }

    /** Expects that a connection ends for that reason: in the log, in the metrics, and with nothing left open or taken. */
    void expectFailure(String flag, String reason) {
        assertThat(logged()).contains(" failure=" + flag + " ");
        assertThat(metric("weft_failures_total", "reason", reason)).isEqualTo(1);
        expectNothingLeft();
    }

    void expectNothingLeft() {
        await().untilAsserted(() -> {
            assertThat(proxy().connections()).isZero();
            assertThat(metric("weft_downstream_active_tcp_connections", "listener", "tcp"))
                    .isZero();
            proxy().clusters().forEach(status -> {
                assertThat(status.connections()).isZero();
                status.endpoints()
                        .forEach(endpoint ->
                                assertThat(endpoint.activeRequests()).isZero());
            });
        });
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        for (AutoCloseable each : opened.reversed()) {
            each.close();
        }
    }
}
