package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weft.proxy.model.ClientTls;
import dev.weft.proxy.model.ClusterConfig;
import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.HeaderRules;
import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.model.HttpOptions.AccessLog;
import dev.weft.proxy.model.HttpOptions.BodyRate;
import dev.weft.proxy.model.ListenerConfig;
import dev.weft.proxy.model.ProxyConfig;
import dev.weft.proxy.model.RetryPolicy;
import dev.weft.proxy.model.RouteAction;
import dev.weft.proxy.model.RouteMatch;
import dev.weft.proxy.model.RouteRule;
import dev.weft.proxy.model.ServerTls;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawHttp2;
import dev.weft.proxy.testing.RawMessage;
import dev.weft.proxy.testing.RawOrigin;
import dev.weft.proxy.testing.Records;
import dev.weft.proxy.testing.TestAuthority;
import io.prometheus.client.CollectorRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Every deadline that there is, each passed once through a whole proxy: what the client gets, and that log and metrics tell one
 * from the other.
 */
class TimeoutsTest {
    private static final Duration SHORT = Duration.ofMillis(150);
    private static final String GET = "GET / HTTP/1.1\r\nHost: web\r\n\r\n";
    private static final String HALF_A_POST = "POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 4000\r\n\r\nhalf";

    @RegisterExtension
    private final Opened opened = new Opened();

    private final CollectorRegistry registry = new CollectorRegistry();
    private final ByteArrayOutputStream log = new ByteArrayOutputStream();
    private HttpOptions options =
            HttpOptions.builder().accessLog(AccessLog.JSON).build();

    @Test
    void headOverHttp1() throws IOException {
        with(o -> o.headTimeout(SHORT));
        RawClient client = client(toSilence());

        assertThat(client.send("GET / HTTP/1.1\r\nHost:").response().status()).isEqualTo(408);
        assertThat(client.receiveToEnd()).isEmpty();
        assertLogged(408, "RT", "request head took too long");
        assertThat(failures("head_timeout")).isOne();
    }

    @Test
    void headOverHttp2() throws IOException {
        with(o -> o.headTimeout(SHORT));
        RawHttp2 client = http2(toSilence());
        client.send(RawHttp2.HEADERS, RawHttp2.END, 1, (byte) 0x82); // and the rest of the block never comes

        RawHttp2.Frame end = client.read();
        while (end.type() == RawHttp2.SETTINGS || end.type() == RawHttp2.WINDOW_UPDATE) {
            end = client.read();
        }
        assertThat(end.type()).isEqualTo(RawHttp2.GOAWAY);
        assertThat(end.code()).isEqualTo(11); // ENHANCE_YOUR_CALM
        assertLogged(408, "RT", "request head took too long");
        assertThat(failures("head_timeout")).isOne();
    }

    @Test
    void bodyThatStopsOverHttp1() throws IOException {
        with(o -> o.streamIdleTimeout(SHORT));
        RawClient client = client(toSilence());

        RawMessage response = client.send(HALF_A_POST).response();

        assertThat(response.status()).isEqualTo(408);
        assertThat(response.header("connection")).isEqualTo("close");
        assertThat(response.body()).isEqualTo("request body stopped\n");
        assertThat(client.receiveToEnd()).isEmpty();
        assertLogged(408, "SI", "idle timeout, waiting for the rest of the request");
        assertThat(failures("body_idle_timeout")).isOne();
    }

    @Test
    void bodyThatStopsOverHttp2EndsItsStreamAlone() throws IOException {
        with(o -> o.streamIdleTimeout(SHORT));
        RawHttp2 client = http2(toSilence());
        client.headers(1, false, ":method: POST", ":scheme: http", ":authority: web", ":path: /");
        client.data(1, false, "half");

        assertThat(client.await(1).status()).isEqualTo(408);
        assertThat(client.await(1).isEnd()).isTrue();
        RawHttp2.Frame rest = client.await(1);
        assertThat(rest.type()).isEqualTo(RawHttp2.RST_STREAM);
        assertThat(rest.code()).isZero(); // NO_ERROR: the rest is not wanted
        assertLogged(408, "SI", "idle timeout, waiting for the rest of the request");
    }

