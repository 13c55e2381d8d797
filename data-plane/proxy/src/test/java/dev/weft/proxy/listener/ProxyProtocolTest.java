package dev.weft.proxy.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weft.proxy.Proxy;
import dev.weft.proxy.Setup;
import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.model.ProxyProtocol;
import dev.weft.proxy.model.ServerTls;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawMessage;
import dev.weft.proxy.testing.RawOrigin;
import dev.weft.proxy.testing.TestAuthority;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The header with which a load balancer begins a connection (proxy-protocol.txt of HAProxy, versions 1 and 2). */
class ProxyProtocolTest {
    private static final String TEXT = "PROXY TCP4 203.0.113.7 198.51.100.1 56324 443\r\n";
    private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";

    /** Version 2, PROXY, TCP over IPv4, 12 bytes: 203.0.113.7:56324 to 198.51.100.1:443. */
    private static final byte[] BINARY =
            HexFormat.of().parseHex(SIGNATURE + "21" + "11" + "000c" + "cb007107" + "c6336401" + "dc04" + "01bb");

    private static final String GET = "GET / HTTP/1.1\r\nHost: web\r\n\r\n";
    private static final ProxyProtocol OPTIONAL = new ProxyProtocol(true, Duration.ofSeconds(15));

    @RegisterExtension
    private final Opened opened = new Opened();

