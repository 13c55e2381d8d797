package dev.weft.proxy.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.proxy.Proxy;
import dev.weft.proxy.Setup;
import dev.weft.proxy.model.ClientCertificateForwarding;
import dev.weft.proxy.model.ClientCertificateForwarding.Detail;
import dev.weft.proxy.model.ClientCertificateForwarding.Mode;
import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.model.ServerTls;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawOrigin;
import dev.weft.proxy.testing.TestAuthority;
import dev.weft.proxy.tls.TlsEngine;
import io.netty.pkitesting.X509Bundle;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What an origin is told of the client's certificate, in each mode, with and without one. */
@ParameterizedClass
@EnumSource(TlsEngine.class)
class ForwardedCertificateTest {
    private static final String CLAIMED = "By=spiffe://mesh/edge;Hash=00";
    private static final String GET =
            "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-Client-Cert: " + CLAIMED + "\r\nX-Other: b\r\n\r\n";

    @RegisterExtension
    private final Opened opened = new Opened();

    @Parameter
    private TlsEngine engine = TlsEngine.JDK;

    private final TestAuthority authority = new TestAuthority("ours");
    private final X509Bundle server = authority.issue("a.example", "spiffe://mesh/us");
    private final X509Bundle client = authority.issue("b.example", "spiffe://mesh/client");
    private @Nullable RawOrigin origin;
    private @Nullable SSLContext shown;
    private @Nullable SSLContext anonymous;

    @BeforeEach
    void open() throws Exception {
        origin = opened.open(RawOrigin.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
        shown = context(true);
        anonymous = context(false);
    }

    private SSLContext context(boolean withCertificate) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(
                withCertificate ? client.toKeyManagerFactory().getKeyManagers() : null,
                new TrustManager[] {authority.counting()},
                null);
        return context;
    }

    private Proxy proxy(boolean tls, ClientCertificateForwarding forwarding) {
        Proxy proxy = opened.open(Proxy.builder().loops(1).tlsEngine(engine).build());
        Setup setup = Setup.listen("127.0.0.1", 0)
                .options(HttpOptions.builder().clientCertificate(forwarding).build());
        if (tls) {
            setup.tls(new ServerTls(
                    List.of(TestAuthority.pem(server)),
                    List.of(),
                    Optional.of(new ServerTls.Clients(authority.pem(), List.of(), false))));
        }
        proxy.apply(setup.to("127.0.0.1:" + opened(origin).port()));
        return proxy;
    }

    private static <T> T opened(@Nullable T made) {
        return java.util.Objects.requireNonNull(made);
    }

    /** What the origin gets of a request with that context; in plain text where there is none. */
    private @Nullable String forwarded(Mode mode, @Nullable SSLContext context, Detail... details) throws Exception {
        Proxy proxy = proxy(context != null, new ClientCertificateForwarding(mode, List.of(details)));
        return forwarded(proxy, context);
    }

    private @Nullable String forwarded(Proxy proxy, @Nullable SSLContext context) throws Exception {
        try (RawClient raw = context == null
                ? RawClient.connect(proxy.address("http"))
                : RawClient.over(context.getSocketFactory()
                        .createSocket("127.0.0.1", proxy.address("http").getPort()))) {
            assertThat(raw.send(GET).response().status()).isEqualTo(200);
        }
        var received = opened(origin).requests().getLast();
        assertThat(received.header("x-other")).isEqualTo("b");
        assertThat(received.count("x-forwarded-client-cert")).isLessThan(2);
        return received.header("x-forwarded-client-cert");
    }

    private String own() throws Exception {
        return "By=spiffe://mesh/us;Hash="
                + HexFormat.of()
                        .formatHex(MessageDigest.getInstance("SHA-256")
                                .digest(client.getCertificate().getEncoded()));
    }

    @Test
    void byDefaultAClientCannotClaimToBeAnyone() throws Exception {
        for (SSLContext context : new SSLContext[] {null, opened(anonymous), opened(shown)}) {
            assertThat(forwarded(proxy(context != null, ClientCertificateForwarding.DEFAULT), context))
                    .isNull();
        }
    }

    @Test
    void withoutACertificateNothingIsPassedOnExceptWhereThatIsAlwaysSo() throws Exception {
        for (Mode mode : Mode.values()) {
            String expected = mode == Mode.ALWAYS_FORWARD_ONLY ? CLAIMED : null;
            assertThat(forwarded(mode, null)).as(mode.name()).isEqualTo(expected);
            assertThat(forwarded(mode, anonymous)).as(mode.name()).isEqualTo(expected);
        }
    }

    @Test
    void withACertificateTheModeSaysWhatIsPassedOn() throws Exception {
        assertThat(forwarded(Mode.SANITIZE, shown)).isNull();
        assertThat(forwarded(Mode.FORWARD_ONLY, shown)).isEqualTo(CLAIMED);
        assertThat(forwarded(Mode.ALWAYS_FORWARD_ONLY, shown)).isEqualTo(CLAIMED);
        assertThat(forwarded(Mode.APPEND_FORWARD, shown)).isEqualTo(CLAIMED + "," + own());
        assertThat(forwarded(Mode.SANITIZE_SET, shown)).isEqualTo(own());
        assertThat(forwarded(Mode.SANITIZE_SET, shown, Detail.DNS, Detail.URI))
                .isEqualTo(own() + ";URI=spiffe://mesh/client;DNS=b.example");
    }

    @Test
    void aResumedSessionSaysTheSame() throws Exception {
        Proxy proxy = proxy(true, new ClientCertificateForwarding(Mode.SANITIZE_SET, List.of(Detail.SUBJECT)));
        for (int i = 0; i < 3; i++) {
            assertThat(forwarded(proxy, shown)).isEqualTo(own() + ";Subject=\"CN=b.example\"");
        }
    }

    @Test
    void detailsThatNobodyWritesAreRefused() {
        assertThatThrownBy(() -> new ClientCertificateForwarding(Mode.SANITIZE, List.of(Detail.URI)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("set_current_client_cert_details: set beside SANITIZE");
    }
}
