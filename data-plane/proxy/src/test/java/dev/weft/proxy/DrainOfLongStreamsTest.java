package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.weft.proxy.model.ClusterConfig.UpstreamProtocol;
import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.model.HttpOptions.AccessLog;
import dev.weft.proxy.model.ProxyConfig;
import dev.weft.proxy.testing.Answer;
import dev.weft.proxy.testing.Call;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawHttp2;
import dev.weft.proxy.testing.Records;
import dev.weft.proxy.testing.Served;
import dev.weft.proxy.testing.Version;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams that outlast the word that we leave: they go on, new ones go elsewhere, and at the deadline it is told why they end. */
@Timeout(60)
class DrainOfLongStreamsTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Duration SHORT = Duration.ofMillis(300);
    private static final String GET = "GET / HTTP/1.1\r\nHost: web\r\n\r\n";

    @RegisterExtension
    private final Opened opened = new Opened();

    private final ByteArrayOutputStream log = new ByteArrayOutputStream();
    private final CountDownLatch cancelled = new CountDownLatch(1);

    /** What the origin sends next; an empty one is the end. */
    private final BlockingQueue<String> messages = new LinkedBlockingQueue<>();

    private Duration drainTimeout = LONG;
    private Proxy proxy = Proxy.builder().loops(1).build();

    @BeforeEach
    void open() {
        proxy.close();
        proxy = opened.open(Proxy.builder().loops(1).accessLog(log).build());
    }

    // ---- The origin ----

    private void stream(Served call) throws IOException {
        call.respond(200, false, "content-type: application/grpc");
        for (String message = next(); !message.isEmpty(); message = next()) {
            call.send(message, false);
        }
        call.trailers("grpc-status: 0");
    }

    private void untilCancelled(Served call) throws IOException {
        call.respond(200, false, "content-type: application/grpc").send("first", false);
        call.awaitCancel();
        cancelled.countDown();
    }

    private void echo(Served call) throws IOException {
        call.switched();
        call.tunnel(call.receive(1));
        call.tunnel(call.receive(1));
        call.receiveToEnd();
        call.endTunnel();
    }

    private String next() throws IOException {
        try {
            return messages.take();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    private ProxyConfig config(Version version, Served.Script script) throws IOException {
        ServerSocket listener = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        opened.open(Served.origin(version, listener, script));
        return Setup.listen("127.0.0.1", 0)
                .options(HttpOptions.builder()
                        .accessLog(AccessLog.TEXT)
                        .drainTimeout(drainTimeout)
                        .build())
                .cluster("origin", "127.0.0.1:" + listener.getLocalPort())
                .protocol(version == Version.HTTP_1 ? UpstreamProtocol.HTTP1 : UpstreamProtocol.HTTP2)
                .and()
                .route("/", "origin")
                .build();
    }

    private Socket connect() throws IOException {
        InetSocketAddress address = proxy.address("http");
        return opened.open(new Socket(address.getAddress(), address.getPort()));
    }

    private static RawHttp2 post(RawHttp2 client, int stream) throws IOException {
        return client.headers(
                stream,
                true,
                ":method: POST",
                ":scheme: http",
                ":authority: web",
                ":path: /s/m",
                "content-type: application/grpc",
                "te: trailers");
    }

    private String logged() {
        await().until(() -> log.toString(StandardCharsets.UTF_8).contains("\n"));
        return log.toString(StandardCharsets.UTF_8);
    }

    // ---- HTTP/2 ----

    @ParameterizedTest
    @EnumSource
    void aServerStreamGoesOnToItsEndAfterBothGoAways(Version version) throws Exception {
        proxy.apply(config(version, this::stream));
        InetSocketAddress address = proxy.address("http");
        RawHttp2 client = opened.open(RawHttp2.client(connect()));
        post(client, 1);
        messages.add("one");
        assertThat(client.await(1).status()).isEqualTo(200);
        assertThat(client.await(1).text()).isEqualTo("one");

        CompletableFuture<Void> drained = proxy.drain(LONG);

        RawHttp2.Frame first = client.await();
        assertThat(first.type()).isEqualTo(RawHttp2.GOAWAY);
        assertThat(first.text()).startsWith("\u007f\u00ff\u00ff\u00ff");
        RawHttp2.Frame second = client.await();
        assertThat(second.type()).isEqualTo(RawHttp2.GOAWAY);
        assertThat(second.text()).startsWith("\0\0\0\1");
        await().untilAsserted(() ->
                assertThatThrownBy(() -> RawClient.connect(address)).isInstanceOf(ConnectException.class));
        messages.add("two");
        assertThat(client.await(1).text()).isEqualTo("two");
        assertThat(drained).isNotDone();
        post(client, 3); // beyond the second GOAWAY: its client knows that it is not served
        messages.add("");
        RawHttp2.Frame trailers = client.await();
        assertThat(trailers.stream()).isEqualTo(1);
        assertThat(trailers.field("grpc-status")).isEqualTo("0");
        assertThat(client.await().type()).isEqualTo(RawHttp2.CONNECTION_END);
        drained.get(10, TimeUnit.SECONDS);
        assertThat(logged()).doesNotContain("DC");
    }

    @ParameterizedTest
    @EnumSource
    void aServerStreamThatDoesNotEndIsEndedWithTheConnectionAndCancelledAtTheOrigin(Version version) throws Exception {
        proxy.apply(config(version, this::untilCancelled));
        RawHttp2 client = opened.open(RawHttp2.client(connect()));
        post(client, 1);
        assertThat(client.await(1).status()).isEqualTo(200);
        assertThat(client.await(1).text()).isEqualTo("first");

        CompletableFuture<Void> drained = proxy.drain(SHORT);

        RawHttp2.Frame last = client.await();
        RawHttp2.Frame frame = last;
        for (; frame.type() != RawHttp2.CONNECTION_END; frame = client.await()) {
            assertThat(frame.type()).isEqualTo(RawHttp2.GOAWAY);
            assertThat(frame.code()).as("no error of the client's").isZero();
            last = frame;
        }
        assertThat(last.text()).as("what may be sent again elsewhere").startsWith("\0\0\0\1");
        assertThat(cancelled.await(10, TimeUnit.SECONDS)).isTrue();
        drained.get(10, TimeUnit.SECONDS);
        assertThat(logged()).contains("DC", "cut off by our shutdown");
    }

    /** Its round trip takes longer than there is time, so that it has not been told the last stream. */
    @Test
    void whoDoesNotAnswerThePingIsToldTheLastStreamAtTheDeadline() throws Exception {
        proxy.apply(config(Version.HTTP_1, this::untilCancelled));
        RawHttp2 client = opened.open(RawHttp2.client(connect()));
        post(client, 1);
        assertThat(client.await(1).status()).isEqualTo(200);

        CompletableFuture<Void> drained = proxy.drain(SHORT);

        RawHttp2.Frame last = client.read();
        for (RawHttp2.Frame frame = last; frame.type() != RawHttp2.CONNECTION_END; frame = client.read()) {
            last = frame;
        }
        assertThat(last.type()).isEqualTo(RawHttp2.GOAWAY);
        assertThat(last.text()).startsWith("\0\0\0\1\0\0\0\0");
        drained.get(10, TimeUnit.SECONDS);
    }

    /** It neither reads nor leaves: the end is not waited for. */
    @Test
    void aClientThatTakesNothingDoesNotHoldUpTheEnd() throws Exception {
        String large = "x".repeat(1 << 20);
        proxy.apply(config(Version.HTTP_1, call -> {
            call.respond(200, false);
            for (int i = 0; i < 64; i++) {
                call.send(large, false);
            }
        }));
        RawHttp2 client = opened.open(RawHttp2.client(connect()));
        post(client, 1).windowUpdate(1, 1 << 30);
        await().until(() -> proxy.activeRequests() == 1);

        proxy.drain(SHORT).get(5, TimeUnit.SECONDS);

        assertThat(proxy.connections()).isZero();
    }

    // ---- HTTP/1 ----

    @Test
    void aStreamOverHttp1GoesOnAndItsConnectionEndsWithIt() throws Exception {
        proxy.apply(config(Version.HTTP_2, this::stream));
        Call.Client client = opened.open(Call.client(Version.HTTP_1, connect()));
        Call call = client.call(true, "GET", "/");
        assertThat(call.head().status()).isEqualTo(200);

        CompletableFuture<Void> drained = proxy.drain(LONG);
        messages.add("one");
        messages.add("two");
        messages.add("");

        Answer answer = call.answer();
        assertThat(answer.body()).isEqualTo("onetwo");
        assertThat(answer.whole()).isTrue();
        assertThat(client.raw().send(GET).receiveToEnd()).isIn("", "[reset]");
        client.close();
        drained.get(10, TimeUnit.SECONDS);
    }

    /** Where nothing but the connection's end ends a body, an end in good order would make a part of it look like all. */
    @ParameterizedTest
    @CsvSource({"1.1,transfer-encoding: chunked", "1.0,connection: close"})
    void atTheDeadlineNoClientTakesAPartForTheWhole(String minor, String framing) throws Exception {
        proxy.apply(config(Version.HTTP_1, this::untilCancelled));
        RawClient client = opened.open(RawClient.over(connect()));
        client.send(GET.replace("HTTP/1.1", "HTTP/" + minor));
        assertThat(client.responseHead().head()).contains(framing);
        client.receive(5);

        CompletableFuture<Void> drained = proxy.drain(SHORT);

        String rest = client.receiveToEnd();
        if (minor.equals("1.0")) {
            assertThat(rest).isEqualTo("[reset]");
        } else {
            assertThat(rest).doesNotContain("0\r\n\r\n");
        }
        assertThat(cancelled.await(10, TimeUnit.SECONDS)).isTrue();
        drained.get(10, TimeUnit.SECONDS);
        assertThat(logged()).contains("DC", "cut off by our shutdown");
    }

    // ---- WebSockets ----

    @ParameterizedTest
    @CsvSource({"HTTP_1,HTTP_1", "HTTP_1,HTTP_2", "HTTP_2,HTTP_1", "HTTP_2,HTTP_2"})
    void aWebSocketGoesOnUntilItEnds(Version down, Version up) throws Exception {
        proxy.apply(config(up, this::echo));
        Call socket = opened.open(Call.client(down, connect())).webSocket("/");
        assertThat(socket.head().status()).isEqualTo(down == Version.HTTP_1 ? 101 : 200);
        assertThat(socket.tunnel("a").receive(1)).isEqualTo("a");

        CompletableFuture<Void> drained = proxy.drain(LONG);

        assertThat(socket.tunnel("b").receive(1)).isEqualTo("b");
        assertThat(drained).isNotDone();
        socket.endTunnel();
        drained.get(10, TimeUnit.SECONDS);
    }

    @ParameterizedTest
    @EnumSource
    void aWebSocketThatDoesNotEndIsEndedAtTheDeadline(Version version) throws Exception {
        proxy.apply(config(version, this::echo));
        Call.Client client = opened.open(Call.client(Version.HTTP_1, connect()));
        Call socket = client.webSocket("/");
        assertThat(socket.head().status()).isEqualTo(101);
        assertThat(socket.tunnel("a").receive(1)).isEqualTo("a");

        proxy.drain(SHORT).get(10, TimeUnit.SECONDS);

        assertThat(client.raw().receiveToEnd()).isIn("", "[reset]");
        assertThat(logged()).contains("DC", "cut off by our shutdown");
    }

    // ---- What comes after ----

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void configurationThatComesAfterTheDrainOpensNothing(boolean samePort) throws Exception {
        ProxyConfig config = config(Version.HTTP_1, this::stream);
        proxy.apply(config);
        InetSocketAddress address = proxy.address("http");
        proxy.drain(LONG).get(10, TimeUnit.SECONDS);

        proxy.apply(
                samePort
                        ? Setup.listen("127.0.0.1", address.getPort()).to("127.0.0.1:1")
                        : Setup.listen("127.0.0.1", 0).to("127.0.0.1:1"));

        assertThat(proxy.addresses()).isEmpty();
        await().untilAsserted( // the kernel lets go of a socket a moment after it was closed
                        () -> assertThatThrownBy(() -> RawClient.connect(address))
                                .isInstanceOf(ConnectException.class));
    }

    @Test
    void aListenerThatIsRemovedEndsItsStreamsWhenItsTimeIsOver() throws Exception {
        drainTimeout = SHORT;
        ProxyConfig config = config(Version.HTTP_2, this::untilCancelled);
        proxy.apply(config);
        RawHttp2 client = opened.open(RawHttp2.client(connect()));
        post(client, 1);
        assertThat(client.await(1).status()).isEqualTo(200);

        proxy.apply(Records.with(config, "listeners", List.of()));

        RawHttp2.Frame frame = client.await();
        while (frame.type() != RawHttp2.CONNECTION_END) {
            frame = client.await();
        }
        assertThat(cancelled.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(logged()).contains("DC", "cut off by our shutdown");
    }
}
