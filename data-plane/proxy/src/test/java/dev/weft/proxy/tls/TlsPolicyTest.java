package dev.weft.proxy.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.proxy.Proxy;
import dev.weft.proxy.Setup;
import dev.weft.proxy.model.ClientTls;
import dev.weft.proxy.model.ServerTls;
import dev.weft.proxy.model.TlsPolicy;
import dev.weft.proxy.model.TlsPolicy.Group;
import dev.weft.proxy.model.TlsPolicy.Suite;
import dev.weft.proxy.model.TlsPolicy.Version;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.TlsPeer;
import dev.weft.proxy.testing.TlsPeer.Speech;
import dev.weft.proxy.transport.Transport;
import dev.weft.proxy.upstream.ConnectFailure;
import dev.weft.proxy.upstream.Connector;
import io.netty.channel.Channel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Which versions, suites and groups are spoken with whom, by handshakes with a peer that speaks one of each. */
@ParameterizedClass
@EnumSource(TlsEngine.class)
class TlsPolicyTest {
    private static final Speech TLS_1_0 = new Speech("TLSv1", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "");
    private static final Speech TLS_1_1 = new Speech("TLSv1.1", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "");
    private static final Speech CBC = new Speech("TLSv1.2", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "");
    private static final Speech STATIC_RSA = new Speech("TLSv1.2", "TLS_RSA_WITH_AES_128_GCM_SHA256", "");
    private static final Speech GCM_128 = new Speech("TLSv1.2", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "");
    private static final Speech GCM_256 = new Speech("TLSv1.2", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "");
    private static final Speech CHACHA = new Speech("TLSv1.2", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "");
    private static final Speech TLS_1_3 = new Speech("TLSv1.3", "TLS_AES_128_GCM_SHA256", "");
    private static final String REFUSED = "refused";

    @RegisterExtension
    private final Opened opened = new Opened();

    @Parameter
    private TlsEngine engine = TlsEngine.JDK;

    private final TlsPeer peer = opened.open(new TlsPeer());
    private final X509Bundle elliptic;
    private final X509Bundle rsa;

    TlsPolicyTest() throws Exception {
        elliptic = new CertificateBuilder()
                .subject("CN=elliptic")
                .setIsCertificateAuthority(true)
                .ecp256()
                .buildSelfSigned();
        rsa = new CertificateBuilder()
                .subject("CN=rsa")
                .setIsCertificateAuthority(true)
                .rsa2048()
                .buildSelfSigned();
    }

    @Test
    void byDefaultClientsGetModernTlsOrNone() throws Exception {
        InetSocketAddress proxy = serving(TlsPolicy.DEFAULT, elliptic);
        for (Speech modern : List.of(GCM_128, GCM_256, CHACHA, TLS_1_3)) {
            assertThat(peer.connect(proxy, modern)).isEqualTo(modern.toString());
        }
        for (Speech old : List.of(TLS_1_0, TLS_1_1, CBC)) {
            assertThat(peer.connect(proxy, old)).as(old.toString()).isEqualTo(REFUSED);
        }
        assertThat(peer.connect(serving(TlsPolicy.DEFAULT, rsa), STATIC_RSA)).isEqualTo(REFUSED);
    }

    @Test
    void byDefaultUpstreamsMustSpeakModernTls() throws Exception {
        for (Speech modern : List.of(GCM_128, GCM_256, CHACHA, TLS_1_3)) {
            assertThat(dial(TlsPolicy.DEFAULT, elliptic, modern)).isEqualTo(modern.toString());
        }
        for (Speech old : List.of(TLS_1_0, TLS_1_1, CBC)) {
            assertThat(dial(TlsPolicy.DEFAULT, elliptic, old))
                    .as(old.toString())
                    .isEqualTo(REFUSED);
        }
        assertThat(dial(TlsPolicy.DEFAULT, rsa, STATIC_RSA)).isEqualTo(REFUSED);
    }

    @Test
    void versionsAreBounded() throws Exception {
        TlsPolicy newest = policy(Version.TLS_1_3, Version.TLS_1_3);
        assertThat(peer.connect(serving(newest, elliptic), GCM_128)).isEqualTo(REFUSED);
        assertThat(peer.connect(serving(newest, elliptic), TLS_1_3)).isEqualTo(TLS_1_3.toString());
        assertThat(dial(newest, elliptic, GCM_128)).isEqualTo(REFUSED);
        assertThat(dial(newest, elliptic, TLS_1_3)).isEqualTo(TLS_1_3.toString());

        TlsPolicy older = policy(Version.TLS_1_2, Version.TLS_1_2);
        assertThat(peer.connect(serving(older, elliptic), GCM_128)).isEqualTo(GCM_128.toString());
        assertThat(peer.connect(serving(older, elliptic), TLS_1_3)).isEqualTo(REFUSED);
        assertThat(dial(older, elliptic, GCM_128)).isEqualTo(GCM_128.toString());
        assertThat(dial(older, elliptic, TLS_1_3)).isEqualTo(REFUSED);
    }

