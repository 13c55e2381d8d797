package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.model.ClusterConfig.UpstreamProtocol;
import dev.weft.proxy.model.HeaderRules;
import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.model.HttpOptions.AccessLog;
import dev.weft.proxy.model.ProxyConfig;
import dev.weft.proxy.model.RouteMatch;
import dev.weft.proxy.model.RouteRule;
import dev.weft.proxy.testing.Answer;
import dev.weft.proxy.testing.Call;
import dev.weft.proxy.testing.ObservedProxy;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawHttp2;
import dev.weft.proxy.testing.RawOrigin;
import dev.weft.proxy.testing.Records;
import dev.weft.proxy.testing.Version;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * An HTTP/2 origin that is broken or means harm, behind a whole proxy. What is wrong with one stream ends that stream, and the
 * others on its connection go on; what is wrong with the connection ends it, and the next request gets another.
 */
@ParameterizedClass
@EnumSource(Version.class)
class HostileHttp2OriginTest {
    private static final int NO_ERROR = 0;
    private static final int PROTOCOL_ERROR = 1;
    private static final int INTERNAL_ERROR = 2;
    private static final int FLOW_CONTROL_ERROR = 3;
    private static final int REFUSED_STREAM = 7;
    private static final int COMPRESSION_ERROR = 9;
    private static final int ENHANCE_YOUR_CALM = 11;

    private static final String UPE = "\"failure\":\"UPE\"";
    private static final String BROKE_BEFORE = "broke the protocol before a response";
    private static final String BROKE_WITHIN = "broke the protocol in the middle of its response";

    /** What is done with the request for {@code /hostile}. */
    private interface Hostility {
        void on(RawHttp2 peer, int stream) throws IOException;
    }

    @RegisterExtension
    private final Opened opened = new Opened();

    @Parameter
    private Version version = Version.HTTP_1;

    private final AtomicInteger connections = new AtomicInteger();
    private Duration routeTimeout = Duration.ofSeconds(15);
    private @Nullable ObservedProxy proxy;

