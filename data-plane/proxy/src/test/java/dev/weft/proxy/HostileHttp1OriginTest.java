package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.model.HeaderRules;
import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.model.HttpOptions.AccessLog;
import dev.weft.proxy.model.ProxyConfig;
import dev.weft.proxy.model.RouteAction;
import dev.weft.proxy.model.RouteMatch;
import dev.weft.proxy.model.RouteRule;
import dev.weft.proxy.testing.Answer;
import dev.weft.proxy.testing.Call;
import dev.weft.proxy.testing.ObservedProxy;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawMessage;
import dev.weft.proxy.testing.RawOrigin;
import dev.weft.proxy.testing.Records;
import dev.weft.proxy.testing.Version;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * An HTTP/1 origin that is broken or means harm, behind a whole proxy: the client gets a response that is ours or one that is visibly
 * cut, never one that is not the origin's answer to it; the log says why; the connection serves nobody else; and a request that is
 * under way beside it notices nothing.
 */
@ParameterizedClass
@EnumSource(Version.class)
class HostileHttp1OriginTest {
    private static final String FINE = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine";

    @RegisterExtension
    private final Opened opened = new Opened();

    @Parameter
    private Version client = Version.HTTP_1;

    private Duration routeTimeout = Duration.ofSeconds(15);
    private @Nullable RawOrigin origin;
    private @Nullable ObservedProxy proxy;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello",
                "HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello",
                "HTTP/1.1 200 OK\r\nContent-Length: 0x5\r\n\r\nhello",
                "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nhello",
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\nhello",
                "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 0\n\n",
                "HTTP/1.1 200 OK\r\nX: a\rSet-Cookie: x\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nX: a\u0000b\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 200 O\u0000K\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nX : a\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 200 OK\r\n: a\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 200 OK\r\n folded: a\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
                "HTTP/1.1 101 Switching Protocols\r\n\r\n",
                "HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 099 X\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 600 X\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 2000 X\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1  200 OK\r\nContent-Length: 0\r\n\r\n",
                "ICY 200 OK\r\nContent-Length: 0\r\n\r\n",
                "SSH-2.0-OpenSSH_9.6\r\n",
                "\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
                "\u0000\u0000\u0012\u0004\u0000\u0000\u0000\u0000\u0000",
            })
    void aHeadThatIsNoneIsAnsweredWith502(String bytes) throws IOException {
        assertRefused(bytes);
    }

    @Test
    void aHeadWithoutMeasureIsAnsweredWith502() throws IOException {
        assertRefused("HTTP/1.1 200 OK\r\nX: " + "x".repeat(70_000));
    }

    @Test
    void aHeadOfTooManyFieldsIsAnsweredWith502() throws IOException {
        assertRefused("HTTP/1.1 200 OK\r\n" + "X: y\r\n".repeat(101) + "\r\n");
    }

    @Test
    void aStatusLineWithoutMeasureIsAnsweredWith502() throws IOException {
        assertRefused("HTTP/1.1 200 " + "x".repeat(9_000));
    }

    @Test
    void interimResponsesWithoutEndAreAnsweredWith502() throws IOException {
        Answer answer = assertRefused("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".repeat(1_000));

        assertThat(answer.interims()).hasSize(100);
    }

    private Answer assertRefused(String bytes) throws IOException {
        try (Beside beside = new Beside(wire -> wire.send(bytes).receiveToEnd())) {
            Answer answer = beside.client.call(true, "GET", "/hostile").answer();

            assertThat(answer.status()).isEqualTo(502);
            assertThat(answer.body()).isEqualTo("upstream sent an invalid response\n");
            assertThat(answer.fields())
                    .noneMatch(field -> field.toLowerCase(Locale.ROOT).startsWith("set-cookie"));
            beside.assertUnaffected(answer, "\"failure\":\"UPE\"", "broke the protocol before a response");
            return answer;
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
            })
    void aBodyThatEndsEarlyIsCutForTheClientToo(String bytes) throws IOException {
        assertCut(bytes, "\"failure\":\"UC\"", "closed the connection in the middle of its response");
    }

    @Test
    void aResetIsNotTheEndOfABodyThatEndsWithItsConnection() throws IOException {
        CountDownLatch read = new CountDownLatch(1);
        Beside beside = opened.open(new Beside(wire -> {
            wire.send("HTTP/1.1 200 OK\r\n\r\nhello");
            awaitQuietly(read);
            wire.socket().setSoLinger(true, 0);
        }));
        Call call = beside.client.call(true, "GET", "/hostile");
        call.head();
        assertThat(call.receive(5)).isEqualTo("hello");
        read.countDown();
        Answer answer = call.answer();

        assertThat(answer.whole()).isFalse();
        beside.assertUnaffected(answer, "\"failure\":\"UC\"", "closed the connection in the middle of its response");
    }

    @Test
    void aSuccessThatIsNoSwitchIsNeverTakenForATunnel() throws IOException {
        try (Beside beside = new Beside(wire ->
                wire.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello").receiveToEnd())) {
            Answer answer = beside.client.webSocket("/hostile").answer();

            assertThat(answer.status()).isEqualTo(client == Version.HTTP_2 ? 502 : 200);
            if (client == Version.HTTP_2) {
                beside.assertUnaffected(answer, "\"failure\":\"UPE\"");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloworld\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX : y\r\n\r\n",
            })
    void chunksThatAreNoneCutTheResponse(String bytes) throws IOException {
        assertCut(bytes, "\"failure\":\"UPE\"", "broke the protocol in the middle of its response");
    }

    @Test
    void trailersWithoutMeasureCutTheResponse() throws IOException {
        assertCut(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: " + "x".repeat(70_000),
                "\"failure\":\"UPE\"",
                "broke the protocol in the middle of its response");
    }

    private void assertCut(String bytes, String... logged) throws IOException {
        try (Beside beside = new Beside(wire -> wire.send(bytes))) {
            Answer answer = beside.client.call(true, "GET", "/hostile").answer();

            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.whole()).isFalse();
            beside.assertUnaffected(answer, logged);
        }
    }

    /** Nothing says that it was not processed, but a GET may be sent again, which is done as often as it is safe. */
    @ParameterizedTest
    @ValueSource(strings = {"", "HTTP/1.1 2", "HTTP/1.1 200 OK\r\nContent-Le"})
    void aHeadThatEndsEarlyIsAnsweredWith503(String bytes) throws IOException {
        try (Beside beside = new Beside(wire -> wire.send(bytes))) {
            Answer answer = beside.client.call(true, "GET", "/hostile").answer();

            assertThat(answer.status()).isEqualTo(503);
            beside.assertUnaffected(answer, "\"failure\":\"UC\"", "closed the connection before a response");
        }
    }

    /** What is behind a response is nobody's: neither this client's nor the next one's. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                FINE + "x",
                FINE + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
                "HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\nevil",
                "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nevil\r\n0\r\n\r\n",
                "HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\nevil",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfine\r\n0\r\n\r\nevil",
            })
    void bytesBehindAResponseAreNoAnswerToTheNextRequest(String bytes) throws IOException {
        try (Beside beside = new Beside(wire -> wire.send(bytes).receiveToEnd())) {
            Answer answer = beside.client.call(true, "GET", "/hostile").answer();

            assertThat(answer.whole()).isTrue();
            assertThat(answer.body()).isIn("fine", "");
            beside.assertUnaffected(answer, "\"failure\":null");
        }
    }

    @Test
    void bytesOfABodyBehindTheAnswerToHeadAreNoAnswerToTheNextRequest() throws IOException {
        try (Beside beside = new Beside(wire -> wire.send(FINE).receiveToEnd())) {
            Answer answer = beside.client.call(true, "HEAD", "/hostile").answer();

            assertThat(answer.field("content-length")).isEqualTo("4");
            assertThat(answer.body()).isEmpty();
            beside.assertUnaffected(answer, "\"failure\":null");
        }
    }

    @Test
    void aWholeResponseBeforeTheRequestsEndIsPassedOnAndItsConnectionNotUsedAgain() throws IOException {
        try (Beside beside = new Beside(wire -> wire.send(FINE).receiveToEnd())) {
            Call call = beside.client.call(false, "POST", "/hostile", "content-length: 10");
            call.send("begin", false);

            Answer answer = call.answer();
            assertThat(answer.body()).isEqualTo("fine");
            if (client == Version.HTTP_1) {
                call.send("going", true);
            }
            beside.assertUnaffected(answer, "\"failure\":null");
        }
    }

    @Test
    void silenceIsAnsweredWith504() throws IOException {
        routeTimeout = Duration.ofMillis(300);
        try (Beside beside = new Beside(RawOrigin.Wire::receiveToEnd)) {
            Answer answer = beside.client.call(true, "GET", "/hostile").answer();

            assertThat(answer.status()).isEqualTo(504);
            beside.assertUnaffected(answer, "\"failure\":\"UT\"", "route timeout");
        }
    }

    @Test
    void aHeadThatDripsIsAnsweredWith504() throws IOException {
        routeTimeout = Duration.ofMillis(300);
        try (Beside beside = new Beside(wire -> drip(wire, "HTTP/1.1 200 OK\r\nX: "))) {
            Answer answer = beside.client.call(true, "GET", "/hostile").answer();

            assertThat(answer.status()).isEqualTo(504);
            beside.assertUnaffected(answer, "\"failure\":\"UT\"", "route timeout");
        }
    }

    @Test
    void aBodyThatDripsIsCutAtTheRoutesTimeout() throws IOException {
        routeTimeout = Duration.ofMillis(300);
        try (Beside beside = new Beside(wire -> drip(wire, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"))) {
            Answer answer = beside.client.call(true, "GET", "/hostile").answer();

            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.whole()).isFalse();
            beside.assertUnaffected(answer, "\"failure\":\"UT\"", "route timeout");
        }
    }

    private static void drip(RawOrigin.Wire wire, String begin) throws IOException {
        wire.send(begin);
        while (true) {
            try {
                Thread.sleep(10); // the pace of a slow origin, not a wait for something
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            wire.send("x");
        }
    }

    /** A proxy whose origin is hostile to {@code /hostile} and fine to all else, and a request under way beside. */
    private final class Beside implements AutoCloseable {
        private static final String SLOW = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nslow\r\n";

        final Call.Client client;
        private final Call.Client second;
        private final Call slow;
        private final ObservedProxy observed;

        Beside(RawOrigin.Script hostile) throws IOException {
            RawOrigin serving = opened.open(RawOrigin.following(wire -> {
                for (RawMessage request = wire.requestHead(); ; request = wire.requestHead()) {
                    switch (request.startLine().split(" ")[1]) {
                        case "/hostile" -> {
                            hostile.serve(wire);
                            return;
                        }
                        case "/slow" -> wire.send(SLOW);
                        case "/more" -> wire.send(FINE);
                        default -> throw new IOException("unexpected: " + request.startLine());
                    }
                }
            }));
            origin = serving;
            observed = opened.open(new ObservedProxy(config(serving.port())));
            proxy = observed;
            client = connect();
            second = connect();
            slow = (HostileHttp1OriginTest.this.client == Version.HTTP_2 ? client : second).call(true, "GET", "/slow");
            assertThat(slow.head().status()).isEqualTo(200);
            assertThat(slow.receive(4)).isEqualTo("slow");
        }

        /** The request beside is still there, the next ones are served, and one line of the log holds all that. */
        void assertUnaffected(Answer answer, String... logged) throws IOException {
            assertThat(observed.logged(1).getFirst())
                    .contains("\"path\":\"/hostile\"")
                    .contains(logged);
            List<RawMessage> before = requests();
            boolean lives = HostileHttp1OriginTest.this.client == Version.HTTP_2 || answer.whole();
            Call.Client next = lives ? client : opened.open(connect());
            for (int i = 0; i < 3; i++) {
                assertThat(next.call(true, "GET", "/more").answer().body()).isEqualTo("fine");
            }
            assertThat(requests()).hasSize(before.size() + 3);
            assertThat(observed.sample("weft_upstream_active_requests", "cluster", "web"))
                    .as("the one beside")
                    .isEqualTo(1);
            slow.cancel();
            observed.awaitQuiet("web");
        }

        private List<RawMessage> requests() {
            assertThat(origin).isNotNull();
            return origin.requests();
        }

        @Override
        public void close() throws IOException {
            client.close();
            second.close();
        }
    }

    private static void awaitQuietly(CountDownLatch latch) throws IOException {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new InterruptedIOException(e.getMessage());
        }
    }

    private Call.Client connect() throws IOException {
        assertThat(proxy).isNotNull();
        return Call.client(
                client,
                new Socket(InetAddress.getLoopbackAddress(), proxy.address().getPort()));
    }

    private ProxyConfig config(int port) {
        RouteAction.Forward to = Setup.forwardTo("web");
        return Setup.listen("127.0.0.1", 0)
                .options(HttpOptions.builder().accessLog(AccessLog.JSON).build())
                .cluster("web", "127.0.0.1:" + port)
                .and()
                .route(new RouteRule(
                        "hostile",
                        new RouteMatch(new RouteMatch.PathMatch.Exact("/hostile", true), List.of(), List.of(), false),
                        Records.with(to, "timeout", routeTimeout),
                        HeaderRules.NONE))
                .route("/", "web")
                .build();
    }
}