    private final CollectorRegistry metrics = new CollectorRegistry();
    private final RawOrigin origin =
            opened.open(RawOrigin.answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"));

    ProxyProtocolTest() throws IOException {}

    private Proxy proxy(Setup setup) {
        Proxy proxy = opened.open(Proxy.builder().loops(1).metrics(metrics).build());
        proxy.apply(setup.options(HttpOptions.DEFAULT).to("127.0.0.1:" + origin.port()));
        return proxy;
    }

    private RawClient client(ProxyProtocol settings) throws IOException {
        return client(proxy(Setup.listen("127.0.0.1", 0).proxyProtocol(settings)));
    }

    private RawClient client(Proxy proxy) throws IOException {
        return opened.open(RawClient.connect(proxy.address("http")));
    }

    /** Whom the origin is told to be the client. */
    private String forwardedFor(int request) {
        return String.valueOf(origin.requests().get(request).header("x-forwarded-for"));
    }

    private void awaitFailure(String reason) {
        await().untilAsserted(() -> assertThat(metrics.getSampleValue(
                        "weft_downstream_proxy_header_failures_total", new String[] {"reason"}, new String[] {reason}))
                .isEqualTo(1));
    }

    @Test
    void theAnnouncedClientIsTheClientOfEveryRequest() throws IOException {
        RawClient client = client(ProxyProtocol.REQUIRED);

        assertThat(client.send(TEXT + GET).response().body()).isEqualTo("hello");
        assertThat(client.send(GET).response().body()).isEqualTo("hello");
        assertThat(forwardedFor(0)).isEqualTo("203.0.113.7");
        assertThat(forwardedFor(1)).isEqualTo("203.0.113.7");
    }

    @Test
    void itMayBeIPv6() throws IOException {
        client(ProxyProtocol.REQUIRED)
                .send("PROXY TCP6 2001:db8::7 2001:db8::1 56324 443\r\n" + GET)
                .response();

        assertThat(forwardedFor(0)).isEqualTo("2001:db8:0:0:0:0:0:7");
    }

    @Test
    void theBinaryVersionSaysTheSame() throws IOException {
        assertThat(client(ProxyProtocol.REQUIRED)
                        .send(BINARY)
                        .send(GET)
                        .response()
                        .body())
                .isEqualTo("hello");
        assertThat(forwardedFor(0)).isEqualTo("203.0.113.7");
    }

    @Test
    void theHeaderMayBeCutAnywhere() throws IOException {
        Proxy proxy = proxy(Setup.listen("127.0.0.1", 0).proxyProtocol(ProxyProtocol.REQUIRED));
        int done = 0;
        for (byte[] header : new byte[][] {TEXT.getBytes(StandardCharsets.US_ASCII), BINARY}) {
            byte[] all = Arrays.copyOf(header, header.length + GET.length());
            System.arraycopy(GET.getBytes(StandardCharsets.US_ASCII), 0, all, header.length, GET.length());
            for (int cut = 1; cut < all.length; cut++) {
                RawClient client = client(proxy);
                client.send(Arrays.copyOf(all, cut)).send(Arrays.copyOfRange(all, cut, all.length));
                assertThat(client.response().body()).as("cut at %d", cut).isEqualTo("hello");
                assertThat(forwardedFor(done++)).isEqualTo("203.0.113.7");
                client.close();
            }
        }
        RawClient slow = client(proxy);
        for (byte one : BINARY) {
            slow.send(new byte[] {one});
        }
        assertThat(slow.send(GET).response().body()).isEqualTo("hello");
    }

    @Test
    void aLoadBalancersOwnConnectionIsItsOwn() throws IOException {
        Proxy proxy = proxy(Setup.listen("127.0.0.1", 0).proxyProtocol(ProxyProtocol.REQUIRED));

        client(proxy).send("PROXY UNKNOWN\r\n" + GET).response();
        client(proxy)
                .send(HexFormat.of().parseHex(SIGNATURE + "20" + "00" + "0000"))
                .send(GET)
                .response();

        assertThat(forwardedFor(0)).isEqualTo("127.0.0.1");
        assertThat(forwardedFor(1)).isEqualTo("127.0.0.1");
    }

    @Test
    void whatElseTheBinaryVersionCarriesIsLeftOut() throws IOException {
        byte[] header = HexFormat.of()
                .parseHex(SIGNATURE + "2111" + "0014" + "cb007107" + "c6336401" + "dc04" + "01bb" + "ea0005"
                        + "0102030405");

        assertThat(client(ProxyProtocol.REQUIRED)
                        .send(header)
                        .send(GET)
                        .response()
                        .body())
                .isEqualTo("hello");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "PROXY TCP4 203.0.113.7 198.51.100.1 56324\r\n",
                "PROXY TCP4 203.0.113.7 198.51.100.1 56324 443 1\r\n",
                "PROXY TCP4 203.0.113.256 198.51.100.1 56324 443\r\n",
                "PROXY TCP4 web 198.51.100.1 56324 443\r\n",
                "PROXY TCP4 2001:db8::7 2001:db8::1 56324 443\r\n",
                "PROXY TCP6 203.0.113.7 198.51.100.1 56324 443\r\n",
                "PROXY TCP4 203.0.113.7 198.51.100.1 65536 443\r\n",
                "PROXY TCP4 203.0.113.7 198.51.100.1 -1 443\r\n",
                "PROXY UDP4 203.0.113.7 198.51.100.1 56324 443\r\n",
                "PROXY  TCP4 203.0.113.7 198.51.100.1 56324 443\r\n",
                "PROXY \r\n",
                "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535 and more\r\n"
            })
    void aLineThatIsNoneEndsTheConnectionUnanswered(String line) throws IOException {
        RawClient client = client(ProxyProtocol.REQUIRED);

        assertThat(client.send(line + GET).receiveToEnd()).isIn("", "[reset]");
        awaitFailure("malformed");
        assertThat(origin.requests()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "31" + "11" + "000c" + "cb007107c6336401dc0401bb", // version 3
                "22" + "11" + "000c" + "cb007107c6336401dc0401bb", // neither LOCAL nor PROXY
                "21" + "41" + "000c" + "cb007107c6336401dc0401bb", // no such family
                "21" + "11" + "000b" + "cb007107c6336401dc0401", // shorter than its addresses
                "21" + "11" + "ffff" // more than anyone sends
            })
    void aBinaryHeaderThatIsNoneEndsTheConnectionUnanswered(String rest) throws IOException {
        RawClient client = client(ProxyProtocol.REQUIRED);

        client.send(HexFormat.of().parseHex(SIGNATURE + rest)).send(new byte[5000]);

        assertThat(client.receiveToEnd()).isIn("", "[reset]");
        awaitFailure("malformed");
        assertThat(origin.requests()).isEmpty();
    }

