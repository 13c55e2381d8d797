package dev.weft.proxy.filter;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.Proxy;
import dev.weft.proxy.Setup;
import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawMessage;
import dev.weft.proxy.testing.RawOrigin;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A filter that asks another service and waits for what it says. */
class AskingFilterTest {
    private static final HeaderName USER = HeaderName.of("x-user");
    private static final HeaderName TOKEN = HeaderName.of("x-token");
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    @RegisterExtension
    private final Opened opened = new Opened();

    private final BlockingQueue<Answer> answers = new LinkedBlockingQueue<>();

    /** Lets those pass of whom the judge says who they are. */
    private final class Asking implements Filter {
        private final String cluster;

        Asking(String cluster) {
            this.cluster = cluster;
        }

        @Override
        public Next requestHead(RequestExchange exchange, RequestHead head, boolean end) {
            RequestHead question = new RequestHead()
                    .method("POST")
                    .scheme("http")
                    .authority("judge")
                    .path("/who");
            ByteBuf token = Unpooled.copiedBuffer(String.valueOf(head.headers().get(TOKEN)), US_ASCII);
            question.headers().addAll(head.headers());
            Duration timeout = Duration.ofMillis(300);
            return exchange.ask(new ClusterName(cluster), question, token, timeout, answer -> {
                answers.add(answer);
                if (answer instanceof Answer.Response response && answer.status() == 200) {
                    head.headers().set(USER, response.body().toString(US_ASCII));
                    exchange.proceed();
                } else if (answer.status() == 418) {
                    throw new IllegalStateException("a teapot");
                } else {
                    exchange.respond(403, "text/plain", Unpooled.EMPTY_BUFFER);
                }
            });
        }
    }

    private Proxy proxy(String asked, RawOrigin judge, RawOrigin origin) {
        Proxy proxy =
                opened.open(Proxy.builder().loops(1).filter(new Asking(asked)).build());
        proxy.apply(Setup.listen("127.0.0.1", 0)
                .cluster("judge", "127.0.0.1:" + judge.port())
                .and()
                .to("127.0.0.1:" + origin.port()));
        return proxy;
    }

    private RawMessage post(Proxy proxy) throws IOException {
        return opened.open(RawClient.connect(proxy.address("http")))
                .send("POST / HTTP/1.1\r\nHost: web\r\nX-Token: t\r\nContent-Length: 4\r\n\r\nbody")
                .response();
    }

    private Answer told() throws InterruptedException {
        Answer answer = answers.poll(10, TimeUnit.SECONDS);
        assertThat(answer).isNotNull();
        return answer;
    }

    @Test
    void goesOnWithWhatTheAnswerSays() throws IOException {
        RawOrigin judge = opened.open(RawOrigin.answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nalice"));
        RawOrigin origin = opened.open(RawOrigin.answering(OK));
        Proxy proxy = proxy("judge", judge, origin);

        assertThat(post(proxy).body()).isEqualTo("ok");
        assertThat(post(proxy).body()).isEqualTo("ok");
        assertThat(judge.requests().getFirst().body()).isEqualTo("t");
        assertThat(origin.requests().getFirst().header("x-user")).isEqualTo("alice");
        assertThat(origin.requests().getFirst().body()).isEqualTo("body");
    }

    @Test
    void answersItselfWhereTheAnswerForbidsIt() throws IOException {
        RawOrigin judge = opened.open(RawOrigin.answering("HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n"));
        RawOrigin origin = opened.open(RawOrigin.answering(OK));

        assertThat(post(proxy("judge", judge, origin)).status()).isEqualTo(403);
        assertThat(origin.requests()).isEmpty();
    }

    @Test
    void isToldThatThereIsNoAnswerInTime() throws Exception {
        RawOrigin judge = opened.open(RawOrigin.following(wire -> {
            wire.request();
            wire.request(); // never comes
        }));
        RawOrigin origin = opened.open(RawOrigin.answering(OK));

        assertThat(post(proxy("judge", judge, origin)).status()).isEqualTo(403);
        assertThat(told()).isEqualTo(new Answer.None("no answer of 127.0.0.1:" + judge.port() + " in time"));
    }

    @Test
    void isToldThatThereIsNobodyToAsk() throws Exception {
        RawOrigin origin = opened.open(RawOrigin.answering(OK));

        assertThat(post(proxy("unknown", origin, origin)).status()).isEqualTo(403);
        assertThat(told()).isEqualTo(new Answer.None("nobody to ask"));
    }

    @Test
    void isToldThatNobodyListens() throws Exception {
        RawOrigin judge = opened.open(RawOrigin.answering(OK));
        RawOrigin origin = opened.open(RawOrigin.answering(OK));
        judge.close();

        assertThat(post(proxy("judge", judge, origin)).status()).isEqualTo(403);
        assertThat(told()).isEqualTo(new Answer.None("no connection to 127.0.0.1:" + judge.port() + ": REFUSED"));
    }

    @Test
    void doesNotHoldAnAnswerWithoutEnd() throws Exception {
        String large = "x".repeat(70_000);
        RawOrigin judge = opened.open(
                RawOrigin.answering("HTTP/1.1 200 OK\r\nContent-Length: " + large.length() + "\r\n\r\n" + large));
        RawOrigin origin = opened.open(RawOrigin.answering(OK));

        assertThat(post(proxy("judge", judge, origin)).status()).isEqualTo(403);
        assertThat(told())
                .isEqualTo(new Answer.None("an answer of 127.0.0.1:" + judge.port() + " with more than 65536 bytes"));
    }

    @Test
    void failsAloneWhereItThrowsAtTheAnswer() throws IOException {
        RawOrigin judge = opened.open(RawOrigin.answering("HTTP/1.1 418 Tea\r\nContent-Length: 0\r\n\r\n"));
        RawOrigin origin = opened.open(RawOrigin.answering(OK));

        assertThat(post(proxy("judge", judge, origin)).status()).isEqualTo(500);
    }

    @Test
    void isNotToldOnceTheClientIsGone() throws Exception {
        RawOrigin judge = opened.open(RawOrigin.following(wire -> {
            wire.request();
            wire.request(); // never comes
        }));
        RawOrigin origin = opened.open(RawOrigin.answering(OK));
        Proxy proxy = proxy("judge", judge, origin);
        RawClient client = RawClient.connect(proxy.address("http")).send("GET / HTTP/1.1\r\nHost: web\r\n\r\n");
        Awaitility.await().until(() -> judge.requests().size() == 1);

        client.reset();

        Awaitility.await().until(() -> proxy.activeRequests() == 0);
        assertThat(answers.poll(500, TimeUnit.MILLISECONDS)).isNull();
    }
}
