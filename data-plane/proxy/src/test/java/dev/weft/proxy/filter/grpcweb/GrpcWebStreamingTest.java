package dev.weft.proxy.filter.grpcweb;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.Proxy;
import dev.weft.proxy.Setup;
import dev.weft.proxy.model.ClusterConfig.UpstreamProtocol;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawMessage;
import dev.weft.proxy.testing.Served;
import dev.weft.proxy.testing.Version;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Server streaming as a browser has it: over HTTP/1.1, a message a chunk, from a gRPC server that speaks HTTP/2. */
@Timeout(60)
class GrpcWebStreamingTest {
    private static final String BINARY = "application/grpc-web+proto";
    private static final String TEXT = "application/grpc-web-text+proto";
    private static final String OK = frame(0x80, "grpc-status: 0\r\nx-t: 1\r\n");

    @RegisterExtension
    private final Opened opened = new Opened();

    /** What the server sends next; an empty one is the end. */
    private final BlockingQueue<String> messages = new LinkedBlockingQueue<>();

    private final CountDownLatch cancelled = new CountDownLatch(1);

    private static String frame(int flags, String content) {
        int length = content.length();
        return "" + (char) flags + (char) (length >>> 24) + (char) (length >>> 16 & 0xff) + (char) (length >>> 8 & 0xff)
                + (char) (length & 0xff) + content;
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(ISO_8859_1));
    }

    private static String form(String type, String bytes) {
        return type.contains("text") ? base64(bytes) : bytes;
    }

    private static String post(String type, String body) {
        return "POST /s/m HTTP/1.1\r\nHost: web\r\nContent-Type: " + type + "\r\nContent-Length: " + body.length()
                + "\r\n\r\n" + body;
    }

    private void streaming(Served call) throws IOException {
        call.body();
        call.respond(200, false, "content-type: application/grpc+proto");
        for (String message = next(); !message.isEmpty(); message = next()) {
            call.send(message, false);
        }
        call.trailers("grpc-status: 0", "x-t: 1");
    }

    private String next() throws IOException {
        try {
            return messages.take();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    private RawClient client(Served.Script server) throws IOException {
        ServerSocket listener = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        opened.open(Served.origin(Version.HTTP_2, listener, server));
        Proxy proxy = opened.open(Proxy.builder().loops(1).build());
        proxy.apply(Setup.listen("127.0.0.1", 0)
                .filter("web", new GrpcWebPolicy())
                .cluster("server", "127.0.0.1:" + listener.getLocalPort())
                .protocol(UpstreamProtocol.HTTP2)
                .and()
                .route("/", "server")
                .build());
        return opened.open(RawClient.connect(proxy.address("http")));
    }

    /** The next bytes must be exactly one chunk with this content. */
    private static void assertChunk(RawClient client, String content) throws IOException {
        String chunk = Integer.toHexString(content.length()) + "\r\n" + content + "\r\n";
        assertThat(client.receive(chunk.length())).isEqualTo(chunk);
    }

    @ParameterizedTest
    @ValueSource(strings = {BINARY, TEXT})
    void eachMessageArrivesBeforeTheNextIsSentAndTheTrailersAreTheLastChunk(String type) throws IOException {
        RawClient client = client(this::streaming).send(post(type, form(type, frame(0, "ask"))));

        RawMessage head = client.responseHead();
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.header("content-type")).isEqualTo(type);
        assertThat(head.header("transfer-encoding")).isEqualTo("chunked");
        for (String content : List.of("one", "", "three")) {
            String message = frame(0, content);
            messages.add(message);
            assertChunk(client, form(type, message));
        }
        messages.add("");
        assertChunk(client, form(type, OK));
        assertThat(client.receive(5)).isEqualTo("0\r\n\r\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {BINARY, TEXT})
    void theConnectionServesTheNextCall(String type) throws IOException {
        RawClient client = client(this::streaming);
        for (int i = 0; i < 3; i++) {
            messages.add(frame(0, "m" + i));
            messages.add("");

            RawMessage answer =
                    client.send(post(type, form(type, frame(0, "ask")))).response();

            assertThat(decoded(type, answer.body())).isEqualTo(frame(0, "m" + i) + OK);
            assertThat(answer.trailers()).isEmpty();
        }
    }

    /** Padded texts follow one another, wherever the stream was cut. */
    private static String decoded(String type, String body) {
        if (!type.contains("text")) {
            return body;
        }
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < body.length(); i += 4) {
            all.append(new String(Base64.getDecoder().decode(body.substring(i, i + 4)), ISO_8859_1));
        }
        return all.toString();
    }

    @ParameterizedTest
    @ValueSource(strings = {BINARY, TEXT})
    void aMessageThatComesInManyPiecesIsWhole(String type) throws IOException {
        String large = frame(0, "0123456789".repeat(50_001));
        messages.add(large);
        messages.add("");

        RawMessage answer = client(this::streaming)
                .send(post(type, form(type, frame(0, "ask"))))
                .response();

        assertThat(decoded(type, answer.body())).isEqualTo(large + OK);
    }

    /** A request that is flushed in the middle of a group is whole too. */
    @Test
    void aTextRequestMayComeCharacterByCharacter() throws IOException {
        String ask = base64(frame(0, "a")) + base64(frame(0, "longer"));
        RawClient client = client(call -> {
            assertThat(call.body()).isEqualTo(frame(0, "a") + frame(0, "longer"));
            call.respond(200, false, "content-type: application/grpc");
            call.trailers("grpc-status: 0", "x-t: 1");
        });
        client.send(post(TEXT, ask).substring(0, post(TEXT, ask).length() - ask.length()));
        for (int i = 0; i < ask.length(); i++) {
            client.send(ask.substring(i, i + 1));
        }

        assertThat(client.response().body()).isEqualTo(base64(OK));
    }

    @ParameterizedTest
    @ValueSource(strings = {BINARY, TEXT})
    void aClientThatBreaksOffCancelsTheCall(String type) throws Exception {
        RawClient client = client(this::untilCancelled).send(post(type, form(type, frame(0, "ask"))));
        client.responseHead();

        client.reset();

        assertThat(cancelled.await(10, TimeUnit.SECONDS)).isTrue();
    }

    private void untilCancelled(Served call) throws IOException {
        call.body();
        call.respond(200, false, "content-type: application/grpc");
        call.awaitCancel();
        cancelled.countDown();
    }

    /** A browser that leaves a page just closes its connection, which looks like a half-close until something is sent. */
    @Test
    void aClientThatClosesCancelsTheCallWithTheNextMessages() throws Exception {
        RawClient client = client(call -> {
            call.body();
            call.respond(200, false, "content-type: application/grpc");
            call.send(next(), false).send(next(), false);
            call.awaitCancel();
            cancelled.countDown();
        });
        client.send(post(BINARY, frame(0, "ask"))).responseHead();

        client.close();
        messages.add(frame(0, "first"));
        messages.add(frame(0, "second"));

        assertThat(cancelled.await(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void trailersAloneAreInTheHead() throws IOException {
        RawMessage answer = client(call -> {
                    call.body();
                    call.respond(200, true, "content-type: application/grpc", "grpc-status: 5", "grpc-message: none");
                })
                .send(post(TEXT, base64(frame(0, "ask"))))
                .response();

        assertThat(answer.header("content-type")).isEqualTo("application/grpc-web-text");
        assertThat(answer.header("grpc-status")).isEqualTo("5");
        assertThat(answer.body()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            application/grpc-web+proto, application/grpc-web-text, application/grpc-web-text+proto
            application/grpc-web+proto, 'text/plain, application/grpc-web-text+proto;q=1', application/grpc-web-text+proto
            application/grpc-web-text+proto, application/grpc-web+proto, application/grpc-web+proto
            application/grpc-web-text+proto, */*, application/grpc-web-text+proto
            application/grpc-web+proto, */*, application/grpc-web+proto
            """)
    void theFormOfTheAnswerIsTheOneThatTheClientAccepts(String sent, String accepts, String answered)
            throws IOException {
        messages.add(frame(0, "one"));
        messages.add("");

        RawMessage answer = client(this::streaming)
                .send(post(sent, form(sent, frame(0, "ask")))
                        .replace("Host: web\r\n", "Host: web\r\nAccept: " + accepts + "\r\n"))
                .response();

        assertThat(answer.header("content-type")).isEqualTo(answered);
        assertThat(answer.body()).isEqualTo(form(answered, frame(0, "one")) + form(answered, OK));
    }
}
