package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weft.proxy.model.ClusterConfig.UpstreamProtocol;
import dev.weft.proxy.testing.Answer;
import dev.weft.proxy.testing.Call;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawHttp2;
import dev.weft.proxy.testing.RawOrigin;
import dev.weft.proxy.testing.Version;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server may change its SETTINGS whenever it likes, and we keep to them from our acknowledgement on (RFC 9113, section 6.5.3). */
@Timeout(60)
class UpstreamSettingsTest {
    private static final int KIB = 1024;

    @RegisterExtension
    private final Opened opened = new Opened();

    private Proxy proxy = Proxy.builder().loops(1).build();
    private final BlockingQueue<RawHttp2> connections = new LinkedBlockingQueue<>();
    private final CountDownLatch done = new CountDownLatch(1);

    /** Starts a proxy before an upstream whose connections the test itself speaks on. */
    private void start(int... settings) throws IOException {
        proxy.close();
        RawOrigin origin = opened.open(RawOrigin.following(wire -> {
            connections.add(RawHttp2.server(wire.socket()).settings(settings));
            try {
                done.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        }));
        proxy = opened.open(Proxy.builder().loops(1).build());
        opened.open(done::countDown);
        proxy.apply(Setup.listen("127.0.0.1", 0)
                .cluster("c", "127.0.0.1:" + origin.port())
                .protocol(UpstreamProtocol.HTTP2)
                .and()
                .route("/", "c")
                .build());
    }

    private RawHttp2 connection() throws InterruptedException {
        RawHttp2 next = connections.poll(10, TimeUnit.SECONDS);
        assertThat(next).as("a connection").isNotNull();
        return next;
    }

    private Call call(boolean end, String method, String path, String... fields) throws IOException {
        InetSocketAddress address = proxy.address("http");
        Socket socket = opened.open(new Socket(address.getAddress(), address.getPort()));
        return opened.open(Call.client(Version.HTTP_1, socket)).call(end, method, path, fields);
    }

    private static RawHttp2.Frame head(RawHttp2 server) throws IOException {
        RawHttp2.Frame frame = server.await();
        assertThat(frame.type()).isEqualTo(RawHttp2.HEADERS);
        return frame;
    }

    private static void ok(RawHttp2 server, int stream) throws IOException {
        server.headers(stream, true, ":status: 200");
    }

    /** So many bytes of DATA come on that stream, and then, until a PING is answered, none. */
    private static void assertExactly(RawHttp2 server, int stream, int bytes) throws IOException {
        server.send(RawHttp2.PING, 0, 0, new byte[8]);
        int got = 0;
        boolean answered = false;
        while (!answered || got < bytes) {
            RawHttp2.Frame frame = server.read();
            if (frame.type() == RawHttp2.DATA && frame.stream() == stream) {
                got += frame.text().length();
            }
            answered |= frame.type() == RawHttp2.PING && (frame.flags() & RawHttp2.END) != 0;
        }
        assertThat(got).isEqualTo(bytes);
        server.send(RawHttp2.PING, 0, 0, new byte[8]);
        RawHttp2.Frame frame = server.read();
        assertThat(frame.type()).as("nothing more: %s", frame).isEqualTo(RawHttp2.PING);
    }

    // ---- INITIAL_WINDOW_SIZE ----

    @Test
    void aWindowThatBecomesNegativeIsWaitedForAndTheBodyIsWhole() throws Exception {
        start(RawHttp2.INITIAL_WINDOW_SIZE, 20 * KIB);
        Call call = call(false, "PUT", "/", "content-length: " + 60 * KIB);
        RawHttp2 server = connection();
        head(server);
        call.send("x".repeat(60 * KIB), true);
        assertExactly(server, 1, 20 * KIB);

        server.settled(RawHttp2.INITIAL_WINDOW_SIZE, 5 * KIB); // the stream's is -15 KiB now
        assertExactly(server, 1, 0);
        server.windowUpdate(1, 15 * KIB); // 0
        assertExactly(server, 1, 0);
        server.windowUpdate(1, 1);
        assertExactly(server, 1, 1);
        server.settled(RawHttp2.INITIAL_WINDOW_SIZE, 15 * KIB); // 10 KiB more, without a WINDOW_UPDATE
        assertExactly(server, 1, 10 * KIB);
        server.settled(RawHttp2.INITIAL_WINDOW_SIZE, 0, RawHttp2.INITIAL_WINDOW_SIZE, 65_535);
        assertExactly(server, 1, 60 * KIB - 30 * KIB - 1);
        ok(server, 1);

        assertThat(call.answer().status()).isEqualTo(200);
    }

    @Test
    void aStreamThatIsOpenedLaterBeginsWithTheNewWindow() throws Exception {
        start();
        Call first = call(false, "PUT", "/", "content-length: 10");
        RawHttp2 server = connection();
        head(server);
        server.settled(RawHttp2.INITIAL_WINDOW_SIZE, 7);
        Call second = call(false, "PUT", "/", "content-length: 10");
        head(server);

        first.send("0123456789", true);
        assertExactly(server, 1, 7);
        second.send("0123456789", true);
        assertExactly(server, 3, 7);
        server.settled(RawHttp2.INITIAL_WINDOW_SIZE, 10);
        assertExactlyBoth(server, 3);
        ok(server, 1);
        ok(server, 3);
        assertThat(first.answer().status()).isEqualTo(200);
        assertThat(second.answer().status()).isEqualTo(200);
    }

    private static void assertExactlyBoth(RawHttp2 server, int each) throws IOException {
        List<String> came = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            RawHttp2.Frame frame = server.await();
            came.add(frame.stream() + ": " + frame.text().length() + " " + frame.isEnd());
        }
        assertThat(came).containsExactlyInAnyOrder("1: " + each + " true", "3: " + each + " true");
    }