    // ---- The stream alone ----

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x: no status",
                ":status: 99",
                ":status: 2xx",
                ":status: 101",
                ":status: 200|:status: 200",
                ":status: 200|:path: /",
                "x: y|:status: 200",
                ":status: 200|connection: close",
                ":status: 200|transfer-encoding: chunked",
                ":status: 200|X-Upper: y",
                ":status: 200|x y: z",
                ":status: 200|x: a\r\nset-cookie: evil",
                ":status: 200|x: a\0b",
                ":status: 200|content-length: 1|content-length: 1",
                ":status: 200|content-length: +1",
            })
    void aMalformedHeadIsAnsweredWith502(String fields) throws IOException {
        assertStreamRefused(PROTOCOL_ERROR, (peer, stream) -> peer.headers(stream, false, fields.split("\\|")));
    }

    @Test
    void aHeadWithoutMeasureIsAnsweredWith502() throws IOException {
        String[] fields = Stream.concat(
                        Stream.of(":status: 200"),
                        Stream.generate(() -> "x: " + "y".repeat(10_000)).limit(7))
                .toArray(String[]::new);
        Answer answer = answer((peer, stream) -> {
            peer.headers(stream, false, fields);
            assertReset(peer, stream, ENHANCE_YOUR_CALM);
        });

        assertThat(answer.status()).isEqualTo(502);
        assertTheOthersGoOn(1, UPE, "exceeded a limit before a response");
    }

    @Test
    void dataBeforeAHeadIsAnsweredWith502() throws IOException {
        assertStreamRefused(PROTOCOL_ERROR, (peer, stream) -> peer.data(stream, false, "early"));
    }

    @Test
    void anInterimResponseThatEndsTheStreamIsAnsweredWith502() throws IOException {
        assertStreamRefused(PROTOCOL_ERROR, (peer, stream) -> peer.headers(stream, true, ":status: 103"));
    }

    @Test
    void interimResponsesWithoutEndAreAnsweredWith502() throws IOException {
        assertStreamRefused(PROTOCOL_ERROR, (peer, stream) -> {
            for (int i = 0; i < 101; i++) {
                peer.headers(stream, false, ":status: 103", "link: </a>");
            }
        });
    }

    @Test
    void aStreamWindowPastItsBoundIsAnsweredWith502() throws IOException {
        assertStreamRefused(
                FLOW_CONTROL_ERROR,
                (peer, stream) -> peer.windowUpdate(stream, Integer.MAX_VALUE).windowUpdate(stream, 1));
    }

    private void assertStreamRefused(int code, Hostility hostility) throws IOException {
        Answer answer = answer((peer, stream) -> {
            hostility.on(peer, stream);
            assertReset(peer, stream, code);
        });

        assertThat(answer.status()).isEqualTo(502);
        assertThat(answer.body()).isEqualTo("upstream sent an invalid response\n");
        assertTheOthersGoOn(1, UPE, BROKE_BEFORE);
    }

    /** More or less than the head promised, a body where there is none, trailers that are none. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "content-length: 4|DATA hello",
                "content-length: 6|DATA hello END",
                "content-length: 6|DATA hello|TRAILERS x: y",
                "x: y|DATA hello|TRAILERS :status: 200",
                "x: y|DATA hello|TRAILERS X: y",
                "x: y|DATA hello|HEAD x: y",
            })
    void aBodyThatIsNotWhatTheHeadPromisedIsCut(String script) throws IOException {
        String[] steps = script.split("\\|");
        Answer answer = answer((peer, stream) -> {
            peer.headers(stream, false, ":status: 200", steps[0]);
            for (String step : Arrays.asList(steps).subList(1, steps.length)) {
                String rest = step.substring(step.indexOf(' ') + 1);
                switch (step.substring(0, step.indexOf(' '))) {
                    case "DATA" -> peer.data(stream, rest.endsWith(" END"), rest.replace(" END", ""));
                    case "TRAILERS" -> peer.headers(stream, true, rest);
                    default -> peer.headers(stream, false, rest);
                }
            }
            assertReset(peer, stream, PROTOCOL_ERROR);
        });

        assertThat(answer.whole()).as("status %d", answer.status()).isEqualTo(answer.status() == 502);
        assertThat(answer.body()).doesNotContain("hello".repeat(2));
        assertTheOthersGoOn(1, UPE, BROKE_WITHIN);
    }

    @ParameterizedTest
    @ValueSource(ints = {204, 304})
    void aBodyWhereThereIsNoneIsNotPassedOn(int status) throws IOException {
        Answer answer = answer((peer, stream) -> {
            peer.headers(stream, false, ":status: " + status);
            peer.data(stream, true, "evil");
            assertReset(peer, stream, PROTOCOL_ERROR);
        });

        assertThat(answer.body()).doesNotContain("evil");
        assertThat(answer.status()).isIn(status, 502);
        assertTheOthersGoOn(1, UPE);
    }

    @Test
    void aResetWithinTheBodyCutsTheResponse() throws IOException {
        Answer answer = answer((peer, stream) -> {
            peer.headers(stream, false, ":status: 200").data(stream, false, "hello");
            peer.reset(stream, INTERNAL_ERROR);
        });

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.whole()).isFalse();
        assertTheOthersGoOn(1, "\"failure\":\"UR\"", "reported an error in the middle of its response");
    }

    @Test
    void aResetBeforeAHeadIsAnsweredWith502() throws IOException {
        Answer answer = answer((peer, stream) -> peer.reset(stream, INTERNAL_ERROR));

        assertThat(answer.status()).isEqualTo(502);
        assertTheOthersGoOn(1, "\"failure\":\"UR\"", "reported an error before a response");
    }

    @Test
    void aStreamThatIsRefusedForEverIsTriedOftenEnoughAndNotMore() throws IOException {
        Answer answer = answer((peer, stream) -> peer.reset(stream, REFUSED_STREAM));

        assertThat(answer.status()).isEqualTo(503);
        // One more connection: what a peer refuses beside another stream it may take alone.
        assertTheOthersGoOn(2, "\"failure\":\"UR\"", "refused the request before a response", "\"tries\":8");
    }

    @Test
    void aWholeResponseBeforeTheRequestsEndIsPassedOn() throws IOException {
        Call.Client client = client((peer, stream) -> {
            peer.headers(stream, false, ":status: 200").data(stream, true, "fine");
            peer.reset(stream, NO_ERROR);
        });
        Call call = client.call(false, "POST", "/hostile", "content-length: 10").send("begin", false);

        assertThat(call.answer().body()).isEqualTo("fine");
        assertTheOthersGoOn(1, "\"failure\":null");
    }

    @Test
    void silenceIsAnsweredWith504AndTheStreamCancelled() throws IOException {
        routeTimeout = Duration.ofMillis(300);
        Answer answer = answer((peer, stream) -> assertReset(peer, stream, 8));

        assertThat(answer.status()).isEqualTo(504);
        assertTheOthersGoOn(1, "\"failure\":\"UT\"", "route timeout");
    }

    // ---- The whole connection ----

    @Test
    void anotherPrefaceIsAnsweredWith502() throws IOException {
        RawOrigin origin = opened.open(
                RawOrigin.following(wire -> wire.send("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
                        .receiveToEnd()));
        ObservedProxy observed = opened.open(new ObservedProxy(config(origin.port())));
        proxy = observed;

        assertThat(connect().call(true, "GET", "/hostile").answer().status()).isEqualTo(502);
        assertThat(observed.logged(1).getFirst()).contains(UPE, BROKE_BEFORE);
        observed.awaitQuiet("web");
    }

    @Test
    void aHeaderBlockThatDoesNotDecode() throws IOException {
        assertConnectionBroken(
                COMPRESSION_ERROR,
                (peer, stream) -> peer.send(
                        RawHttp2.HEADERS, RawHttp2.END_HEADERS, stream, (byte) 0xff, (byte) 0xff, (byte) 0xff));
    }

    @Test
    void push() throws IOException {
        assertConnectionBroken(
                PROTOCOL_ERROR,
                (peer, stream) ->
                        peer.send(RawHttp2.PUSH_PROMISE, RawHttp2.END_HEADERS, stream, new byte[] {0, 0, 0, 2}));
    }

    @Test
    void settingsWithoutEnd() throws IOException {
        assertConnectionBroken(ENHANCE_YOUR_CALM, (peer, stream) -> repeatedly(peer::settings));
    }

    @Test
    void pingsWithoutEnd() throws IOException {
        assertConnectionBroken(
                ENHANCE_YOUR_CALM, (peer, stream) -> repeatedly(() -> peer.send(RawHttp2.PING, 0, 0, new byte[8])));
    }

    @Test
    void emptyDataWithoutEnd() throws IOException {
        assertBroken(ENHANCE_YOUR_CALM, BROKE_WITHIN, (peer, stream) -> {
            peer.headers(stream, false, ":status: 200");
            repeatedly(() -> peer.data(stream, false, ""));
        });
    }

    @Test
    void continuationsWithoutEnd() throws IOException {
        assertConnectionBroken(ENHANCE_YOUR_CALM, (peer, stream) -> {
            peer.send(RawHttp2.HEADERS, 0, stream, RawHttp2.block(List.of(":status: 200")));
            repeatedly(() -> peer.send(9, 0, stream, RawHttp2.block(List.of("x: y"))));
        });
    }

    @Test
    void aConnectionWindowPastItsBound() throws IOException {
        assertConnectionBroken(FLOW_CONTROL_ERROR, (peer, stream) -> peer.windowUpdate(0, Integer.MAX_VALUE));
    }

    @Test
    void aFrameLargerThanAllowed() throws IOException {
        assertConnectionBroken(6, (peer, stream) -> peer.send(RawHttp2.DATA, 0, stream, new byte[16_385]));
    }

    @Test
    void aStreamThatNobodyOpened() throws IOException {
        assertConnectionBroken(PROTOCOL_ERROR, (peer, stream) -> peer.headers(stream + 2, true, ":status: 200"));
    }

    @Test
    void goAwayThatLeavesTheRequestOutHasItSentAgainElsewhere() throws IOException {
        Answer answer = answer((peer, stream) -> {
            if (connections.get() == 1) {
                peer.goAway(stream - 2, NO_ERROR);
            } else {
                peer.headers(stream, false, ":status: 200").data(stream, true, "fine");
            }
        });

        assertThat(answer.body()).isEqualTo("fine");
        assertTheOthersGoOn(2, "\"failure\":null", "\"tries\":2");
    }

    @Test
    void aConnectionThatEndsWithinTheBodyCutsTheResponse() throws IOException {
        Answer answer = answer((peer, stream) -> {
            peer.headers(stream, false, ":status: 200").data(stream, false, "hello");
            peer.close();
        });

        assertThat(answer.whole()).isFalse();
        assertThat(proxy().logged(2))
                .anySatisfy(line -> assertThat(line)
                        .contains(
                                "/hostile",
                                "\"failure\":\"UC\"",
                                "closed the connection in the middle of its response"));
        assertNextIsServed();
    }

    /** A sender of frames that fails once the connection is gone. */
    private interface Sending {
        void send() throws IOException;
    }

    private static void repeatedly(Sending frame) throws IOException {
        for (int i = 0; i < 2_000; i++) {
            try {
                frame.send();
            } catch (IOException ended) {
                return; // as it should
            }
        }
    }

    private void assertConnectionBroken(int code, Hostility hostility) throws IOException {
        assertBroken(code, BROKE_BEFORE, hostility);
    }

    private void assertBroken(int code, String reason, Hostility hostility) throws IOException {
        AtomicInteger told = new AtomicInteger(-1);
        Answer answer = answer((peer, stream) -> {
            hostility.on(peer, stream);
            try {
                RawHttp2.Frame frame = peer.read();
                while (frame.type() != RawHttp2.GOAWAY && frame.type() != RawHttp2.CONNECTION_END) {
                    frame = peer.read();
                }
                told.set(frame.type() == RawHttp2.GOAWAY ? frame.code() : -2);
            } catch (IOException reset) {
                told.set(-2);
            }
        });

        assertThat(answer.status() == 502 || !answer.whole()).isTrue();
        assertThat(proxy().logged(2)).anySatisfy(line -> assertThat(line).contains("/hostile", UPE, reason));
        assertNextIsServed();
        assertThat(told.get()).isIn(code, -2); // which TCP may take back where more came behind
    }

    /** The other streams of the connection went with it. */
    private void assertNextIsServed() throws IOException {
        assertThat(connect().call(true, "GET", "/more").answer().body()).isEqualTo("fine");
        assertThat(connections).hasValue(2);
        proxy().awaitQuiet("web");
    }

    // ---- A proxy, its origin, and a request under way beside ----

    private Call.@Nullable Client client;
    private @Nullable Call beside;

    private Answer answer(Hostility hostility) throws IOException {
        return client(hostility).call(true, "GET", "/hostile").answer();
    }

    private Call.Client client(Hostility hostility) throws IOException {
        RawOrigin origin = opened.open(RawOrigin.following(wire -> {
            connections.incrementAndGet();
            RawHttp2 peer = RawHttp2.server(wire.socket());
            peer.settings();
            for (RawHttp2.Frame frame = peer.await(); frame.type() != RawHttp2.CONNECTION_END; frame = peer.await()) {
                String path = frame.field(":path");
                if (path != null) {
                    switch (path) {
                        case "/hostile" -> hostility.on(peer, frame.stream());
                        case "/slow" ->
                            peer.headers(frame.stream(), false, ":status: 200").data(frame.stream(), false, "slow");
                        default ->
                            peer.headers(frame.stream(), false, ":status: 200").data(frame.stream(), true, "fine");
                    }
                }
            }
        }));
        proxy = opened.open(new ObservedProxy(config(origin.port())));
        Call.Client made = connect();
        client = made;
        Call slow = (version == Version.HTTP_2 ? made : connect()).call(true, "GET", "/slow");
        assertThat(slow.head().status()).isEqualTo(200);
        assertThat(slow.receive(4)).isEqualTo("slow");
        beside = slow;
        return made;
    }

    /** The one under way, which shares the connection to the origin, and the next ones. */
    private void assertTheOthersGoOn(int ofConnections, String... logged) throws IOException {
        assertThat(proxy().logged(1).getFirst())
                .contains("\"path\":\"/hostile\"")
                .contains(logged);
        Call.Client next = version == Version.HTTP_2 && client != null ? client : connect();
        for (int i = 0; i < 3; i++) {
            assertThat(next.call(true, "GET", "/more").answer().body()).isEqualTo("fine");
        }
        assertThat(connections).hasValue(ofConnections);
        assertThat(proxy().sample("weft_upstream_active_requests", "cluster", "web"))
                .as("the one beside")
                .isEqualTo(1);
        if (beside != null) {
            beside.cancel();
        }
        proxy().awaitQuiet("web");
    }

    private static void assertReset(RawHttp2 peer, int stream, int code) throws IOException {
        RawHttp2.Frame frame = peer.await(stream);
        if (frame.type() != RawHttp2.RST_STREAM || frame.code() != code) {
            throw new IOException("expected a reset by " + code + ", got " + frame);
        }
    }

    private ObservedProxy proxy() {
        assertThat(proxy).isNotNull();
        return proxy;
    }

    private Call.Client connect() throws IOException {
        Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), proxy().address().getPort());
        return opened.open(Call.client(version, socket));
    }

    private ProxyConfig config(int port) {
        return Setup.listen("127.0.0.1", 0)
                .options(HttpOptions.builder().accessLog(AccessLog.JSON).build())
                .cluster("web", "127.0.0.1:" + port)
                .protocol(UpstreamProtocol.HTTP2)
                .and()
                .route(new RouteRule(
                        "hostile",
                        new RouteMatch(new RouteMatch.PathMatch.Exact("/hostile", true), List.of(), List.of(), false),
                        Records.with(Setup.forwardTo("web"), "timeout", routeTimeout),
                        HeaderRules.NONE))
                .route("/", "web")
                .build();
    }
}