    @Test
    void onlyTheSuitesThatAreNamedAreSpoken() throws Exception {
        TlsPolicy one =
                new TlsPolicy(Version.TLS_1_2, Version.TLS_1_3, List.of(Suite.ECDHE_ECDSA_AES256_GCM), List.of());
        assertThat(peer.connect(serving(one, elliptic), GCM_256)).isEqualTo(GCM_256.toString());
        assertThat(peer.connect(serving(one, elliptic), GCM_128)).isEqualTo(REFUSED);
        assertThat(dial(one, elliptic, GCM_256)).isEqualTo(GCM_256.toString());
        assertThat(dial(one, elliptic, GCM_128)).isEqualTo(REFUSED);
    }

    @Test
    void onlyTheGroupsThatAreNamedAreSpoken() throws Exception {
        TlsPolicy one = new TlsPolicy(
                Version.TLS_1_2, Version.TLS_1_3, TlsPolicy.DEFAULT.suites(), List.of(Group.P384, Group.P521));
        Speech p384 = new Speech("TLSv1.3", "TLS_AES_128_GCM_SHA256", "P-384");
        Speech x25519 = new Speech("TLSv1.3", "TLS_AES_128_GCM_SHA256", "X25519");
        assertThat(peer.connect(serving(one, elliptic), p384)).isEqualTo(TLS_1_3.toString());
        assertThat(peer.connect(serving(one, elliptic), x25519)).isEqualTo(REFUSED);
        assertThat(dial(one, elliptic, p384)).isEqualTo(TLS_1_3.toString());
        assertThat(dial(one, elliptic, x25519)).isEqualTo(REFUSED);
    }

    @Test
    void aPolicyThatLeavesNothingIsRefused() {
        assertThatThrownBy(() -> policy(Version.TLS_1_3, Version.TLS_1_2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected: the minimum first");
        assertThatThrownBy(() -> new TlsPolicy(Version.TLS_1_2, Version.TLS_1_3, List.of(), List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("cipher suites: none");
    }

    private static TlsPolicy policy(Version minimum, Version maximum) {
        return new TlsPolicy(minimum, maximum, TlsPolicy.DEFAULT.suites(), List.of());
    }

    private InetSocketAddress serving(TlsPolicy policy, X509Bundle certificate) {
        Proxy proxy = opened.open(Proxy.builder().loops(1).tlsEngine(engine).build());
        ServerTls tls = new ServerTls(
                List.of(new ServerTls.Certificate(certificate.getCertificatePathPEM(), certificate.getPrivateKeyPEM())),
                List.of(),
                Optional.empty(),
                policy);
        proxy.apply(Setup.listen("127.0.0.1", 0).tls(tls).to("127.0.0.1:9"));
        return proxy.address("http");
    }

    /** What a connection to a server that speaks only this comes to. */
    private String dial(TlsPolicy policy, X509Bundle certificate, Speech speech) throws Exception {
        InetSocketAddress server = peer.listen(certificate, speech);
        try (Transport transport = Transport.open(Transport.Kind.NIO, 1)) {
            ClientTlsContexts contexts = new ClientTlsContexts(() -> engine);
            Connector connector = new Connector(transport.loops().next(), transport.socketChannel(), contexts);
            SslContext context = contexts.get(
                    new ClientTls("", Optional.empty(), List.of(), List.of(), Optional.empty(), policy),
                    List.of("http/1.1"));
            CompletableFuture<String> said = new CompletableFuture<>();
            Connector.Target target =
                    new Connector.Target(server, Duration.ofSeconds(10), Connector.NO_PREAMBLE, context, "");
            transport.loops().next().execute(() -> {
                var _ = connector.connect(target, new Connector.Outcome() {
                    @Override
                    public void connected(Channel channel, @Nullable String alpn) {
                        SslHandler handler = channel.pipeline().get(SslHandler.class);
                        SSLSession session =
                                handler == null ? null : handler.engine().getSession();
                        said.complete(
                                session == null ? "plain" : session.getProtocol() + " " + session.getCipherSuite());
                        channel.close();
                    }

                    @Override
                    public void failed(ConnectFailure failure) {
                        said.complete(failure.reason() == ConnectFailure.Reason.TLS ? REFUSED : failure.toString());
                    }
                });
            });
            return said.get(20, TimeUnit.SECONDS);
        }
    }
}
