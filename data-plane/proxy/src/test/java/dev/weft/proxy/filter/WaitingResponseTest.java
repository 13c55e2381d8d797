package dev.weft.proxy.filter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.Proxy;
import dev.weft.proxy.Setup;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawMessage;
import dev.weft.proxy.testing.RawOrigin;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A response that a filter lets wait is still that response when other requests have used its connection meanwhile. */
class WaitingResponseTest {
    @RegisterExtension
    private final Opened opened = new Opened();

    /** Holds back what answers {@code /waiting}. */
    private static final class Holding implements Filter {
        final CompletableFuture<RequestExchange> held = new CompletableFuture<>();

        @Override
        public Next responseHead(RequestExchange exchange, ResponseHead head, boolean end) {
            if (!exchange.request().path().equals("/waiting")) {
                return Next.CONTINUE;
            }
            held.complete(exchange);
            return Next.WAIT;
        }

        void letGo() {
            RequestExchange exchange = held.join();
            exchange.loop().execute(exchange::proceed);
        }
    }

    private void keepsItsHead(String body) throws IOException {
        RawOrigin origin = opened.open(RawOrigin.following(wire -> {
            for (RawMessage request = wire.request(); request != null; request = wire.request()) {
                String answers = request.startLine().split(" ")[1];
                wire.send("HTTP/1.1 200 OK\r\nX-Answers: " + answers + "\r\nContent-Length: " + body.length()
                        + "\r\n\r\n" + body);
            }
        }));
        Holding holding = new Holding();
        Proxy proxy = opened.open(Proxy.builder().loops(1).filter(holding).build());
        proxy.apply(Setup.listen("127.0.0.1", 0).to("127.0.0.1:" + origin.port()));

        RawClient waiting = opened.open(RawClient.connect(proxy.address("http")))
                .send("GET /waiting HTTP/1.1\r\nHost: web\r\n\r\n");
        holding.held.join();
        RawMessage other = opened.open(RawClient.connect(proxy.address("http")))
                .send("GET /other HTTP/1.1\r\nHost: web\r\n\r\n")
                .response();
        holding.letGo();
        RawMessage late = waiting.response();

        assertThat(other.header("x-answers")).isEqualTo("/other");
        assertThat(late.header("x-answers")).isEqualTo("/waiting");
        assertThat(late.body()).isEqualTo(body);
        assertThat(origin.connections()).isEqualTo(1);
    }

    @Test
    void whereItIsNothingButAHead() throws IOException {
        keepsItsHead("");
    }

    @Test
    void whereItHasABody() throws IOException {
        keepsItsHead("hello");
    }
}
