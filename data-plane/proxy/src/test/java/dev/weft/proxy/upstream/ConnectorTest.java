package dev.weft.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.proxy.model.ClientTls;
import dev.weft.proxy.model.PeerName;
import dev.weft.proxy.model.ServerTls;
import dev.weft.proxy.tls.ClientTlsContexts;
import dev.weft.proxy.tls.TlsEngine;
import dev.weft.proxy.transport.Transport;
import io.netty.channel.Channel;
import io.netty.handler.ssl.SslContext;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Connecting over real sockets: what succeeds, and what each failure is called. The peer is the JDK's. */
final class ConnectorTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    /** What came of a connect: {@code "connected h2"} or the reason of the failure. */
    private static final class Outcome implements Connector.Outcome {
        final CompletableFuture<String> said = new CompletableFuture<>();
        final CompletableFuture<String> detail = new CompletableFuture<>();

        @Override
        public void connected(Channel channel, @Nullable String alpn) {
            channel.close();
            said.complete("connected " + alpn);
        }

        @Override
        public void failed(ConnectFailure failure) {
            detail.complete(failure.detail());
            said.complete(failure.reason().toString());
        }
    }

    private final Transport transport = Transport.open(Transport.Kind.NIO, 1);
    private final ClientTlsContexts tls = new ClientTlsContexts(TlsEngine::preferred);
    private final Connector connector = new Connector(transport.loops().next(), transport.socketChannel(), tls);
    private final X509Bundle authority;
    private final X509Bundle server;

    ConnectorTest() throws Exception {
        authority = new CertificateBuilder()
                .subject("CN=authority")
                .setIsCertificateAuthority(true)
                .ecp256()
                .buildSelfSigned();
        server = new CertificateBuilder()
                .subject("CN=server")
                .addSanDnsName("api.weft.test")
                .addSanUriName("spiffe://weft/web")
                .ecp256()
                .buildIssuedBy(authority);
    }

    @AfterEach
    void close() {
        transport.close();
    }

    @Test
    void connectsInPlainText() throws Exception {
        try (ServerSocket listener = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            assertThat(connect(listener, null, LONG)).isEqualTo("connected null");
        }
    }

    @Test
    void nobodyListening() throws Exception {
        ServerSocket listener = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        listener.close();
        assertThat(connect(listener, null, LONG)).isEqualTo("REFUSED");
    }

    @Test
    void aHandshakeThatIsNeverAnsweredTimesOut() throws Exception {
        try (ServerSocket listener = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            assertThat(connect(listener, trusting(List.of()), Duration.ofMillis(300)))
                    .isEqualTo("TLS_TIMEOUT");
        }
    }

    @Test
    void aPeerThatSpeaksNoTls() throws Exception {
        try (ServerSocket listener = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> {
                try (Socket socket = listener.accept()) {
                    socket.getOutputStream()
                            .write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                    socket.getInputStream().readAllBytes();
                } catch (IOException ended) {
                    // The client has left, which is what the test is about.
                }
            });
            assertThat(connect(listener, trusting(List.of()), LONG)).isEqualTo("TLS");
        }
    }

    @Test
    void alpnIsSettled() throws Exception {
        try (SSLServerSocket listener = tlsListener(null, "h2")) {
            assertThat(connect(listener, trusting(List.of(PeerName.dns("api.weft.test"))), LONG))
                    .isEqualTo("connected h2");
        }
    }

    /** It speaks what its cluster says, or HTTP/1.1. */
    @Test
    void anEndpointMayHaveNoWordForProtocols() throws Exception {
        try (SSLServerSocket listener = tlsListener(null)) {
            assertThat(connect(listener, trusting(List.of(PeerName.dns("api.weft.test"))), LONG))
                    .isEqualTo("connected null");
        }
    }

    @Test
    void anEndpointThatSpeaksNoneOfOursRefusesTheHandshake() throws Exception {
        try (SSLServerSocket listener = tlsListener(null, "spdy/3")) {
            assertThat(connect(listener, trusting(List.of(PeerName.dns("api.weft.test"))), LONG))
                    .isEqualTo("TLS");
        }
    }

    @Test
    void aUriMayBeTheName() throws Exception {
        try (SSLServerSocket listener = tlsListener(null, "http/1.1")) {
            assertThat(connect(listener, trusting(List.of(PeerName.uri("spiffe://weft/web"))), LONG))
                    .isEqualTo("connected http/1.1");
        }
    }

    @Test
    void anotherNameIsRefused() throws Exception {
        try (SSLServerSocket listener = tlsListener(null, "h2")) {
            Outcome outcome = begin(
                    listener, trusting(List.of(PeerName.dns("a.weft.test"), PeerName.uri("spiffe://weft/web2"))), LONG);
            assertThat(outcome.said.get(20, TimeUnit.SECONDS)).isEqualTo("TLS");
            assertThat(outcome.detail.get(20, TimeUnit.SECONDS)).contains("a.weft.test");
        }
    }

    @Test
    void anotherAuthorityIsRefused() throws Exception {
        X509Bundle other = new CertificateBuilder()
                .subject("CN=other")
                .setIsCertificateAuthority(true)
                .ecp256()
                .buildSelfSigned();
        ClientTls wrong =
                new ClientTls("x", Optional.of(other.getCertificatePEM()), List.of(), List.of(), Optional.empty());
        try (SSLServerSocket listener = tlsListener(null, "h2")) {
            assertThat(connect(listener, wrong, LONG)).isEqualTo("TLS");
        }
    }

    @Test
    void ourCertificateIsShown() throws Exception {
        X509Bundle ours = new CertificateBuilder().subject("CN=ours").ecp256().buildIssuedBy(authority);
        ClientTls mutual = new ClientTls(
                "api.weft.test",
                Optional.of(authority.getCertificatePEM()),
                List.of(),
                List.of(),
                Optional.of(new ServerTls.Certificate(ours.getCertificatePathPEM(), ours.getPrivateKeyPEM())));
        CompletableFuture<String> shown = new CompletableFuture<>();
        try (SSLServerSocket listener = tlsListener(shown, "h2")) {
            assertThat(connect(listener, mutual, LONG)).isEqualTo("connected h2");
            assertThat(shown.get(20, TimeUnit.SECONDS)).isEqualTo("CN=ours");
        }
    }

    @Test
    void aPemThatIsNoneIsRefusedWhenItIsConfigured() {
        ClientTls broken = new ClientTls("x", Optional.of("no pem"), List.of(), List.of(), Optional.empty());
        assertThatThrownBy(() -> tls.get(broken, List.of("h2")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("trusted_ca");
    }

    private ClientTls trusting(List<PeerName> names) {
        return new ClientTls(
                "api.weft.test", Optional.of(authority.getCertificatePEM()), names, List.of(), Optional.empty());
    }

    private String connect(ServerSocket listener, @Nullable ClientTls with, Duration limit) throws Exception {
        return begin(listener, with, limit).said.get(20, TimeUnit.SECONDS);
    }

    private Outcome begin(ServerSocket listener, @Nullable ClientTls with, Duration limit) {
        Outcome outcome = new Outcome();
        SslContext context = with == null ? null : tls.get(with, List.of("h2", "http/1.1"));
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), listener.getLocalPort());
        transport.loops().next().execute(() -> {
            String serverName = with == null ? "" : with.serverName();
            var _ = connector.connect(
                    new Connector.Target(address, limit, Connector.NO_PREAMBLE, context, serverName), outcome);
        });
        return outcome;
    }

    /** @param clients completed with the client's subject, which is then asked for; null asks for none */
    private SSLServerSocket tlsListener(@Nullable CompletableFuture<String> clients, String... alpn) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        KeyManagerFactory keys = server.toKeyManagerFactory();
        TrustManagerFactory trust = authority.toTrustManagerFactory();
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        SSLServerSocket listener = (SSLServerSocket)
                context.getServerSocketFactory().createServerSocket(0, 10, InetAddress.getLoopbackAddress());
        SSLParameters parameters = listener.getSSLParameters();
        parameters.setApplicationProtocols(alpn);
        parameters.setNeedClientAuth(clients != null);
        listener.setSSLParameters(parameters);
        Thread.ofVirtual().start(() -> {
            try (SSLSocket socket = (SSLSocket) listener.accept()) {
                socket.startHandshake();
                if (clients != null) {
                    clients.complete(socket.getSession().getPeerPrincipal().getName());
                }
                socket.getInputStream().readAllBytes();
            } catch (IOException refused) {
                // The client's side of it is what the test looks at.
            }
        });
        return listener;
    }
}