    /** The first bytes come before there is a connection to send them on, and wait for it; a second span would end as idle. */
    @Test
    void bodyThatCreepsIsKnownAfterOneSpan() throws Exception {
        with(o -> o.bodyRate(new BodyRate(1000, Duration.ofSeconds(1))));
        with(o -> o.streamIdleTimeout(Duration.ofMillis(1900)));
        RawClient client = client(toSilence());

        assertThat(client.send(HALF_A_POST).response().status()).isEqualTo(408);
        assertLogged(408, "RT", "request body slower than its least rate");
    }

    @Test
    void bodyThatCreeps() throws Exception {
        with(o -> o.bodyRate(new BodyRate(100, Duration.ofMillis(300))));
        RawClient client = client(toSilence());
        client.send(HALF_A_POST);
        Thread drip = Thread.ofVirtual().start(() -> {
            try {
                while (true) {
                    Thread.sleep(20); // the pace of a slow client, not a wait for something
                    client.send("x");
                }
            } catch (IOException | InterruptedException ended) {
                // the connection's end is what the test waits for
            }
        });

        RawMessage response = client.response();

        assertThat(response.status()).isEqualTo(408);
        assertThat(response.header("connection")).isEqualTo("close");
        drip.interrupt();
        assertLogged(408, "RT", "request body slower than its least rate");
        assertThat(failures("body_rate")).isOne();
    }

    @Test
    void streamThatDoesNotMoveAlthoughTheRequestIsComplete() throws IOException {
        with(o -> o.streamIdleTimeout(SHORT));

        assertThat(client(toSilence()).send(GET).response().status()).isEqualTo(504);
        assertLogged(504, "SI", "idle timeout, waiting for 127.0.0.1:");
        assertThat(failures("idle_timeout")).isOne();
    }

    @Test
    void wholeRequest() throws IOException {
        with(o -> o.requestTimeout(SHORT));
        RawClient client = client(toSilence());

        assertThat(client.send(HALF_A_POST).response().status()).isEqualTo(408);
        assertLogged(408, "RT", "request timeout");
        assertThat(failures("request_timeout")).isOne();
    }

    @Test
    void connectionWithoutRequests() throws IOException {
        with(o -> o.idleTimeout(SHORT));
        RawOrigin origin = opened.open(RawOrigin.answering("HTTP/1.1 204 No Content\r\n\r\n"));
        Proxy proxy = proxy(setup(origin.port()).build());
        RawClient http1 = client(proxy);
        http1.send(GET).response();
        RawHttp2 http2 = http2(proxy);

        assertThat(http1.receiveToEnd()).isEmpty();
        RawHttp2.Frame end = http2.await();
        assertThat(end.type()).isEqualTo(RawHttp2.GOAWAY);
        assertThat(end.code()).isZero();
        assertThat(registry.getSampleValue("weft_downstream_idle_timeouts_total"))
                .isEqualTo(2.0);
    }

