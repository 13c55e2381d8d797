package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.proxy.model.HeaderRules;
import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.model.Lifetimes;
import dev.weft.proxy.model.ProxyConfig;
import dev.weft.proxy.model.RouteAction;
import dev.weft.proxy.model.RouteMatch;
import dev.weft.proxy.model.RouteRule;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawHttp2;
import dev.weft.proxy.testing.RawMessage;
import dev.weft.proxy.testing.Records;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A client that is still sending when its connection ends reads its answer, since what it sends is read and dropped for a while. */
class DelayedCloseTest {
    private static final int UPLOAD = 16 * 1024 * 1024;
    private static final byte[] PIECE = new byte[64 * 1024];
    private static final String POST = "POST / HTTP/1.1\r\nHost: web\r\nContent-Length: " + UPLOAD + "\r\n\r\n";

    @RegisterExtension
    private final Opened opened = new Opened();

    private HttpOptions options = HttpOptions.DEFAULT;

    @Test
    void anEarlyAnswerReachesAClientThatSendsAllOfItsBodyFirst() throws IOException {
        delayedClose(Duration.ofSeconds(30));
        RawClient client = client();

        client.send(POST);
        for (int sent = 0; sent < UPLOAD; sent += PIECE.length) {
            client.send(PIECE);
        }
        RawMessage answer = client.response();

        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.body()).isEqualTo("no");
        assertThat(client.receiveToEnd()).isEmpty();
    }

    @Test
    void butNotForLongerThanIsConfigured() throws IOException {
        delayedClose(Duration.ofMillis(150));
        RawClient client = client().send(POST);

        assertThat(client.response().status()).isEqualTo(403);
        assertResetInTheEnd(client);
    }

    @Test
    void orNotAtAll() throws IOException {
        delayedClose(Duration.ZERO);
        RawClient client = client().send(POST);

        assertThat(client.response().status()).isEqualTo(403);
        assertResetInTheEnd(client);
    }

    @Test
    void theLastResponseOfADrainedConnectionReachesAClientThatHasSentTheNextRequest() throws IOException {
        delayedClose(Duration.ofSeconds(30));
        options = options.toBuilder()
                .lifetimes(new Lifetimes(Duration.ZERO, 1, Duration.ZERO))
                .build();
        RawClient client = client();
        String get = "GET / HTTP/1.1\r\nHost: web\r\n\r\n";

        client.send(get).response();
        for (int i = 0; i < 10; i++) {
            client.send(get); // to a connection that the proxy has ended: nobody serves it, and nothing is reset
        }
        assertThat(client.receiveToEnd()).isEmpty();
    }

    @Test
    void soIsItOverHttp2() throws IOException {
        delayedClose(Duration.ofSeconds(30));
        options = options.toBuilder()
                .lifetimes(new Lifetimes(Duration.ZERO, 1, Duration.ZERO))
                .build();
        RawHttp2 client = RawHttp2.client(client().socket());
        client.headers(1, true, ":method: GET", ":scheme: http", ":authority: web", ":path: /");
        RawHttp2.Frame ping = client.read();
        while (ping.type() != RawHttp2.PING) {
            ping = client.read();
        }

        client.send(RawHttp2.PING, RawHttp2.END, 0, ping.text().getBytes(StandardCharsets.ISO_8859_1));
        for (int sent = 0; sent < UPLOAD; sent += PIECE.length) {
            client.bytes(PIECE);
        }

        RawHttp2.Frame last = client.await();
        RawHttp2.Frame frame = last;
        for (; frame.type() != RawHttp2.CONNECTION_END; frame = client.await()) {
            last = frame;
        }
        assertThat(last.type()).isEqualTo(RawHttp2.GOAWAY);
        assertThat(last.code()).isZero();
    }

    private static void assertResetInTheEnd(RawClient client) {
        assertThatThrownBy(() -> {
                    while (true) {
                        client.send(PIECE);
                    }
                })
                .isInstanceOf(SocketException.class);
    }

    private void delayedClose(Duration time) {
        options = options.toBuilder()
                .clients(Records.with(options.clients(), "delayedClose", time))
                .build();
    }

    private RawClient client() throws IOException {
        RouteRule refusing =
                new RouteRule("r", RouteMatch.ANY, new RouteAction.Respond(403, "no", "text/plain"), HeaderRules.NONE);
        ProxyConfig config =
                Setup.listen("127.0.0.1", 0).options(options).route(refusing).build();
        Proxy proxy = opened.open(Proxy.builder().loops(1).build());
        proxy.apply(config);
        return opened.open(RawClient.connect(proxy.address("http")));
    }
}
