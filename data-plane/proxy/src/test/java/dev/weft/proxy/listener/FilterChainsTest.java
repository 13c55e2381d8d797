package dev.weft.proxy.listener;

import static dev.weft.proxy.listener.ChainsFixture.answer;
import static dev.weft.proxy.listener.ChainsFixture.certificateOf;
import static dev.weft.proxy.listener.ChainsFixture.http;
import static dev.weft.proxy.listener.ChainsFixture.tcp;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import dev.weft.proxy.Proxy;
import dev.weft.proxy.Setup;
import dev.weft.proxy.model.ChainMatch;
import dev.weft.proxy.model.ChainMatch.Transport;
import dev.weft.proxy.model.CidrRange;
import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.model.Inspection;
import dev.weft.proxy.model.ListenerConfig.Chain;
import dev.weft.proxy.model.ProxyProtocol;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawOrigin;
import dev.weft.proxy.testing.Records;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** One listener, many chains: who serves which connection, at the socket. */
class FilterChainsTest {
    private static final ChainMatch PLAIN = ChainMatch.ANY.withTransport(Transport.RAW_BUFFER);
    private static final ChainMatch TLS = ChainMatch.ANY.withTransport(Transport.TLS);
    private static final String PROXY = "PROXY TCP4 203.0.113.7 198.51.100.1 56324 443\r\n";

    @RegisterExtension
    private final Opened opened = new Opened();

    private final ChainsFixture fixture = new ChainsFixture(opened);

    FilterChainsTest() throws Exception {}

    @Test
    void anEncryptedConnectionIsCarriedByItsNameWithoutBeingDecrypted() throws Exception {
        fixture.apply(
                tcp(ChainMatch.serverNames("*.db.example"), "origin"),
                http(ChainMatch.ANY, "web", fixture.tls("web.example")));

        RawClient passed = fixture.secure("eu.db.example");
        RawClient served = fixture.secure("web.example");

        assertThat(certificateOf(passed)).isEqualTo("CN=origin.example");
        assertThat(answer(passed)).isEqualTo("origin");
        assertThat(answer(passed)).isEqualTo("origin");
        assertThat(certificateOf(served)).isEqualTo("CN=web.example");
        assertThat(answer(served)).isEqualTo("web");
        assertThat(fixture.origin.connections()).isEqualTo(1);
    }

    @Test
    void eachChainHasItsOwnCertificatesRoutesAndSettings() throws Exception {
        HttpOptions named = HttpOptions.builder().serverName("second").build();
        fixture.apply(
                http(ChainMatch.serverNames("a.example", "b.example"), "first", fixture.tls("a.example", "b.example")),
                http(ChainMatch.serverNames("c.example"), "second", fixture.tls("c.example"), named));

        for (String name : List.of("a.example", "b.example")) {
            RawClient client = fixture.secure(name, "http/1.1");
            assertThat(certificateOf(client)).isEqualTo("CN=" + name);
            assertThat(client.send(ChainsFixture.GET).response().header("server"))
                    .isNull();
        }
        RawClient second = fixture.secure("c.example");
        assertThat(certificateOf(second)).isEqualTo("CN=c.example");
        assertThat(second.send(ChainsFixture.GET).response().header("server")).isEqualTo("second");
    }

    @Test
    void plainAndEncryptedClientsAreServedOnOnePort() throws Exception {
        fixture.apply(http(TLS, "encrypted", fixture.tls("web.example")), http(PLAIN, "plain", null));

        assertThat(answer(fixture.plain())).isEqualTo("plain");
        assertThat(answer(fixture.secure("web.example"))).isEqualTo("encrypted");
        assertThat(answer(fixture.secure(null))).isEqualTo("encrypted");
        assertThat(fixture.plain()
                        .send("P")
                        .send("RI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0")
                        .receive(4))
                .endsWith("\4");
    }

    @Test
    void theProtocolsThatAClientOffersDecide() throws Exception {
        fixture.apply(
                http(ChainMatch.ANY.withApplicationProtocols(List.of("acme-tls/1")), "acme", fixture.tls("a.example")),
                http(ChainMatch.ANY, "rest", fixture.tls("b.example")));

        assertThat(certificateOf(fixture.secure("a.example", "http/1.1"))).isEqualTo("CN=b.example");
        assertThat(certificateOf(fixture.secure("a.example"))).isEqualTo("CN=b.example");
        // The chain's TLS knows only http/1.1, so the client must offer that too.
        assertThat(certificateOf(fixture.secure("a.example", "acme-tls/1", "http/1.1")))
                .isEqualTo("CN=a.example");
    }

    @Test
    void theFallbackServesWhomNoChainIsFor() throws Exception {
        fixture.apply(
                Inspection.DEFAULT,
                null,
                http(ChainMatch.ANY, "fallback", null),
                http(ChainMatch.serverNames("a.example"), "a", fixture.tls("a.example")));

        assertThat(answer(fixture.plain())).isEqualTo("fallback");
        assertThat(answer(fixture.secure("a.example"))).isEqualTo("a");
    }

    @Test
    void aFallbackAloneServesAll() throws Exception {
        fixture.apply(Inspection.DEFAULT, null, http(ChainMatch.ANY, "fallback", null));

        assertThat(answer(fixture.plain())).isEqualTo("fallback");
    }