    /** By 2^31-1 and more: the connection's end (section 6.9.2). */
    @Test
    void aWindowThatGrowsTooFarEndsTheConnection() throws Exception {
        start();
        Call call = call(false, "PUT", "/", "content-length: 10");
        RawHttp2 server = connection();
        head(server);
        server.windowUpdate(1, Integer.MAX_VALUE - 65_535);
        server.settings(RawHttp2.INITIAL_WINDOW_SIZE, 65_536);

        RawHttp2.Frame frame = server.await();
        assertThat(frame.type()).isEqualTo(RawHttp2.GOAWAY);
        assertThat(frame.code()).as("FLOW_CONTROL_ERROR").isEqualTo(3);
        assertThat(call.answer().status()).isEqualTo(502);
    }

    // ---- MAX_CONCURRENT_STREAMS ----

    @Test
    void aServerThatTakesNoStreamsForAWhileGetsThemAgainWhenItDoes() throws Exception {
        start();
        Call first = call(true, "GET", "/1");
        RawHttp2 server = connection();
        head(server);
        server.settled(RawHttp2.MAX_CONCURRENT_STREAMS, 0);

        Call second = call(true, "GET", "/2");
        RawHttp2 other = connection(); // since the first cannot have it
        assertThat(head(other).field(":path")).isEqualTo("/2");
        ok(other, 1);
        assertThat(second.answer().status()).isEqualTo(200);
        other.settled(RawHttp2.MAX_CONCURRENT_STREAMS, 0); // idle, it is of no use
        assertThat(other.await().type()).isEqualTo(RawHttp2.GOAWAY);
        assertThat(other.await().type()).isEqualTo(RawHttp2.CONNECTION_END);

        server.settled(RawHttp2.MAX_CONCURRENT_STREAMS, 2);
        Call third = call(true, "GET", "/3");
        assertThat(head(server).field(":path")).isEqualTo("/3");
        ok(server, 1);
        ok(server, 3);
        assertThat(first.answer().status()).isEqualTo(200);
        assertThat(third.answer().status()).isEqualTo(200);
    }

    /** What is under way above a new limit goes on, and counts (section 5.1.2). */
    @Test
    void aLimitBelowWhatIsUnderWayLetsThatFinishFirst() throws Exception {
        start();
        List<Call> calls = new ArrayList<>();
        calls.add(call(true, "GET", "/"));
        RawHttp2 server = connection();
        head(server);
        for (int i = 1; i < 4; i++) {
            calls.add(call(true, "GET", "/"));
            head(server);
        }
        server.settled(RawHttp2.MAX_CONCURRENT_STREAMS, 2);
        ok(server, 1);
        ok(server, 3);
        assertThat(calls.get(0).answer().status()).isEqualTo(200);
        assertThat(calls.get(1).answer().status()).isEqualTo(200);

        calls.add(call(true, "GET", "/other")); // two are still there
        RawHttp2 other = connection();
        assertThat(head(other).field(":path")).isEqualTo("/other");
        ok(other, 1);
        ok(server, 5);
        ok(server, 7);
        for (Call call : calls.subList(2, 5)) {
            assertThat(call.answer().status()).isEqualTo(200);
        }
    }

