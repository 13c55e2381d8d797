package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.model.ClusterConfig.UpstreamProtocol;
import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawMessage;
import dev.weft.proxy.testing.RawOrigin;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What an origin learns of the client and of the way, and what a client cannot claim or take away. */
class ForwardedFieldsTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    private static final String CLAIMS =
            "X-Forwarded-For: 9.9.9.9\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil\r\n"
                    + "X-Request-Id: chosen\r\nVia: 1.0 fred\r\n";

    @RegisterExtension
    private final Opened opened = new Opened();

    private HttpOptions options = HttpOptions.DEFAULT;

    @Test
    void atTheEdgeWhatAClientClaimsIsNotTaken() throws IOException {
        RawMessage request = seen("GET / HTTP/1.1\r\nHost: web:80\r\n" + CLAIMS + "\r\n");

        assertThat(request.header("x-forwarded-for")).as("the last is true").isEqualTo("9.9.9.9, 127.0.0.1");
        assertThat(request.header("x-forwarded-proto")).isEqualTo("http");
        assertThat(request.header("x-forwarded-host")).isEqualTo("web:80");
        assertThat(request.header("x-request-id")).hasSize(36);
        assertThat(request.header("via")).isEqualTo("1.0 fred");
        for (String name : new String[] {"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-request-id"}) {
            assertThat(request.count(name)).as(name).isOne();
        }
    }

    @Test
    void behindATrustedProxyItIsPassedOn() throws IOException {
        options = options.toBuilder().useRemoteAddress(false).build();
        RawMessage request = seen("GET / HTTP/1.1\r\nHost: web\r\n" + CLAIMS + "\r\n");

        assertThat(request.header("x-forwarded-for")).isEqualTo("9.9.9.9");
        assertThat(request.header("x-forwarded-proto")).isEqualTo("https");
        assertThat(request.header("x-forwarded-host")).isEqualTo("evil");
        assertThat(request.header("x-request-id")).isEqualTo("chosen");
    }

    @Test
    void whereNothingIsClaimedItIsSaid() throws IOException {
        for (boolean atEdge : new boolean[] {true, false}) {
            options = options.toBuilder().useRemoteAddress(atEdge).build();
            RawMessage request = seen("GET / HTTP/1.1\r\nHost: web\r\n\r\n");

            assertThat(request.header("x-forwarded-for")).isEqualTo("127.0.0.1");
            assertThat(request.header("x-forwarded-proto")).isEqualTo("http");
            assertThat(request.header("x-forwarded-host")).isEqualTo("web");
            assertThat(request.header("x-request-id")).hasSize(36);
        }
    }

    /** RFC 9110, section 7.6.1: what {@code Connection} names is removed before, and only, what came with it. */
    @Test
    void connectionCannotTakeAwayWhatTheProxyAdds() throws IOException {
        options = options.toBuilder().via("weft").build();
        RawMessage request =
                seen("GET / HTTP/1.1\r\nHost: web\r\nConnection: close, Host, X-Forwarded-For, X-Forwarded-Proto,"
                        + " X-Forwarded-Host, X-Request-Id, Via, X-Own\r\nX-Own: 1\r\n" + CLAIMS + "\r\n");

        assertThat(request.header("host")).isEqualTo("web");
        assertThat(request.header("x-forwarded-for")).isEqualTo("9.9.9.9, 127.0.0.1");
        assertThat(request.header("x-forwarded-proto")).isEqualTo("http");
        assertThat(request.header("x-forwarded-host")).isEqualTo("web");
        assertThat(request.header("x-request-id")).hasSize(36);
        assertThat(request.head()).contains("via: 1.0 fred\r\n", "via: 1.1 weft\r\n");
        assertThat(request.header("x-own")).isNull();
        assertThat(request.header("connection")).isNull();
    }

    /** RFC 9112, section 3.2.2. */
    @Test
    void absoluteFormWinsOverHostAndWhatIsForwardedAgrees() throws IOException {
        RawMessage request = seen("GET http://other:81/a HTTP/1.1\r\nHost: web\r\n\r\n");

        assertThat(request.startLine()).isEqualTo("GET /a HTTP/1.1");
        assertThat(request.header("host")).isEqualTo("other:81");
        assertThat(request.count("host")).isOne();
        assertThat(request.header("x-forwarded-host")).isEqualTo("other:81");
    }

    @Test
    void credentialsForAProxyEndHere() throws IOException {
        RawMessage request =
                seen("GET / HTTP/1.1\r\nHost: web\r\nProxy-Authorization: Basic x\r\nAuthorization: Basic y\r\n\r\n");

        assertThat(request.header("proxy-authorization")).isNull();
        assertThat(request.header("authorization")).isEqualTo("Basic y");
    }

    /** RFC 9110, section 7.6.3: each hop names the version of the message that it received. */
    @Test
    void viaNamesTheVersionThatWasReceived() throws IOException {
        options = options.toBuilder().via("weft").build();
        RawOrigin origin = opened.open(RawOrigin.answering(OK));
        Proxy last = proxyTo(origin.port(), UpstreamProtocol.HTTP1);
        Proxy first = proxyTo(last.address("http").getPort(), UpstreamProtocol.HTTP2);
        RawClient client = opened.open(RawClient.connect(first.address("http")));

        RawMessage response =
                client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").response();

        assertThat(response.head()).contains("via: 1.1 weft\r\n", "via: 2 weft\r\n");
        assertThat(origin.requests().getFirst().head()).contains("via: 2 weft\r\n");
    }

    private RawMessage seen(String request) throws IOException {
        RawOrigin origin = opened.open(RawOrigin.answering(OK));
        RawClient client = opened.open(
                RawClient.connect(proxyTo(origin.port(), UpstreamProtocol.HTTP1).address("http")));
        assertThat(client.send(request).response().status()).isEqualTo(200);
        return origin.requests().getFirst();
    }

    private Proxy proxyTo(int port, UpstreamProtocol protocol) {
        Proxy proxy = opened.open(Proxy.builder().loops(1).build());
        proxy.apply(Setup.listen("127.0.0.1", 0)
                .options(options)
                .cluster("web", "127.0.0.1:" + port)
                .protocol(protocol)
                .and()
                .route("/", "web")
                .build());
        return proxy;
    }
}
