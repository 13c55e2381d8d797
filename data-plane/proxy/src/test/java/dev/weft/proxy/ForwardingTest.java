package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.model.ClusterConfig.UpstreamProtocol;
import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawMessage;
import dev.weft.proxy.testing.RawOrigin;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a request and its response look like on the other side, over real sockets. */
class ForwardingTest {
    private static final String HELLO = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Origin: yes\r\n\r\nhello";

    @RegisterExtension
    private final Opened opened = new Opened();

    @Test
    void aRequestReachesTheOriginAndItsResponseTheClient() throws IOException {
        RawOrigin origin = opened.open(RawOrigin.answering(HELLO));
        RawClient client = client(proxyTo(origin));

        RawMessage response = client.send("GET /a?b=c HTTP/1.1\r\nHost: web\r\nX-Mine: 1\r\n\r\n")
                .response();

        assertThat(response.status()).isEqualTo(200);
        assertThat(response.body()).isEqualTo("hello");
        assertThat(response.header("x-origin")).isEqualTo("yes");
        RawMessage request = origin.requests().get(0);
        assertThat(request.startLine()).isEqualTo("GET /a?b=c HTTP/1.1");
        assertThat(request.header("host")).isEqualTo("web");
        assertThat(request.header("x-mine")).isEqualTo("1");
        assertThat(request.header("x-forwarded-for")).isEqualTo("127.0.0.1");
        assertThat(request.header("x-forwarded-proto")).isEqualTo("http");
        assertThat(request.header("x-forwarded-host")).isEqualTo("web");
        assertThat(request.header("x-request-id")).hasSize(36);
    }

    @Test
    void aKeptConnectionServesManyRequestsOverOneUpstreamConnection() throws IOException {
        RawOrigin origin = opened.open(RawOrigin.answering(HELLO));
        RawClient client = client(proxyTo(origin));
        for (int i = 0; i < 20; i++) {
            assertThat(client.send("GET /" + i + " HTTP/1.1\r\nHost: web\r\n\r\n")
                            .response()
                            .body())
                    .isEqualTo("hello");
        }

        assertThat(origin.connections()).isEqualTo(1);
        assertThat(origin.requests()).hasSize(20);
    }

    @Test
    void pipelinedRequestsAreAnsweredInOrder() throws IOException {
        RawOrigin origin = opened.open(RawOrigin.following(wire -> {
            for (RawMessage request = wire.request(); request != null; request = wire.request()) {
                String path = request.startLine().split(" ")[1];
                wire.send("HTTP/1.1 200 OK\r\nContent-Length: " + path.length() + "\r\n\r\n" + path);
            }
        }));
        RawClient client = client(proxyTo(origin));
        StringBuilder requests = new StringBuilder();
        for (int i = 0; i < 10; i++) {
            requests.append("GET /").append(i).append(" HTTP/1.1\r\nHost: web\r\n\r\n");
        }
        client.send(requests.toString());

        for (int i = 0; i < 10; i++) {
            assertThat(client.response().body()).isEqualTo("/" + i);
        }
    }

