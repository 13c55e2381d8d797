package dev.weft.proxy.filter.compress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.Proxy;
import dev.weft.proxy.Setup;
import dev.weft.proxy.filter.coding.ContentCoding;
import dev.weft.proxy.filter.decompress.DecompressPolicy;
import dev.weft.proxy.model.ClusterConfig.UpstreamProtocol;
import dev.weft.proxy.model.HeaderRules;
import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.model.RouteMatch;
import dev.weft.proxy.model.RouteRule;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawHttp2;
import dev.weft.proxy.testing.RawMessage;
import dev.weft.proxy.testing.RawOrigin;
import dev.weft.proxy.testing.Records;
import dev.weft.proxy.testing.Version;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A WebSocket whose messages its two ends compress (permessage-deflate, RFC 7692), through a route that compresses responses and
 * decompresses requests: extensions are theirs to negotiate, and frames pass byte for byte. What else is a tunnel is left alone too.
 */
@Timeout(60)
class CompressWebSocketTest {
    private static final CompressPolicy ALL =
            CompressPolicy.of(ContentCoding.GZIP, ContentCoding.BROTLI, ContentCoding.ZSTD);
    private static final String OFFERED = "permessage-deflate; client_max_window_bits; server_no_context_takeover";
    private static final String AGREED = "permessage-deflate; server_no_context_takeover";

    /** FIN, RSV1 for "compressed", a text message. */
    private static final int COMPRESSED_TEXT = 0xc1;

    private static final String TEXT = "the same again and again, ".repeat(40);

    @RegisterExtension
    private final Opened opened = new Opened();

    /** What the origin was asked, and what it got of the client's frames. */
    private final BlockingQueue<String> came = new LinkedBlockingQueue<>();

