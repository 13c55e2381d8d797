package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.model.ClusterConfig.UpstreamProtocol;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawMessage;
import dev.weft.proxy.testing.RawOrigin;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** HTTP/1.0 on either side: no chunks, no 1xx, no connection kept that was not asked for (RFC 9112, sections 6.1 and 9.3). */
class Version10Test {
    private static final String SIZED = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    private static final String CHUNKED =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nx-end: 1\r\n\r\n";

    @RegisterExtension
    private final Opened opened = new Opened();

    @Test
    void aClientThatDoesNotAskForItsConnectionLosesIt() throws IOException {
        RawClient client = client(RawOrigin.answering(SIZED));
        RawMessage response = client.send("GET / HTTP/1.0\r\n\r\n").response();

        assertThat(response.body()).isEqualTo("hello");
        assertThat(response.header("connection")).isEqualTo("close");
        assertThat(client.receiveToEnd()).isEmpty();
    }

    @Test
    void oneThatAsksKeepsItWhereTheBodysEndIsKnown() throws IOException {
        RawClient client = client(RawOrigin.answering(SIZED));
        for (int i = 0; i < 2; i++) {
            RawMessage response = client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                    .response();

            assertThat(response.body()).isEqualTo("hello");
            assertThat(response.header("connection")).isEqualTo("keep-alive");
        }
    }

    @Test
    void chunksBecomeABodyThatEndsWithTheConnection() throws IOException {
        RawClient client = client(RawOrigin.answering(CHUNKED));
        RawMessage response =
                client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").response();

        assertThat(response.header("transfer-encoding")).isNull();
        assertThat(response.header("connection")).isEqualTo("close");
        assertThat(response.body()).isEqualTo("hello");
        assertThat(response.head() + response.body()).doesNotContain("x-end");
    }

    @Test
    void interimResponsesAndUpgradesAreNotForIt() throws IOException {
        RawOrigin origin = RawOrigin.answering("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + SIZED);
        RawClient client = client(origin);
        RawMessage response = client.send(
                        "GET / HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: websocket\r\nExpect: 100-continue\r\n\r\n")
                .response();

        assertThat(response.status()).isEqualTo(200);
        assertThat(origin.requests().getFirst().header("upgrade")).isNull();
        assertThat(origin.requests().getFirst().header("connection")).isNull();
    }

    @Test
    void aRequestOfItIsSentOnAsOneOf11() throws IOException {
        RawOrigin origin = RawOrigin.answering(SIZED);
        client(origin).send("POST /a HTTP/1.0\r\nContent-Length: 2\r\n\r\nok").response();

        RawMessage request = origin.requests().getFirst();
        assertThat(request.startLine()).isEqualTo("POST /a HTTP/1.1");
        assertThat(request.count("host")).isOne();
        assertThat(request.body()).isEqualTo("ok");
    }

    /** RFC 9112, section 3.3; and over HTTP/2 every request names a host (RFC 9113, section 8.3.1). */
    @Test
    void aRequestWithoutAHostIsForTheAddressThatItCameToOverHttp2Too() throws IOException {
        RawOrigin origin = opened.open(RawOrigin.answering(SIZED));
        Proxy last = opened.open(Proxy.builder().loops(1).build());
        last.apply(Setup.listen("127.0.0.1", 0).to("127.0.0.1:" + origin.port()));
        String next = "127.0.0.1:" + last.address("http").getPort();
        Proxy first = opened.open(Proxy.builder().loops(1).build());
        first.apply(Setup.listen("127.0.0.1", 0)
                .cluster("next", next)
                .protocol(UpstreamProtocol.HTTP2)
                .and()
                .route("/", "next")
                .build());
        RawClient client = opened.open(RawClient.connect(first.address("http")));

        assertThat(client.send("GET / HTTP/1.0\r\n\r\n").response().body()).isEqualTo("hello");
        assertThat(origin.requests().getFirst().header("host"))
                .isEqualTo("127.0.0.1:" + first.address("http").getPort());
    }

    @Test
    void anOriginOfItEndsItsBodyWithTheConnection() throws IOException {
        RawOrigin origin = RawOrigin.following(wire -> {
            wire.request();
            wire.send("HTTP/1.0 200 OK\r\n\r\nhello");
        });
        RawClient client = client(origin);
        for (int i = 1; i <= 2; i++) {
            RawMessage response =
                    client.send("GET / HTTP/1.1\r\nHost: web\r\n\r\n").response();

            assertThat(response.body()).isEqualTo("hello");
            assertThat(response.header("transfer-encoding")).isEqualTo("chunked");
            assertThat(origin.connections()).isEqualTo(i);
        }
    }

    @Test
    void anOriginOfItThatKeepsItsConnectionIsUsedAgain() throws IOException {
        RawOrigin origin =
                RawOrigin.answering("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello");
        RawClient client = client(origin);
        for (int i = 0; i < 2; i++) {
            assertThat(client.send("GET / HTTP/1.1\r\nHost: web\r\n\r\n")
                            .response()
                            .body())
                    .isEqualTo("hello");
        }
        assertThat(origin.connections()).isOne();
    }

    private RawClient client(RawOrigin origin) throws IOException {
        opened.open(origin);
        Proxy proxy = opened.open(Proxy.builder().loops(1).build());
        proxy.apply(Setup.listen("127.0.0.1", 0).to("127.0.0.1:" + origin.port()));
        return opened.open(RawClient.connect(proxy.address("http")));
    }
}
