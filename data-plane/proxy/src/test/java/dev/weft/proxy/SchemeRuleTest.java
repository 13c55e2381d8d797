package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.model.ClientRules;
import dev.weft.proxy.model.ClientRules.SchemeRule;
import dev.weft.proxy.model.ClientTls;
import dev.weft.proxy.model.ClusterConfig.UpstreamProtocol;
import dev.weft.proxy.model.HeaderRules;
import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.model.RouteAction;
import dev.weft.proxy.model.RouteMatch;
import dev.weft.proxy.model.RouteRule;
import dev.weft.proxy.testing.Call;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawOrigin;
import dev.weft.proxy.testing.Records;
import dev.weft.proxy.testing.Served;
import dev.weft.proxy.testing.TestAuthority;
import dev.weft.proxy.testing.Version;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The scheme that a request is routed by, and that its origin sees. Clients here speak plain text and call it {@code http}. */
class SchemeRuleTest {
    private static final RouteRule REDIRECT = new RouteRule(
            "r",
            RouteMatch.ANY,
            new RouteAction.Redirect(
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.of("/elsewhere"),
                    Optional.empty(),
                    false,
                    302),
            HeaderRules.NONE);

    @RegisterExtension
    private final Opened opened = new Opened();

    @ParameterizedTest
    @EnumSource
    void itIsTheClientsUnlessItIsSaid(Version version) throws Exception {
        assertThat(seen(version, SchemeRule.KEEP, false)).isEqualTo("http, forwarded http");
    }

    @ParameterizedTest
    @EnumSource
    void itMayBeOverwrittenAsWhereTlsEndsBeforeUs(Version version) throws Exception {
        assertThat(seen(version, SchemeRule.HTTPS, false)).isEqualTo("https, forwarded https");
        assertThat(seen(version, SchemeRule.HTTP, true)).isEqualTo("http, forwarded http");
    }

    @ParameterizedTest
    @EnumSource
    void itMayBeThatOfTheConnectionToTheOrigin(Version version) throws Exception {
        assertThat(seen(version, SchemeRule.OF_UPSTREAM, true)).isEqualTo("https, forwarded http");
        assertThat(seen(version, SchemeRule.OF_UPSTREAM, false)).isEqualTo("http, forwarded http");
    }

    @Test
    void aRedirectIsByTheOverwrittenOne() throws Exception {
        Setup setup = Setup.listen("127.0.0.1", 0).options(options(SchemeRule.HTTPS));
        Call.Client client = client(Version.HTTP_1, setup.route(REDIRECT));

        assertThat(client.call(true, "GET", "/").answer().field("location")).isEqualTo("https://web/elsewhere");
    }

    private static HttpOptions options(SchemeRule rule) {
        return HttpOptions.builder()
                .clients(Records.with(ClientRules.DEFAULT, "scheme", rule))
                .build();
    }

    /** What an origin of HTTP/2, which is the version that tells it, is told. */
    private String seen(Version version, SchemeRule rule, boolean tlsToOrigin) throws Exception {
        TestAuthority authority = new TestAuthority("ours");
        RawOrigin origin = opened.open(Served.origin(
                Version.HTTP_2,
                tlsToOrigin ? secured(authority) : new ServerSocket(0, 100, InetAddress.getLoopbackAddress()),
                request -> {
                    String text = request.field(":scheme") + ", forwarded " + request.field("x-forwarded-proto");
                    request.respond(200, false, "content-length: " + text.length())
                            .send(text, true);
                }));
        Setup setup = Setup.listen("127.0.0.1", 0).options(options(rule));
        Setup.Cluster cluster =
                setup.cluster("web", "127.0.0.1:" + origin.port()).protocol(UpstreamProtocol.HTTP2);
        if (tlsToOrigin) {
            cluster.tls(new ClientTls("web", Optional.of(authority.pem()), List.of(), List.of("h2"), Optional.empty()));
        }
        return client(version, setup.route("/", "web"))
                .call(true, "GET", "/")
                .answer()
                .body();
    }

    private Call.Client client(Version version, Setup setup) throws IOException {
        Proxy proxy = opened.open(Proxy.builder().loops(1).build());
        proxy.apply(setup.build());
        InetSocketAddress address = proxy.address("http");
        return opened.open(Call.client(version, new Socket(address.getAddress(), address.getPort())));
    }

    private static ServerSocket secured(TestAuthority authority) throws Exception {
        SSLServerSocket listener =
                TestAuthority.listen(authority.issue("web", "spiffe://origin"), authority.counting());
        listener.setWantClientAuth(false);
        SSLParameters parameters = listener.getSSLParameters();
        parameters.setApplicationProtocols(new String[] {"h2"});
        listener.setSSLParameters(parameters);
        return listener;
    }
}