    private static String deflated(String text) {
        Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION, true);
        deflater.setInput(text.getBytes(StandardCharsets.ISO_8859_1));
        byte[] out = new byte[4096];
        int length = deflater.deflate(out, 0, out.length, Deflater.SYNC_FLUSH);
        deflater.end();
        return new String(out, 0, length - 4, StandardCharsets.ISO_8859_1); // without the empty block at its end
    }

    private static String frame(String payload, boolean masked) {
        String head = "" + (char) COMPRESSED_TEXT + (char) ((masked ? 0x80 : 0) | payload.length());
        return masked ? head + "\0\0\0\0" + payload : head + payload;
    }

    private void overHttp1(RawOrigin.Wire wire) throws IOException {
        RawMessage request = wire.requestHead();
        came.add(String.valueOf(request.header("sec-websocket-extensions")));
        wire.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Extensions: " + AGREED
                + "\r\nContent-Type: text/plain\r\n\r\n");
        came.add(wire.receive(frame(deflated(TEXT), true).length()));
        wire.send(frame(deflated(TEXT), false));
        wire.receiveToEnd();
    }

    private void overHttp2(RawOrigin.Wire wire) throws IOException {
        RawHttp2 peer = RawHttp2.server(wire.socket()).settings(RawHttp2.ENABLE_CONNECT_PROTOCOL, 1);
        RawHttp2.Frame head = peer.await();
        came.add(String.valueOf(head.field("sec-websocket-extensions")));
        peer.headers(
                head.stream(),
                false,
                ":status: 200",
                "sec-websocket-extensions: " + AGREED,
                "content-type: text/plain");
        int length = frame(deflated(TEXT), true).length();
        StringBuilder got = new StringBuilder();
        while (got.length() < length) {
            got.append(peer.await(head.stream()).text());
        }
        came.add(got.toString());
        peer.data(head.stream(), false, frame(deflated(TEXT), false));
        peer.await(head.stream());
    }

    private Socket connect(Version upstream) throws IOException {
        RawOrigin origin =
                opened.open(RawOrigin.following(upstream == Version.HTTP_1 ? this::overHttp1 : this::overHttp2));
        Proxy proxy = opened.open(Proxy.builder().loops(1).build());
        proxy.apply(Setup.listen("127.0.0.1", 0)
                .filter("compress", ALL)
                .filter("decompress", new DecompressPolicy(ContentCoding.GZIP, true, true, true, false))
                .cluster("origin", "127.0.0.1:" + origin.port())
                .protocol(upstream == Version.HTTP_1 ? UpstreamProtocol.HTTP1 : UpstreamProtocol.HTTP2)
                .and()
                .route("/", "origin")
                .build());
        InetSocketAddress address = proxy.address("http");
        return opened.open(new Socket(address.getAddress(), address.getPort()));
    }

    @ParameterizedTest
    @CsvSource({"HTTP_1", "HTTP_2"})
    void overHttp1ItPassesAsItIs(Version upstream) throws Exception {
        RawClient client = RawClient.over(connect(upstream));
        client.send("GET / HTTP/1.1\r\nHost: web\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                + "Sec-WebSocket-Extensions: " + OFFERED + "\r\nAccept-Encoding: gzip, br, zstd\r\n\r\n");

        RawMessage answer = client.responseHead();
        assertThat(answer.status()).isEqualTo(101);
        assertThat(answer.header("sec-websocket-extensions")).isEqualTo(AGREED);
        assertThat(answer.header("content-encoding")).isNull();
        assertThat(answer.header("vary")).isNull();
        client.send(frame(deflated(TEXT), true));

        String expected = frame(deflated(TEXT), false);
        assertThat(client.receive(expected.length())).isEqualTo(expected);
        assertThat(came.take()).isEqualTo(OFFERED);
        assertThat(came.take()).isEqualTo(frame(deflated(TEXT), true));
    }

    @ParameterizedTest
    @CsvSource({"HTTP_1", "HTTP_2"})
    void overHttp2ItPassesAsItIs(Version upstream) throws Exception {
        RawHttp2 client = opened.open(RawHttp2.client(connect(upstream)));
        client.headers(
                1,
                false,
                ":method: CONNECT",
                ":protocol: websocket",
                ":scheme: http",
                ":authority: web",
                ":path: /",
                "sec-websocket-version: 13",
                "sec-websocket-extensions: " + OFFERED,
                "accept-encoding: gzip, br, zstd");

        RawHttp2.Frame answer = client.await(1);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.field("sec-websocket-extensions")).isEqualTo(AGREED);
        assertThat(answer.field("content-encoding")).isNull();
        assertThat(answer.field("vary")).isNull();
        client.data(1, false, frame(deflated(TEXT), true));

        StringBuilder got = new StringBuilder();
        String expected = frame(deflated(TEXT), false);
        while (got.length() < expected.length()) {
            got.append(client.await(1).text());
        }
        assertThat(got.toString()).isEqualTo(expected);
        assertThat(came.take()).isEqualTo(OFFERED);
        assertThat(came.take()).isEqualTo(frame(deflated(TEXT), true));
    }

    @Test
    void aTunnelOfConnectPassesAsItIs() throws Exception {
        RawOrigin origin = opened.open(RawOrigin.following(wire -> {
            wire.requestHead();
            wire.send("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n" + TEXT);
            wire.receiveToEnd();
        }));
        Proxy proxy = opened.open(Proxy.builder().loops(1).build());
        proxy.apply(Setup.listen("127.0.0.1", 0)
                .options(HttpOptions.builder().allowConnect(true).build())
                .filter("compress", ALL)
                .cluster("origin", "127.0.0.1:" + origin.port())
                .and()
                .route(new RouteRule(
                        "",
                        new RouteMatch(new RouteMatch.PathMatch.Connect(), List.of(), List.of(), false),
                        Records.with(Setup.forwardTo("origin"), "upgrades", List.of("CONNECT")),
                        HeaderRules.NONE))
                .build());
        RawClient client = opened.open(RawClient.connect(proxy.address("http")));

        RawMessage answer = client.send("CONNECT db:1 HTTP/1.1\r\nHost: db:1\r\nAccept-Encoding: gzip\r\n\r\n")
                .responseHead();

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("content-encoding")).isNull();
        assertThat(client.receive(TEXT.length())).isEqualTo(TEXT);
    }

    /** Who refuses to upgrade answers as to any request. */
    @Test
    void anAnswerThatIsNoUpgradeIsCompressed() throws Exception {
        RawOrigin origin = opened.open(RawOrigin.answering(
                "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " + TEXT.length() + "\r\n\r\n" + TEXT));
        Proxy proxy = opened.open(Proxy.builder().loops(1).build());
        proxy.apply(Setup.listen("127.0.0.1", 0).filter("compress", ALL).to("127.0.0.1:" + origin.port()));
        RawClient client = opened.open(RawClient.connect(proxy.address("http")));

        RawMessage answer = client.send("GET / HTTP/1.1\r\nHost: web\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                        + "Accept-Encoding: gzip\r\n\r\n")
                .response();

        assertThat(answer.header("content-encoding")).isEqualTo("gzip");
        List<Integer> magic = new ArrayList<>();
        answer.body().substring(0, 2).chars().forEach(magic::add);
        assertThat(magic).containsExactly(0x1f, 0x8b);
    }
}