    @Test
    void connect() throws IOException {
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            for (int i = 0; i < 2; i++) { // with which its queue is full, and what comes then is not answered
                opened.open(new Socket(full.getInetAddress(), full.getLocalPort()));
            }
            Proxy proxy = proxy(
                    setup(full.getLocalPort(), c -> c.connectTimeout(SHORT)).build());

            assertThat(client(proxy).send(GET).response().status()).isEqualTo(504);
            assertLogged(504, "UF", "connect timeout to 127.0.0.1:");
            assertThat(failures("connect_timeout")).isOne();
        }
    }

    @Test
    void handshakeWithAnEndpoint() throws IOException {
        RawOrigin silent = opened.open(RawOrigin.following(wire -> wire.receiveToEnd()));
        Proxy proxy = proxy(setup(
                        silent.port(),
                        c -> c.connectTimeout(SHORT)
                                .tls(new ClientTls("web", Optional.empty(), List.of(), List.of(), Optional.empty())))
                .build());

        assertThat(client(proxy).send(GET).response().status()).isEqualTo(504);
        assertLogged(504, "UF", "TLS handshake timeout with 127.0.0.1:");
        assertThat(failures("tls_timeout")).isOne();
    }

    @Test
    void handshakeWithAClient() throws IOException {
        ServerTls tls = new ServerTls(
                List.of(TestAuthority.pem(new TestAuthority("ours").issue("web", "spiffe://web"))),
                List.of(),
                Optional.empty());
        ProxyConfig config = setup(1).tls(tls).build();
        ListenerConfig listener = config.listeners().getFirst();
        List<ListenerConfig.Chain> chains =
                List.of(Records.with(listener.chains().getFirst(), "handshakeTimeout", SHORT));
        Proxy proxy = proxy(Records.with(config, "listeners", List.of(Records.with(listener, "chains", chains))));

        assertThat(client(proxy).receiveToEnd()).isEmpty();
        await().untilAsserted(() -> assertThat(registry.getSampleValue(
                        "weft_downstream_tls_failures_total", new String[] {"reason"}, new String[] {"timeout"}))
                .isEqualTo(1.0));
    }

    @Test
    void eachTry() throws IOException {
        RetryPolicy policy = Records.with(Setup.retries(0), "perTryTimeout", SHORT);
        Proxy proxy = proxy(listen().cluster("web", "127.0.0.1:" + silent().port())
                .and()
                .route(rule(policy, Duration.ofSeconds(15)))
                .build());

        assertThat(client(proxy).send(GET).response().status()).isEqualTo(504);
        assertLogged(504, "UT", "timeout of the last try, waiting for 127.0.0.1:");
        assertThat(failures("per_try_timeout")).isOne();
    }

    @Test
    void wholeRoute() throws IOException {
        Proxy proxy = proxy(listen().cluster("web", "127.0.0.1:" + silent().port())
                .and()
                .route(rule(null, SHORT))
                .build());

        assertThat(client(proxy).send(GET).response().status()).isEqualTo(504);
        assertLogged(504, "UT", "route timeout, waiting for 127.0.0.1:");
        assertThat(failures("route_timeout")).isOne();
    }

    private RouteRule rule(@Nullable RetryPolicy retry, Duration timeout) {
        RouteAction.Forward.Builder forward =
                RouteAction.Forward.builder().cluster(new ClusterName("web")).timeout(timeout);
        if (retry != null) {
            forward.retry(retry);
        }
        return new RouteRule("r", RouteMatch.ANY, forward.build(), HeaderRules.NONE);
    }

    private void with(Consumer<HttpOptions.Builder> setting) {
        HttpOptions.Builder builder = options.toBuilder();
        setting.accept(builder);
        options = builder.build();
    }

    private Setup listen() {
        return Setup.listen("127.0.0.1", 0).options(options);
    }

    private Setup setup(int port) {
        return setup(port, _ -> {});
    }

    private Setup setup(int port, Consumer<ClusterConfig.Builder> cluster) {
        return listen().cluster("web", "127.0.0.1:" + port).with(cluster).and().route("/", "web");
    }

    private RawOrigin silent() throws IOException {
        return opened.open(RawOrigin.following(wire -> {
            wire.requestHead();
            wire.receiveToEnd();
        }));
    }

    private Proxy toSilence() throws IOException {
        return proxy(setup(silent().port()).build());
    }

    private Proxy proxy(ProxyConfig config) {
        Proxy proxy = opened.open(
                Proxy.builder().loops(1).metrics(registry).accessLog(log).build());
        proxy.apply(config);
        return proxy;
    }

    private RawClient client(Proxy proxy) throws IOException {
        return opened.open(RawClient.connect(proxy.address("http")));
    }

    private RawHttp2 http2(Proxy proxy) throws IOException {
        return RawHttp2.client(client(proxy).socket());
    }

    private void assertLogged(int status, String flag, String reason) {
        List<String> lines = new ArrayList<>();
        await().untilAsserted(() -> {
            lines.clear();
            lines.addAll(log.toString(StandardCharsets.UTF_8).lines().toList());
            assertThat(lines).hasSize(1);
        });
        assertThat(lines.getFirst())
                .contains("\"status\":" + status, "\"failure\":\"" + flag + "\",\"reason\":\"" + reason);
    }

    private int failures(String reason) {
        Double count = registry.getSampleValue("weft_failures_total", new String[] {"reason"}, new String[] {reason});
        return count == null ? 0 : count.intValue();
    }
}
