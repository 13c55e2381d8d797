package dev.weft.proxy.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.model.ListenerConfig;
import dev.weft.proxy.model.PeerName;
import dev.weft.proxy.model.ServerTls;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.tls.TlsEngine;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** TLS at the listener: certificates by name, ALPN, mutual TLS, reload. */
@ParameterizedClass
@EnumSource(TlsEngine.class)
class TlsListenerTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0";

    private final X509Bundle authority;

    @Parameter
    private TlsEngine engine = TlsEngine.JDK;

    TlsListenerTest() throws Exception {
        authority = new CertificateBuilder()
                .subject("CN=test authority")
                .setIsCertificateAuthority(true)
                .ecp256()
                .buildSelfSigned();
    }

    private X509Bundle issued(String... dnsNames) throws Exception {
        CertificateBuilder builder = new CertificateBuilder()
                .subject("CN=" + dnsNames[0].replace("*", "any"))
                .ecp256();
        Arrays.stream(dnsNames).forEach(builder::addSanDnsName);
        return builder.buildIssuedBy(authority);
    }

    /** The builder takes no wildcard for a name, so the extension is written out: a sequence of one dNSName. */
    private X509Bundle issuedWildcard() throws Exception {
        return new CertificateBuilder()
                .subject("CN=any.c.example")
                .ecp256()
                .addExtensionOctetString(
                        "2.5.29.17", false, "0\r\u0082\u000b*.c.example".getBytes(StandardCharsets.ISO_8859_1))
                .buildIssuedBy(authority);
    }

    private static ServerTls tls(Optional<ServerTls.Clients> clients, X509Bundle... bundles) {
        return new ServerTls(
                Arrays.stream(bundles)
                        .map(b -> new ServerTls.Certificate(b.getCertificatePathPEM(), b.getPrivateKeyPEM()))
                        .toList(),
                List.of("h2", "http/1.1"),
                clients);
    }

    private ServerTls.Clients clients(List<PeerName> names, boolean required) {
        return new ServerTls.Clients(authority.getCertificatePEM(), names, required);
    }

    private static ListenerConfig listener(ServerTls tls) {
        return ListenerFixture.http("web", 0, HttpOptions.DEFAULT, tls);
    }

    private SSLSocket connect(ListenerFixture fixture, @Nullable String name, @Nullable X509Bundle own, String... alpn)
            throws Exception {
        KeyManager[] keys = own == null ? null : own.toKeyManagerFactory().getKeyManagers();
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys, authority.toTrustManagerFactory().getTrustManagers(), null);
        SSLSocket socket = (SSLSocket) context.getSocketFactory()
                .createSocket("127.0.0.1", fixture.address("web").getPort());
        SSLParameters parameters = socket.getSSLParameters();
        if (name != null) {
            parameters.setServerNames(List.of(new SNIHostName(name)));
        }
        parameters.setApplicationProtocols(alpn);
        socket.setSSLParameters(parameters);
        socket.setSoTimeout(10_000);
        socket.startHandshake();
        return socket;
    }

    private static String servedName(SSLSocket socket) throws IOException {
        return ((X509Certificate) socket.getSession().getPeerCertificates()[0])
                .getSubjectX500Principal()
                .getName();
    }

    @Test
    void requestsAreServedAndKnowSchemeAndName() throws Exception {
        try (ListenerFixture fixture = new ListenerFixture(engine)) {
            fixture.listeners.apply(List.of(listener(tls(Optional.empty(), issued("a.example")))));
            try (RawClient client = RawClient.over(connect(fixture, "a.example", null))) {
                assertThat(client.send(GET).response().body()).isEqualTo("routes of web HTTP/1.1 https a.example null");
                assertThat(client.send(GET).response().status()).isEqualTo(200);
            }
        }
    }

    @Test
    void theCertificateIsChosenByTheNameThatIsAskedFor() throws Exception {
        try (ListenerFixture fixture = new ListenerFixture(engine)) {
            fixture.listeners.apply(List.of(
                    listener(tls(Optional.empty(), issued("first.example"), issued("b.example"), issuedWildcard()))));
            assertServed(fixture, "b.example", "CN=b.example");
            assertServed(fixture, "x.c.example", "CN=any.c.example");
            assertServed(fixture, "x.y.c.example", "CN=first.example");
            assertServed(fixture, "unknown.example", "CN=first.example");
            assertServed(fixture, null, "CN=first.example");
        }
    }

    private void assertServed(ListenerFixture fixture, @Nullable String name, String subject) throws Exception {
        try (SSLSocket socket = connect(fixture, name, null)) {
            assertThat(servedName(socket)).isEqualTo(subject);
        }
    }

    @Test
    void alpnDecidesTheVersion() throws Exception {
        try (ListenerFixture fixture = new ListenerFixture(engine)) {
            fixture.listeners.apply(List.of(listener(tls(Optional.empty(), issued("a.example")))));
            try (SSLSocket socket = connect(fixture, null, null, "http/1.1");
                    RawClient client = RawClient.over(socket)) {
                assertThat(socket.getApplicationProtocol()).isEqualTo("http/1.1");
                assertThat(client.send(GET).response().status()).isEqualTo(200);
            }
            try (SSLSocket socket = connect(fixture, null, null, "http/1.1", "h2");
                    RawClient client = RawClient.over(socket)) {
                assertThat(socket.getApplicationProtocol()).isEqualTo("h2");
                assertThat(client.send(PREFACE).receive(4).charAt(3)).isEqualTo('\4');
            }
            try (RawClient client = RawClient.over(connect(fixture, null, null))) {
                assertThat(client.send(PREFACE).receive(4).charAt(3)).isEqualTo('\4');
            }
        }
    }

    @Test
    void aClientMustProveWhoItIsWhereAuthoritiesAreGiven() throws Exception {
        X509Bundle ours = new CertificateBuilder()
                .subject("CN=client")
                .ecp256()
                .addSanDnsName("client.example")
                .addSanUriName("spiffe://mesh/client")
                .buildIssuedBy(authority);
        try (ListenerFixture fixture = new ListenerFixture(engine)) {
            fixture.listeners.apply(List.of(listener(tls(Optional.of(clients(List.of(), true)), issued("a.example")))));
            try (RawClient client = RawClient.over(connect(fixture, null, ours))) {
                assertThat(client.send(GET).response().body()).endsWith(" spiffe://mesh/client");
            }
            assertThatThrownBy(() -> {
                        try (RawClient client = RawClient.over(connect(fixture, null, null))) {
                            client.send(GET).response();
                        }
                    })
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void newCertificatesServeNewConnectionsAndOldOnesGoOn() throws Exception {
        try (ListenerFixture fixture = new ListenerFixture(engine)) {
            fixture.listeners.apply(List.of(listener(tls(Optional.empty(), issued("old.example")))));
            try (RawClient old = RawClient.over(connect(fixture, null, null))) {
                old.send(GET).response();
                fixture.listeners.apply(List.of(listener(tls(Optional.empty(), issued("new.example")))));
                assertServed(fixture, null, "CN=new.example");
                assertThat(old.send(GET).response().status()).isEqualTo(200);
            }
        }
    }

    @Test
    void plainBytesAreNotServed() throws Exception {
        try (ListenerFixture fixture = new ListenerFixture(engine)) {
            fixture.listeners.apply(List.of(listener(tls(Optional.empty(), issued("a.example")))));
            try (RawClient client = fixture.connect("web")) {
                assertThat(client.send(GET).receiveToEnd()).doesNotContain("HTTP/1.1 200");
            }
        }
    }

    @Test
    void aCertificateThatCannotBeReadIsNamed() {
        try (ListenerFixture fixture = new ListenerFixture(engine)) {
            ServerTls broken =
                    new ServerTls(List.of(new ServerTls.Certificate("nonsense", "x")), List.of(), Optional.empty());
            assertThatThrownBy(() -> fixture.listeners.apply(List.of(listener(broken))))
                    .isInstanceOf(ListenerException.class)
                    .hasMessageStartingWith("listener web: tls_certificates[0]: ");
        }
    }

    /** As nginx and Envoy do, rather than refuse it (RFC 7301, section 3.2): it may be one that says nothing true of itself. */
    @Test
    void aClientThatOffersNoProtocolOfOursIsServedByWhatItSpeaks() throws Exception {
        try (ListenerFixture fixture = new ListenerFixture(engine)) {
            fixture.listeners.apply(List.of(listener(tls(Optional.empty(), issued("a.example")))));
            try (SSLSocket socket = connect(fixture, null, null, "spdy/3", "h9");
                    RawClient client = RawClient.over(socket)) {
                assertThat(socket.getApplicationProtocol()).isEmpty();
                assertThat(client.send(GET).response().status()).isEqualTo(200);
            }
        }
    }

    /** Each costs us a signature, and it has no use left (RFC 9325, section 3.5). */
    @Test
    void aHandshakeAnewIsRefused() throws Exception {
        try (ListenerFixture fixture = new ListenerFixture(engine)) {
            fixture.listeners.apply(List.of(listener(tls(Optional.empty(), issued("a.example")))));
            try (SSLSocket socket = connect12(fixture);
                    RawClient client = RawClient.over(socket)) {
                assertThat(client.send(GET).response().status()).isEqualTo(200);

                assertThatThrownBy(() -> {
                            socket.startHandshake();
                            client.send(GET).response();
                        })
                        .isInstanceOf(IOException.class);
            }
        }
    }

    private SSLSocket connect12(ListenerFixture fixture) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, authority.toTrustManagerFactory().getTrustManagers(), null);
        SSLSocket socket = (SSLSocket) context.getSocketFactory()
                .createSocket("127.0.0.1", fixture.address("web").getPort());
        socket.setEnabledProtocols(new String[] {"TLSv1.2"});
        socket.setSoTimeout(10_000);
        socket.startHandshake();
        return socket;
    }
}
