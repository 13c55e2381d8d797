package dev.weft.proxy.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.weft.proxy.Proxy;
import dev.weft.proxy.Setup;
import dev.weft.proxy.model.ClientTls;
import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.model.PeerName;
import dev.weft.proxy.model.PeerValidation;
import dev.weft.proxy.model.RouteMatch.ValueMatch;
import dev.weft.proxy.model.ServerTls;
import dev.weft.proxy.model.TlsPolicy;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawMessage;
import dev.weft.proxy.testing.RawOrigin;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import io.prometheus.client.CollectorRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Who is let in and who is talked to, by what their certificates say, through a whole proxy; two of them where it is upstream. */
@ParameterizedClass
@EnumSource(TlsEngine.class)
class MutualTlsTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    @RegisterExtension
    private final Opened opened = new Opened();

    @Parameter
    private TlsEngine engine = TlsEngine.JDK;

    private final CollectorRegistry registry = new CollectorRegistry();
    private @Nullable Proxy proxy;
    private final X509Bundle authority = authority("ours");
    private final X509Bundle strange = authority("strange");

    private static X509Bundle authority(String name) {
        return built(builder -> builder.subject("CN=" + name).setIsCertificateAuthority(true), null);
    }

    /** What a certificate says. */
    private interface With {
        void add(CertificateBuilder builder) throws Exception;
    }

    private static X509Bundle built(With with, @Nullable X509Bundle issuer) {
        try {
            CertificateBuilder builder = new CertificateBuilder().ecp256();
            with.add(builder);
            return issuer == null ? builder.buildSelfSigned() : builder.buildIssuedBy(issuer);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private X509Bundle holding(String dns, String uri) {
        return built(builder -> builder.subject("CN=someone").addSanDnsName(dns).addSanUriName(uri), authority);
    }

    private static PeerName name(PeerName.Kind kind, ValueMatch match) {
        return new PeerName(kind, match);
    }

    @Test
    void aClientIsLetInByAnyOfItsNames() throws Exception {
        X509Bundle web = holding("web.shop.example", "spiffe://shop/web");

        assertThat(letsIn(web, PeerName.uri("spiffe://shop/web"))).isTrue();
        assertThat(letsIn(web, PeerName.dns("WEB.shop.example"))).isTrue();
        assertThat(letsIn(web, name(PeerName.Kind.URI, new ValueMatch.Prefix("spiffe://shop/", false))))
                .isTrue();
        assertThat(letsIn(web, name(PeerName.Kind.DNS, new ValueMatch.Suffix(".shop.example", false))))
                .isTrue();
        assertThat(letsIn(web, name(PeerName.Kind.URI, new ValueMatch.Regex("spiffe://[a-z]+/web"))))
                .isTrue();
        assertThat(letsIn(web, name(PeerName.Kind.DNS, new ValueMatch.Contains("SHOP", true))))
                .isTrue();
        assertThat(letsIn(web, PeerName.uri("spiffe://shop/other"), PeerName.dns("web.shop.example")))
                .isTrue();
        assertThat(letsIn(wildcard(), PeerName.dns("any.c.example"))).isTrue();
    }

    @Test
    void aClientOfAnotherNameIsRefusedAndTheReasonCounted() throws Exception {
        X509Bundle web = holding("web.shop.example", "spiffe://shop/web");

        assertThat(letsIn(web, PeerName.uri("spiffe://shop/other"))).isFalse();
        assertThat(letsIn(web, PeerName.uri("spiffe://shop/web2"))).isFalse();
        assertThat(letsIn(web, PeerName.uri("SPIFFE://shop/web"))).isFalse();
        assertThat(letsIn(web, PeerName.uri("web.shop.example"))).isFalse();
        assertThat(letsIn(web, PeerName.dns("spiffe://shop/web"))).isFalse();
        assertThat(letsIn(web, PeerName.dns("shop.example"))).isFalse();
        assertThat(letsIn(web, name(PeerName.Kind.URI, new ValueMatch.Regex("spiffe://shop"))))
                .isFalse();
        assertThat(letsIn(wildcard(), PeerName.dns("a.b.c.example"))).isFalse();
        assertThat(letsIn(wildcard(), PeerName.dns("c.example"))).isFalse();
        await().untilAsserted(() -> assertThat(failures("wrong_name")).isEqualTo(9));
    }

    @Test
    void aClientOfAStrangeAuthorityOrWithoutACertificateIsRefusedAndTheReasonCounted() throws Exception {
        X509Bundle forged = built(builder -> builder.subject("CN=x").addSanUriName("spiffe://shop/web"), strange);

        assertThat(letsIn(forged, PeerName.uri("spiffe://shop/web"))).isFalse();
        await().untilAsserted(
                        () -> assertThat(failures("untrusted_certificate")).isEqualTo(1));
        assertThat(letsIn(null, PeerName.uri("spiffe://shop/web"))).isFalse();
        await().untilAsserted(() -> assertThat(failures("no_certificate")).isEqualTo(1));
    }

    @Test
    void whereCertificatesAreOptionalOneThatIsShownIsCheckedAllTheSame() throws Exception {
        Proxy serving = serving(new ServerTls.Clients(
                authority.getCertificatePEM(), List.of(PeerName.uri("spiffe://shop/web")), false));

        assertThat(answers(serving, null)).isTrue();
        assertThat(answers(serving, holding("web", "spiffe://shop/web"))).isTrue();
        assertThat(answers(serving, holding("web", "spiffe://shop/other"))).isFalse();
    }

    @Test
    void anUpstreamIsTalkedToByItsNamesOnly() throws Exception {
        X509Bundle certificate = holding("web.shop.example", "spiffe://shop/web");

        assertThat(talksTo(certificate, PeerName.uri("spiffe://shop/web")).status())
                .isEqualTo(200);
        assertThat(talksTo(certificate, name(PeerName.Kind.DNS, new ValueMatch.Suffix(".example", false)))
                        .status())
                .isEqualTo(200);
        assertThat(talksTo(wildcard(), PeerName.dns("any.c.example")).status()).isEqualTo(200);
    }

    @Test
    void anUpstreamOfAnotherNameIsRefusedAndTheReasonLogged() throws Exception {
        X509Bundle certificate = holding("web.shop.example", "spiffe://shop/web");
        ByteArrayOutputStream log = new ByteArrayOutputStream();

        RawMessage answer = talksTo(certificate, log, PeerName.uri("spiffe://shop/other"));

        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.body()).doesNotContain("spiffe");
        await().untilAsserted(() -> assertThat(log.toString(StandardCharsets.UTF_8))
                .contains("TLS handshake failed")
                .contains("DNS web.shop.example, URI spiffe://shop/web (expected: URI spiffe://shop/other)"));
        assertThat(registry.getSampleValue("weft_failures_total", new String[] {"reason"}, new String[] {"tls_failed"}))
                .isEqualTo(1);
    }

    @Test
    void whoIsPinnedNeedsNoAuthority() throws Exception {
        X509Bundle ours = authority("self signed");
        X509Bundle other = authority("self signed");
        PeerValidation certificate = pinned(List.of(sha256(ours.getCertificate().getEncoded())), List.of());
        PeerValidation key = pinned(
                List.of(),
                List.of(Base64.getEncoder()
                        .encodeToString(
                                Pins.sha256(ours.getKeyPair().getPublic().getEncoded()))));
        PeerValidation either = pinned(List.of(sha256(new byte[0])), key.keyHashes());

        for (PeerValidation asked : List.of(certificate, key, either)) {
            assertThat(answers(serving(new ServerTls.Clients(asked, true)), ours))
                    .isTrue();
            assertThat(answers(serving(new ServerTls.Clients(asked, true)), other))
                    .isFalse();
            assertThat(answers(serving(new ServerTls.Clients(asked, true)), null))
                    .isFalse();
            assertThat(talksTo(ours, new ByteArrayOutputStream(), asked).status())
                    .isEqualTo(200);
            assertThat(talksTo(other, new ByteArrayOutputStream(), asked).status())
                    .isEqualTo(503);
        }
        await().untilAsserted(
                        () -> assertThat(failures("untrusted_certificate")).isEqualTo(3));
    }

    @Test
    void aPinBesideAuthoritiesAsksForBoth() throws Exception {
        X509Bundle web = holding("web.shop.example", "spiffe://shop/web");
        X509Bundle api = holding("api.shop.example", "spiffe://shop/api");
        PeerValidation both = pinned(
                        List.of(sha256(web.getCertificate().getEncoded()).replaceAll("..(?=.)", "$0:")), List.of())
                .and(new PeerValidation(authority.getCertificatePEM(), List.of()));

        assertThat(answers(serving(new ServerTls.Clients(both, true)), web)).isTrue();
        assertThat(answers(serving(new ServerTls.Clients(both, true)), api)).isFalse();
        PeerValidation strangers = both.and(new PeerValidation(strange.getCertificatePEM(), List.of()));
        assertThat(answers(serving(new ServerTls.Clients(strangers, true)), web))
                .isFalse();
    }

    private static String sha256(byte[] of) {
        return HexFormat.of().formatHex(Pins.sha256(of));
    }

    private static PeerValidation pinned(List<String> certificates, List<String> keys) {
        return new PeerValidation(Optional.empty(), List.of(), certificates, keys, Optional.empty());
    }

    @Test
    void namesWithoutAnAuthorityAreRefusedBecauseAnyoneCanClaimThem() {
        assertThatThrownBy(() ->
                        new ClientTls("", Optional.empty(), List.of(PeerName.dns("a")), List.of(), Optional.empty()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("without authorities");
    }

    /** The builder takes no wildcard for a name, so the extension is written out: a sequence of one dNSName. */
    private X509Bundle wildcard() {
        return built(
                builder -> builder.subject("CN=any")
                        .addExtensionOctetString(
                                "2.5.29.17", false, "0\r\u0082\u000b*.c.example".getBytes(StandardCharsets.ISO_8859_1)),
                authority);
    }

    /** Each call is a change of configuration, of which the next connection must know. */
    private boolean letsIn(@Nullable X509Bundle client, PeerName... names) throws Exception {
        return answers(serving(new ServerTls.Clients(authority.getCertificatePEM(), List.of(names), true)), client);
    }

    private Proxy serving(ServerTls.Clients clients) throws IOException {
        Proxy serving = proxy(new ByteArrayOutputStream());
        X509Bundle own = holding("localhost", "spiffe://shop/proxy");
        serving.apply(Setup.listen("127.0.0.1", 0)
                .tls(new ServerTls(List.of(pem(own)), List.of(), Optional.of(clients)))
                .to("127.0.0.1:" + origin().port()));
        return serving;
    }

    private boolean answers(Proxy serving, @Nullable X509Bundle client) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(
                client == null ? null : new KeyManager[] {new ShownToAll(client)},
                authority.toTrustManagerFactory().getTrustManagers(),
                null);
        SSLSocket socket = (SSLSocket) context.getSocketFactory()
                .createSocket("127.0.0.1", serving.address("http").getPort());
        try (RawClient raw = RawClient.over(socket)) {
            return raw.send(GET).response().status() == 200;
        } catch (IOException refused) {
            return false;
        }
    }

    private RawMessage talksTo(X509Bundle certificate, PeerName... names) throws Exception {
        return talksTo(certificate, new ByteArrayOutputStream(), names);
    }

    private RawMessage talksTo(X509Bundle certificate, ByteArrayOutputStream log, PeerName... names) throws Exception {
        return talksTo(certificate, log, new PeerValidation(authority.getCertificatePEM(), List.of(names)));
    }

    /** A proxy that forwards by TLS to one that ends it with that certificate. */
    private RawMessage talksTo(X509Bundle certificate, ByteArrayOutputStream log, PeerValidation peer)
            throws Exception {
        Proxy upstream = opened.open(Proxy.builder().loops(1).tlsEngine(engine).build());
        upstream.apply(Setup.listen("127.0.0.1", 0)
                .tls(new ServerTls(List.of(pem(certificate)), List.of(), Optional.empty()))
                .to("127.0.0.1:" + origin().port()));
        Proxy forwarding = proxy(log);
        forwarding.apply(Setup.listen("127.0.0.1", 0)
                .options(HttpOptions.builder()
                        .accessLog(HttpOptions.AccessLog.JSON)
                        .build())
                .cluster("web", "127.0.0.1:" + upstream.address("http").getPort())
                .tls(new ClientTls(
                        "web.shop.example", Optional.of(peer), List.of(), Optional.empty(), TlsPolicy.DEFAULT))
                .and()
                .route("/", "web")
                .build());
        return opened.open(RawClient.connect(forwarding.address("http")))
                .send(GET)
                .response();
    }

    private Proxy proxy(ByteArrayOutputStream log) {
        Proxy made = proxy;
        if (made == null) {
            made = opened.open(Proxy.builder()
                    .loops(1)
                    .tlsEngine(engine)
                    .metrics(registry)
                    .accessLog(log)
                    .build());
            proxy = made;
        }
        return made;
    }

    private RawOrigin origin() throws IOException {
        return opened.open(RawOrigin.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
    }

    private static ServerTls.Certificate pem(X509Bundle bundle) {
        return new ServerTls.Certificate(bundle.getCertificatePathPEM(), bundle.getPrivateKeyPEM());
    }

    private double failures(String reason) {
        Double counted = registry.getSampleValue(
                "weft_downstream_tls_failures_total", new String[] {"reason"}, new String[] {reason});
        return counted == null ? -1 : counted;
    }

    /** Shows its certificate to whoever asks, also where the server names other authorities, as an attacker would. */
    private static final class ShownToAll extends X509ExtendedKeyManager {
        private final X509Bundle own;

        ShownToAll(X509Bundle own) {
            this.own = own;
        }

        @Override
        public String chooseClientAlias(String[] kinds, Principal @Nullable [] issuers, @Nullable Socket socket) {
            return "own";
        }

        @Override
        public X509Certificate[] getCertificateChain(String alias) {
            return own.getCertificatePath();
        }

        @Override
        public PrivateKey getPrivateKey(String alias) {
            return own.getKeyPair().getPrivate();
        }

        @Override
        public String[] getClientAliases(String kind, Principal @Nullable [] issuers) {
            return new String[] {"own"};
        }

        @Override
        public String[] getServerAliases(String kind, Principal @Nullable [] issuers) {
            return new String[0];
        }

        @Override
        public String chooseServerAlias(String kind, Principal @Nullable [] issuers, @Nullable Socket socket) {
            return "";
        }
    }
}