    @Test
    void withoutTheHeaderTheConnectionEndsUnanswered() throws IOException {
        RawClient client = client(ProxyProtocol.REQUIRED);

        assertThat(client.send(GET).receiveToEnd()).isIn("", "[reset]");
        awaitFailure("missing");
        assertThat(origin.requests()).isEmpty();
    }

    @Test
    void aClientMayDoWithoutWhereItIsOptional() throws IOException {
        Proxy proxy = proxy(Setup.listen("127.0.0.1", 0).proxyProtocol(OPTIONAL));
        RawClient plain = client(proxy);

        // As far as "P" it could become a header.
        plain.send("P").send("OST / HTTP/1.1\r\nHost: web\r\nContent-Length: 0\r\n\r\n");

        assertThat(plain.response().body()).isEqualTo("hello");
        assertThat(client(proxy).send(TEXT + GET).response().body()).isEqualTo("hello");
        assertThat(forwardedFor(0)).isEqualTo("127.0.0.1");
        assertThat(forwardedFor(1)).isEqualTo("203.0.113.7");
    }

    @Test
    void randomBytesNeverReachTheOrigin() throws IOException {
        Proxy proxy = proxy(Setup.listen("127.0.0.1", 0).proxyProtocol(ProxyProtocol.REQUIRED));
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int i = 0; i < 300; i++) {
            byte[] header = (random.nextBoolean() ? BINARY : TEXT.getBytes(StandardCharsets.US_ASCII)).clone();
            header[random.nextInt(12)] ^= (byte) (1 + random.nextInt(255)); // no longer a signature, or no TCP4
            RawClient client = client(proxy);
            client.send(header).send(GET).shutdownOutput();
            assertThat(client.receiveToEnd())
                    .as("seed %d: %s", seed, HexFormat.of().formatHex(header))
                    .isIn("", "[reset]");
        }
        assertThat(origin.requests()).isEmpty();
    }

    @Test
    void whoSendsNoWholeHeaderInTimeIsLetGo() throws IOException {
        RawClient client = client(new ProxyProtocol(false, Duration.ofMillis(100)));

        assertThat(client.send("PROXY TCP4 203").receiveToEnd()).isIn("", "[reset]");
        awaitFailure("timeout");
    }

    @Test
    void theTimeEndsWithTheHeader() throws Exception {
        RawClient client = client(new ProxyProtocol(false, Duration.ofMillis(300)));
        client.send(TEXT).send("GET / HTTP/1.1\r\n");
        RawClient silent = client(new ProxyProtocol(false, Duration.ofMillis(300)));
        silent.receiveToEnd(); // so its 300 ms are over, and the other's too

        RawMessage response = client.send("Host: web\r\n\r\n").response();

        assertThat(response.body()).isEqualTo("hello");
    }

    @Test
    void whoLeavesBeforeIsCounted() throws IOException {
        RawClient client = client(ProxyProtocol.REQUIRED);
        client.send("PROXY TCP4").shutdownOutput();

        assertThat(client.receiveToEnd()).isIn("", "[reset]");
        awaitFailure("closed");
    }

    @Test
    void tlsComesBehindIt() throws Exception {
        TestAuthority authority = new TestAuthority("ours");
        ServerTls tls = new ServerTls(
                List.of(TestAuthority.pem(authority.issue("web", "spiffe://mesh/web"))),
                List.of("http/1.1"),
                Optional.empty());
        Proxy proxy = proxy(Setup.listen("127.0.0.1", 0)
                .proxyProtocol(ProxyProtocol.REQUIRED)
                .tls(tls));
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {authority.counting()}, null);
        RawClient balancer = client(proxy).send(TEXT);
        RawClient client = opened.open(
                RawClient.over(context.getSocketFactory().createSocket(balancer.socket(), "web", 443, false)));

        assertThat(client.send(GET).response().body()).isEqualTo("hello");
        assertThat(forwardedFor(0)).isEqualTo("203.0.113.7");
        assertThat(origin.requests().getFirst().header("x-forwarded-proto")).isEqualTo("https");
    }
}