    /** Whose every connection takes one at a time: nothing is refused, and nothing waits for ever. */
    @Test
    void aLimitOfOneIsOneStreamForEachConnection() throws Exception {
        start(RawHttp2.MAX_CONCURRENT_STREAMS, 1);
        Call first = call(true, "GET", "/");
        RawHttp2 one = connection();
        head(one);
        one.settled();
        Call second = call(true, "GET", "/");
        RawHttp2 two = connection();
        head(two);
        ok(two, 1);
        ok(one, 1);

        assertThat(first.answer().status()).isEqualTo(200);
        assertThat(second.answer().status()).isEqualTo(200);
        await().until(() -> proxy.activeRequests() == 0);
    }

    // ---- HEADER_TABLE_SIZE ----

    /** A decoder that was told of a smaller table refuses a block that does not begin with its new size (RFC 7541, section 4.2). */
    @ParameterizedTest
    @ValueSource(ints = {0, 64, 1000, 4096})
    void theHeaderTableIsWhatTheServerWantsNow(int bytes) throws Exception {
        start();
        RawClient client = opened.open(RawClient.connect(proxy.address("http")));
        String get = "GET /some/path HTTP/1.1\r\nHost: web\r\nx-one: " + "1".repeat(100) + "\r\nx-two: "
                + "2".repeat(100) + "\r\n\r\n";
        CompletableFuture<RawHttp2> server = new CompletableFuture<>();
        for (int i = 0; i < 12; i++) {
            client.send(get);
            RawHttp2 peer = server.isDone() ? server.join() : connection();
            server.complete(peer);
            RawHttp2.Frame head = head(peer);
            assertThat(head.field("x-one")).isEqualTo("1".repeat(100));
            assertThat(head.field("x-two")).isEqualTo("2".repeat(100));
            ok(peer, head.stream());
            assertThat(client.response().status()).isEqualTo(200);
            if (i == 3) {
                peer.settled(RawHttp2.HEADER_TABLE_SIZE, bytes).headerTable(bytes);
            } else if (i == 6) { // down and up before the next block: both have to be told
                peer.settled(RawHttp2.HEADER_TABLE_SIZE, 0).headerTable(0);
                peer.settled(RawHttp2.HEADER_TABLE_SIZE, 4096).headerTable(4096);
            } else if (i == 9) {
                peer.settled(RawHttp2.HEADER_TABLE_SIZE, 65_536).headerTable(65_536);
            }
        }
    }

    // ---- MAX_FRAME_SIZE ----

    @Test
    void noFrameIsLargerThanTheServerTakesNow() throws Exception {
        start(RawHttp2.MAX_FRAME_SIZE, 64 * KIB, RawHttp2.INITIAL_WINDOW_SIZE, 1 << 20);
        Call call = call(false, "PUT", "/", "content-length: " + 160 * KIB);
        RawHttp2 server = connection();
        head(server);
        server.windowUpdate(0, 1 << 20).settled(RawHttp2.MAX_FRAME_SIZE, 16 * KIB);
        call.send("x".repeat(160 * KIB), true);

        int got = 0;
        while (got < 160 * KIB) {
            RawHttp2.Frame frame = server.await(1);
            assertThat(frame.text().length()).isLessThanOrEqualTo(16 * KIB);
            got += frame.text().length();
        }
        ok(server, 1);
        assertThat(call.answer().status()).isEqualTo(200);

        Call large = call(true, "GET", "/", "x-large: " + "y".repeat(40 * KIB));
        RawHttp2.Frame head = head(server); // a block in several frames
        assertThat(head.field("x-large")).hasSize(40 * KIB);
        ok(server, head.stream());
        assertThat(large.answer().status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(ints = {16_383, 1 << 24})
    void aFrameSizeThatIsNoneEndsTheConnection(int bytes) throws Exception {
        start();
        Call call = call(true, "GET", "/");
        RawHttp2 server = connection();
        head(server);

        server.settings(RawHttp2.MAX_FRAME_SIZE, bytes);

        RawHttp2.Frame frame = server.await();
        assertThat(frame.type()).isEqualTo(RawHttp2.GOAWAY);
        assertThat(frame.code()).as("PROTOCOL_ERROR").isEqualTo(1);
        Answer answer = call.answer();
        assertThat(answer.status()).isEqualTo(502);
    }
}