    @Test
    void aConnectionThatNoChainIsForIsClosedAndCounted() throws Exception {
        fixture.apply(http(ChainMatch.serverNames("a.example"), "a", fixture.tls("a.example")));

        assertThat(fixture.plain().send(ChainsFixture.GET).receiveToEnd()).isIn("", "[reset]");
        assertThatThrownBy(() -> fixture.secure("b.example")).isInstanceOf(IOException.class);
        fixture.awaitFailures("no_match", 2);
        assertThat(answer(fixture.secure("a.example"))).isEqualTo("a");
    }

    @Test
    void theAddressesThatAPROXYHeaderNamesDecideInFrontOfTheInspector() throws Exception {
        ChainMatch office = Records.with(ChainMatch.ANY, "sources", List.of(CidrRange.of("203.0.113.0", 24)));
        ChainMatch named = Records.with(office, "serverNames", List.of("a.example"));
        fixture.apply(
                Inspection.DEFAULT,
                new ProxyProtocol(true, Duration.ofSeconds(15)),
                null,
                http(named, "office", fixture.tls("a.example")),
                http(ChainMatch.ANY, "any", fixture.tls("b.example")));

        RawClient announced = fixture.plain().send(PROXY);
        assertThat(answer(fixture.secureOver(announced.socket(), "a.example"))).isEqualTo("office");
        assertThat(answer(fixture.secureOver(fixture.plain().socket(), "b.example")))
                .isEqualTo("any");
        assertThatThrownBy(() -> fixture.secureOver(fixture.plain().socket(), "a.example"))
                .isInstanceOf(SSLException.class);
        fixture.awaitFailures("no_match", 1);
    }

    @Test
    void noFirstByteIsWaitedForWhereAddressesDecide() throws Exception {
        RawOrigin greeting = opened.open(RawOrigin.following(wire -> wire.send("220 hello")));
        Proxy proxy = opened.open(Proxy.builder().loops(1).build());
        ChainMatch here = Records.with(ChainMatch.ANY, "source", ChainMatch.Source.SAME_IP_OR_LOOPBACK);
        proxy.apply(Setup.listen("127.0.0.1", 0)
                .cluster("mail", "127.0.0.1:" + greeting.port())
                .and()
                .passThrough(here, "mail")
                .build());

        RawClient client = opened.open(RawClient.connect(proxy.address("http")));

        assertThat(client.receive(9)).isEqualTo("220 hello");
    }

    @Test
    void eachChainGivesItsOwnTimeForTheHandshake() throws Exception {
        Chain hasty = http(ChainMatch.serverNames("b.example"), "b", fixture.tls("b.example"));
        fixture.apply(
                http(ChainMatch.serverNames("a.example"), "a", fixture.tls("a.example")),
                Records.with(hasty, "handshakeTimeout", Duration.ofMillis(200)));

        fixture.plain().send(hello("a.example"));
        RawClient left = fixture.plain().send(hello("b.example"));

        assertThat(left.receiveToEnd()).isNotEmpty(); // the server's part of the handshake
        await().untilAsserted(() -> assertThat(fixture.proxy().connections()).isEqualTo(1));
    }

    /** And nothing of what a client has to say after it. */
    private static byte[] hello(String name) throws Exception {
        SSLEngine engine = SSLContext.getDefault().createSSLEngine();
        engine.setUseClientMode(true);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setServerNames(List.of(new SNIHostName(name)));
        engine.setSSLParameters(parameters);
        ByteBuffer out = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        engine.wrap(ByteBuffer.allocate(0), out);
        return Arrays.copyOf(out.array(), out.position());
    }

    @Test
    void twoChainsForTheSameConnectionsAreRefusedAndNothingChanges() throws Exception {
        fixture.apply(http(ChainMatch.ANY, "good", null));

        assertThatThrownBy(() -> fixture.apply(http(ChainMatch.ANY, "one", null), http(ChainMatch.ANY, "other", null)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("listener edge: filter_chains[1].filter_chain_match: matches what filter_chains[0]"
                        + " matches too (expected: one chain for a connection)");
        assertThat(answer(fixture.plain())).isEqualTo("good");
    }

    @Test
    void opensslIsServedByItsName() throws Exception {
        assumeThat(Files.isExecutable(Path.of("/usr/bin/openssl")))
                .as("openssl")
                .isTrue();
        fixture.apply(
                tcp(ChainMatch.serverNames("*.db.example"), "origin"),
                http(ChainMatch.ANY, "web", fixture.tls("web.example")));

        assertThat(subject("eu.db.example")).contains("CN = origin.example");
        assertThat(subject("web.example")).contains("CN = web.example");
    }

    private String subject(String name) throws Exception {
        int port = fixture.proxy().address(ChainsFixture.LISTENER).getPort();
        Process openssl = new ProcessBuilder(
                        "/usr/bin/openssl", "s_client", "-connect", "127.0.0.1:" + port, "-servername", name)
                .redirectErrorStream(true)
                .start();
        openssl.getOutputStream().close();
        String said = new String(openssl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        openssl.waitFor();
        return said.replaceAll("CN=", "CN = ");
    }
}
