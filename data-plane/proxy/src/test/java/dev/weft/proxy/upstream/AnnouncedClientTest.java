package dev.weft.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weft.proxy.Proxy;
import dev.weft.proxy.Setup;
import dev.weft.proxy.model.ChainMatch;
import dev.weft.proxy.model.ClientTls;
import dev.weft.proxy.model.ClusterConfig;
import dev.weft.proxy.model.ClusterConfig.UpstreamProtocol;
import dev.weft.proxy.model.HealthCheck;
import dev.weft.proxy.model.ListenerConfig;
import dev.weft.proxy.model.ListenerConfig.Direction;
import dev.weft.proxy.model.ProxyConfig;
import dev.weft.proxy.model.ProxyProtocol;
import dev.weft.proxy.model.ProxyProtocol.Version;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawOrigin;
import dev.weft.proxy.testing.TestAuthority;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Endpoints that are told by a PROXY header who the client is. */
class AnnouncedClientTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: web\r\n\r\n";
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";
    private static final String LOCAL = SIGNATURE + "20000000";

    @RegisterExtension
    private final Opened opened = new Opened();

    private final Proxy proxy = opened.open(Proxy.builder().loops(1).build());

    /** One for each connection, as the first thing that came on it. */
    private final BlockingQueue<String> headers = new LinkedBlockingQueue<>();

    private static String line(RawOrigin.Wire wire) throws IOException {
        StringBuilder line = new StringBuilder();
        do {
            line.append(wire.receive(1));
        } while (!line.isEmpty() && line.charAt(line.length() - 1) != '\n');
        return line.toString();
    }

    private static String hex(RawOrigin.Wire wire, int count) throws IOException {
        return HexFormat.of().formatHex(wire.receive(count).getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Takes a line of version 1, then answers requests. */
    private RawOrigin reading() throws IOException {
        return opened.open(RawOrigin.following(wire -> {
            headers.add(line(wire));
            while (wire.request() != null) {
                wire.send(OK);
            }
            headers.add("end");
        }));
    }

    private RawClient client() throws IOException {
        return opened.open(RawClient.connect(proxy.address("http")));
    }

    private String header() throws InterruptedException {
        return String.valueOf(headers.poll(10, TimeUnit.SECONDS));
    }

    private String announced(RawClient client) {
        return "PROXY TCP4 127.0.0.1 127.0.0.1 " + client.socket().getLocalPort() + " "
                + proxy.address("http").getPort() + "\r\n";
    }

    private static ProxyConfig to(Setup setup, RawOrigin origin, Version version) {
        return setup.cluster("web", "127.0.0.1:" + origin.port())
                .proxyProtocol(version)
                .and()
                .route("/", "web")
                .build();
    }

    private static Setup listen() {
        return Setup.listen("127.0.0.1", 0);
    }

    @Test
    void eachClientsRequestsComeOnConnectionsThatAnnounceIt() throws Exception {
        proxy.apply(to(listen(), reading(), Version.V1));
        RawClient one = client();
        RawClient other = client();

        assertThat(one.send(GET).response().body()).isEqualTo("ok");
        assertThat(header()).isEqualTo(announced(one));
        assertThat(other.send(GET).response().body()).isEqualTo("ok");
        assertThat(header()).isEqualTo(announced(other));
        assertThat(one.send(GET).response().body()).isEqualTo("ok");
        assertThat(other.send(GET).response().body()).isEqualTo("ok");

        assertThat(headers).as("each has its connection").isEmpty();
    }

    @Test
    void theConnectionGoesWithItsClient() throws Exception {
        proxy.apply(to(listen(), reading(), Version.V1));
        RawClient client = client();
        client.send(GET).response();
        assertThat(header()).isEqualTo(announced(client));

        client.close();

        assertThat(header()).isEqualTo("end");
    }

    @Test
    void whoALoadBalancerAnnouncesIsAnnounced() throws Exception {
        proxy.apply(to(listen().proxyProtocol(ProxyProtocol.REQUIRED), reading(), Version.V1));

        client().send("PROXY TCP6 2001:db8::7 2001:db8::1 56324 443\r\n" + GET).response();

        assertThat(header()).isEqualTo("PROXY TCP6 2001:db8::7 2001:db8::1 56324 443\r\n");
    }

    @Test
    void theHeaderComesBeforeTLS() throws Exception {
        TestAuthority authority = new TestAuthority("ours");
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(authority.issue("web", "spiffe://web").toKeyManagerFactory().getKeyManagers(), null, null);
        RawOrigin origin = opened.open(RawOrigin.following(wire -> {
            headers.add(hex(wire, 28));
            SSLSocket secured = (SSLSocket) tls.getSocketFactory().createSocket(wire.socket(), null, true);
            RawClient inside = RawClient.over(secured);
            inside.receive(GET.length());
            inside.send(OK);
            secured.close();
        }));
        proxy.apply(listen().proxyProtocol(ProxyProtocol.REQUIRED)
                .cluster("web", "127.0.0.1:" + origin.port())
                .proxyProtocol(Version.V2)
                .tls(new ClientTls("web", Optional.of(authority.pem()), List.of(), List.of(), Optional.empty()))
                .and()
                .route("/", "web")
                .build());

        client().send("PROXY TCP4 203.0.113.7 198.51.100.1 56324 443\r\n" + GET).responseHead();

        assertThat(header()).isEqualTo(SIGNATURE + "2111000c" + "cb007107" + "c6336401" + "dc04" + "01bb");
    }

    @Test
    void itComesBeforeThePrefaceOfHTTP2() throws Exception {
        RawOrigin origin = opened.open(RawOrigin.following(wire -> {
            headers.add(line(wire));
            headers.add(wire.receive(24));
        }));
        proxy.apply(listen().cluster("web", "127.0.0.1:" + origin.port())
                .protocol(UpstreamProtocol.HTTP2)
                .proxyProtocol(Version.V1)
                .and()
                .route("/", "web")
                .build());
        RawClient client = client();

        client.send(GET);

        assertThat(header()).isEqualTo(announced(client));
        assertThat(header()).isEqualTo("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    }

    @Test
    void opaqueConnectionsAnnounceTheirClientAtOnce() throws Exception {
        RawOrigin origin = opened.open(RawOrigin.following(wire -> {
            headers.add(hex(wire, 28));
            wire.send("220 " + wire.receive(4));
        }));
        ClusterConfig cluster =
                listen().to("127.0.0.1:" + origin.port()).clusters().values().iterator().next().toBuilder()
                        .proxyProtocol(Version.V2)
                        .build();
        proxy.apply(new ProxyConfig(
                List.of(new ListenerConfig(
                        "http",
                        "127.0.0.1",
                        0,
                        Direction.GATEWAY,
                        List.of(new ListenerConfig.Chain(
                                ChainMatch.ANY, new ListenerConfig.Tcp(cluster.name()), Optional.empty())),
                        Optional.empty(),
                        Optional.empty(),
                        dev.weft.proxy.model.Inspection.DEFAULT)),
                Map.of(cluster.name(), cluster),
                Map.of()));
        RawClient client = client();

        assertThat(header())
                .as("before the client has said anything")
                .isEqualTo(SIGNATURE + "2111000c" + "7f000001" + "7f000001"
                        + "%04x%04x"
                                .formatted(
                                        client.socket().getLocalPort(),
                                        proxy.address("http").getPort()));
        assertThat(client.send("EHLO").receiveToEnd()).isEqualTo("220 EHLO");
    }

    @Test
    void anHTTPCheckIsTheProxysOwnConnection() throws Exception {
        RawOrigin origin = opened.open(RawOrigin.following(wire -> {
            headers.add(hex(wire, 16));
            while (wire.request() != null) {
                wire.send(OK);
            }
        }));
        proxy.apply(listen().cluster("web", "127.0.0.1:" + origin.port())
                .proxyProtocol(Version.V2)
                .healthCheck("/health", Duration.ofMillis(50))
                .and()
                .route("/", "web")
                .build());

        assertThat(header()).isEqualTo(LOCAL);
        await().until(() -> origin.requests().size() > 1);
        assertThat(headers).as("the connection is kept").isEmpty();
        assertThat(proxy.clusters().getFirst().healthy()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    void soIsATCPCheck(Version version) throws Exception {
        RawOrigin origin = opened.open(RawOrigin.following(wire -> headers.add(wire.receiveToEnd())));
        ProxyConfig config = to(listen(), origin, version);
        ClusterConfig plain = config.clusters().values().iterator().next();
        ClusterConfig checked = plain.toBuilder()
                .healthChecks(List.of(new HealthCheck(
                        new HealthCheck.TcpProbe(), Duration.ofSeconds(5), Duration.ofSeconds(5), 1, 1, 0)))
                .build();

        proxy.apply(new ProxyConfig(config.listeners(), Map.of(checked.name(), checked), config.routeTables()));

        String expected = version == Version.V1
                ? "PROXY UNKNOWN\r\n"
                : new String(HexFormat.of().parseHex(LOCAL), StandardCharsets.ISO_8859_1);
        assertThat(header()).isEqualTo(expected);
    }
}
