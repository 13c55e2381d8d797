package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawOrigin;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Pipelined requests are answered in their order, however differently long they take (RFC 9112, section 9.3.2). */
class PipelineOrderTest {
    @RegisterExtension
    private final Opened opened = new Opened();

    private final CountDownLatch slow = new CountDownLatch(1);

    @Test
    void whatIsFastWaitsForWhatIsSlowBeforeIt() throws IOException {
        RawClient client = client();
        client.send(get("/slow") + get("/fast") + get("/nowhere") + head("/fast") + get("/fast"));
        client.socket().setSoTimeout(300);
        assertThatThrownBy(client::response).isInstanceOf(SocketTimeoutException.class);
        client.socket().setSoTimeout(10_000);
        slow.countDown();

        assertThat(client.response().body()).isEqualTo("slow");
        assertThat(client.response().body()).isEqualTo("fast");
        assertThat(client.response().status()).isEqualTo(404);
        assertThat(client.responseHead().status()).isEqualTo(200);
        assertThat(client.response().body()).isEqualTo("fast");
    }

    @Test
    void whatIsNoRequestIsAnsweredAfterThoseBeforeIt() throws IOException {
        RawClient client = client();
        slow.countDown();
        client.send(get("/slow") + get("/fast") + "GET / HTTP/1.1\r\nHost : web\r\n\r\n" + get("/fast"));

        assertThat(client.response().body()).isEqualTo("slow");
        assertThat(client.response().body()).isEqualTo("fast");
        assertThat(client.response().status()).isEqualTo(400);
        assertThat(client.receiveToEnd()).isEmpty();
    }

    @Test
    void aBodyBetweenThemBelongsToItsOwn() throws IOException {
        RawClient client = client();
        slow.countDown();
        String inner = get("/evil");
        client.send("POST /echo HTTP/1.1\r\nHost: web\r\nContent-Length: " + inner.length() + "\r\n\r\n" + inner
                + "POST /echo HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
                + get("/fast"));

        assertThat(client.response().body()).isEqualTo(inner);
        assertThat(client.response().body()).isEqualTo("ok");
        assertThat(client.response().body()).isEqualTo("fast");
    }

    private static String get(String path) {
        return "GET " + path + " HTTP/1.1\r\nHost: web\r\n\r\n";
    }

    private static String head(String path) {
        return "HEAD " + path + " HTTP/1.1\r\nHost: web\r\n\r\n";
    }

    private RawClient client() throws IOException {
        RawOrigin origin = opened.open(RawOrigin.following(wire -> {
            for (var request = wire.request(); request != null; request = wire.request()) {
                String[] line = request.startLine().split(" ");
                if (line[1].equals("/slow")) {
                    awaitSlow();
                }
                String body = line[1].equals("/echo") ? request.body() : line[1].substring(1);
                wire.send("HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n"
                        + (line[0].equals("HEAD") ? "" : body));
            }
        }));
        Proxy proxy = opened.open(Proxy.builder().loops(1).build());
        proxy.apply(Setup.listen("127.0.0.1", 0)
                .cluster("web", "127.0.0.1:" + origin.port())
                .and()
                .route("/slow", "web")
                .route("/fast", "web")
                .route("/echo", "web")
                .build());
        return opened.open(RawClient.connect(proxy.address("http")));
    }

    private void awaitSlow() throws IOException {
        try {
            slow.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }
}