    @Test
    void bodiesPassInBothFramings() throws IOException {
        RawOrigin origin = opened.open(
                RawOrigin.answering(
                        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: x-end\r\n\r\n3\r\nabc\r\n0\r\nx-end: 1\r\n\r\n"));
        RawClient client = client(proxyTo(origin));

        RawMessage sized = client.send("POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 4\r\n\r\nbody")
                .response();
        RawMessage chunked = client.send("POST / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + "2\r\nbo\r\n2\r\ndy\r\n0\r\nx-sum: 2\r\n\r\n")
                .response();

        assertThat(sized.body()).isEqualTo("abc");
        assertThat(sized.trailers()).isEqualTo("x-end: 1\r\n");
        assertThat(chunked.body()).isEqualTo("abc");
        assertThat(origin.requests()).extracting(RawMessage::body).containsExactly("body", "body");
        assertThat(origin.requests().get(1).trailers()).isEqualTo("x-sum: 2\r\n");
    }

    @Test
    void anInterimResponsePassesBeforeTheFinalOne() throws IOException {
        RawOrigin origin = opened.open(RawOrigin.following(wire -> {
            wire.requestHead();
            wire.send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n");
            wire.receive(4);
            wire.send(HELLO);
        }));
        RawClient client = client(proxyTo(origin));
        client.send("PUT / HTTP/1.1\r\nHost: web\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");

        assertThat(client.response().status()).isEqualTo(103);
        assertThat(client.response().status()).isEqualTo(100);
        assertThat(client.send("body").response().status()).isEqualTo(200);
        assertThat(origin.requests().get(0).header("expect")).isEqualTo("100-continue");
    }

    @Test
    void aResponseToHeadHasNoBody() throws IOException {
        RawOrigin origin = opened.open(RawOrigin.answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"));
        RawClient client = client(proxyTo(origin));

        assertThat(client.send("HEAD / HTTP/1.1\r\nHost: web\r\n\r\n")
                        .responseHead()
                        .header("content-length"))
                .isEqualTo("5");
        assertThat(client.send("HEAD / HTTP/1.1\r\nHost: web\r\n\r\n")
                        .responseHead()
                        .status())
                .isEqualTo(200);
    }

    @Test
    void anOriginThatListensNoMoreIsAnsweredWith503() throws IOException {
        RawOrigin origin = RawOrigin.answering(HELLO);
        String address = "127.0.0.1:" + origin.port();
        origin.close();
        Proxy proxy = proxy();
        proxy.apply(setup().to(address));

        RawMessage response =
                client(proxy).send("GET / HTTP/1.1\r\nHost: web\r\n\r\n").response();

        assertThat(response.status()).isEqualTo(503);
        assertThat(response.body()).isEqualTo("upstream cannot be reached\n");
    }

    @Test
    void whatNoRouteMatchesIsAnsweredWith404() throws IOException {
        Proxy proxy = proxy();
        proxy.apply(
                setup().cluster("a", "127.0.0.1:1").and().route("/only", "a").build());

        assertThat(client(proxy)
                        .send("GET / HTTP/1.1\r\nHost: web\r\n\r\n")
                        .response()
                        .status())
                .isEqualTo(404);
    }

    @Test
    void everyCombinationOfVersionsCarriesRequestsBothWays() throws IOException {
        RawOrigin origin = opened.open(RawOrigin.following(wire -> {
            for (RawMessage request = wire.request(); request != null; request = wire.request()) {
                String body = request.body();
                wire.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + (body.isEmpty() ? "" : Integer.toHexString(body.length()) + "\r\n" + body + "\r\n")
                        + "0\r\nx-end: 1\r\n\r\n");
            }
        }));
        // h1 -> [first] -> h2 -> [second] -> h2 -> [third] -> h1
        Proxy third = proxyTo(origin);
        Proxy second = proxyTo(third, UpstreamProtocol.HTTP2);
        Proxy first = proxyTo(second, UpstreamProtocol.HTTP2);
        RawClient client = client(first);

        for (int i = 0; i < 5; i++) {
            RawMessage posted = client.send("POST /p HTTP/1.1\r\nHost: web\r\nContent-Length: 4\r\n\r\nbod" + i)
                    .response();
            assertThat(posted.body()).isEqualTo("bod" + i);
            assertThat(posted.trailers()).isEqualTo("x-end: 1\r\n");
            RawMessage got = client.send("GET /g HTTP/1.1\r\nHost: web\r\n\r\n").response();
            assertThat(got.status()).isEqualTo(200);
        }
        assertThat(origin.requests().get(0).header("x-forwarded-for")).isEqualTo("127.0.0.1, 127.0.0.1, 127.0.0.1");
        assertThat(origin.requests().get(0).header("host")).isEqualTo("web");
    }

    @Test
    void anUpgradeBecomesATunnelOverEitherVersion() throws IOException {
        RawOrigin origin = opened.open(RawOrigin.following(wire -> {
            wire.requestHead();
            wire.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                    + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
            for (int i = 0; i < 3; i++) {
                wire.send("<" + wire.receive(5) + ">");
            }
        }));
        Proxy last = proxyTo(origin);
        for (Proxy proxy : List.of(last, proxyTo(last, UpstreamProtocol.HTTP2))) {
            RawClient client = client(proxy);
            client.send("GET /ws HTTP/1.1\r\nHost: web\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                    + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");

            assertThat(client.responseHead().status()).isEqualTo(101);
            for (int i = 0; i < 3; i++) {
                assertThat(client.send("ping" + i).receive(7)).isEqualTo("<ping" + i + ">");
            }
            assertThat(client.receiveToEnd()).isEmpty();
        }
    }

    private static Setup setup() {
        return Setup.listen("127.0.0.1", 0)
                .options(HttpOptions.builder()
                        .accessLog(HttpOptions.AccessLog.TEXT)
                        .build());
    }

    private Proxy proxy() {
        return opened.open(Proxy.builder().loops(2).build());
    }

    private Proxy proxyTo(RawOrigin origin) {
        Proxy proxy = proxy();
        proxy.apply(setup().to("127.0.0.1:" + origin.port()));
        return proxy;
    }

    private Proxy proxyTo(Proxy next, UpstreamProtocol protocol) {
        Proxy proxy = proxy();
        proxy.apply(setup().cluster("next", "127.0.0.1:" + next.address("http").getPort())
                .protocol(protocol)
                .and()
                .route("/", "next")
                .build());
        return proxy;
    }

    private RawClient client(Proxy proxy) throws IOException {
        return opened.open(RawClient.connect(proxy.address("http")));
    }
}
