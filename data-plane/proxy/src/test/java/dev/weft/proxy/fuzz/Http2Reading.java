package dev.weft.proxy.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http2.DefaultHttp2FrameReader;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameAdapter;
import io.netty.handler.codec.http2.Http2Headers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What we sent over HTTP/2, read by Netty's codec, which has nothing in common with ours, and held to RFC 9113, section 8. Confined to
 * the test's thread.
 */
final class Http2Reading extends Http2FrameAdapter {
    private static final Set<String> CONNECTION_SPECIFIC =
            Set.of("connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade");

    /** The codec wants one; it takes its allocator alone. */
    private static final ChannelHandlerContext ANY =
            new EmbeddedChannel(new ChannelInboundHandlerAdapter()).pipeline().firstContext();

    /** One message with its interim heads before it and its trailers behind. */
    static final class Message {
        final List<Map<String, String>> heads = new ArrayList<>();
        final StringBuilder body = new StringBuilder();
        boolean ended;
        boolean reset;

        Map<String, String> last() {
            return heads.getLast();
        }
    }

    final Map<Integer, Message> messages = new LinkedHashMap<>();
    private boolean gone;

    static Http2Reading of(byte[] bytes) {
        Http2Reading reading = new Http2Reading();
        ByteBuf in = Unpooled.wrappedBuffer(bytes);
        if (bytes.length >= Frames.PREFACE_BYTES && bytes[0] == 'P') {
            in.skipBytes(Frames.PREFACE_BYTES);
        }
        try (DefaultHttp2FrameReader reader =
                new DefaultHttp2FrameReader(new DefaultHttp2HeadersDecoder(true, 1 << 20))) {
            while (in.isReadable()) {
                int before = in.readerIndex();
                reader.readFrame(ANY, in, reading);
                assertThat(in.readerIndex()).as("half a frame").isGreaterThan(before);
            }
        } catch (Http2Exception e) {
            fail("another codec refuses what was sent: " + e.getMessage(), e);
        }
        return reading;
    }

    @Override
    public void onHeadersRead(
            ChannelHandlerContext context, int stream, Http2Headers headers, int padding, boolean end) {
        Message message = open(stream);
        Map<String, String> fields = new LinkedHashMap<>();
        boolean regular = false;
        Set<String> pseudo = new HashSet<>();
        for (Map.Entry<CharSequence, CharSequence> field : headers) {
            String name = field.getKey().toString();
            String value = field.getValue().toString();
            if (name.startsWith(":")) {
                assertThat(regular).as("%s behind a regular field", name).isFalse();
                assertThat(pseudo.add(name)).as("%s twice", name).isTrue();
            } else {
                regular = true;
                assertThat(name).matches("[!#$%&'*+.^_`|~0-9a-z-]+").isNotIn(CONNECTION_SPECIFIC);
                assertThat(name.equals("te") && !value.equals("trailers")).isFalse();
            }
            assertThat(value).matches("([!-~\\x80-\\xff]([\t -~\\x80-\\xff]*[!-~\\x80-\\xff])?)?");
            fields.put(name, value);
        }
        message.heads.add(fields);
        ended(message, end);
    }

    @Override
    public void onHeadersRead(
            ChannelHandlerContext context,
            int stream,
            Http2Headers headers,
            int dependency,
            short weight,
            boolean exclusive,
            int padding,
            boolean end) {
        onHeadersRead(context, stream, headers, padding, end);
    }

    @Override
    public int onDataRead(ChannelHandlerContext context, int stream, ByteBuf data, int padding, boolean end) {
        Message message = open(stream);
        assertThat(message.heads).as("DATA before a head").isNotEmpty();
        message.body.append(data.toString(StandardCharsets.ISO_8859_1));
        ended(message, end);
        return data.readableBytes() + padding;
    }

    @Override
    public void onRstStreamRead(ChannelHandlerContext context, int stream, long code) {
        Message known = messages.computeIfAbsent(stream, id -> new Message());
        assertThat(known.reset).as("RST_STREAM twice on %s", stream).isFalse();
        known.reset = true;
    }

    @Override
    public void onGoAwayRead(ChannelHandlerContext context, int last, long code, ByteBuf debug) {
        gone = true;
    }

    /** Whether we ended the connection. */
    boolean isGone() {
        return gone;
    }

    private Message open(int stream) {
        Message message = messages.computeIfAbsent(stream, id -> new Message());
        assertThat(message.ended || message.reset)
                .as("a frame behind the end of %s", stream)
                .isFalse();
        return message;
    }

    private static void ended(Message message, boolean end) {
        message.ended = end;
    }

    /** The request that a server gets: once each what it is, one body as long as it says, and trailers behind it alone. */
    static void requireRequest(Message message) {
        Map<String, String> head = message.heads.getFirst();
        boolean connect = "CONNECT".equals(head.get(":method"));
        assertThat(head.get(":method")).matches("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
        assertThat(head.get(":authority")).as(":authority").isNotNull();
        assertThat(head).doesNotContainKey("host");
        if (connect && !head.containsKey(":protocol")) {
            assertThat(head).doesNotContainKeys(":scheme", ":path");
        } else {
            assertThat(head.get(":scheme")).isIn("http", "https");
            assertThat(head.get(":path")).matches("/[!-~]*|\\*").doesNotContain("#");
        }
        assertThat(message.heads).hasSizeLessThanOrEqualTo(2);
        requireTrailers(message, 1);
        if (!connect) {
            requireLength(message, head);
        }
    }

    /**
     * A response as a client may get it: interim ones first, one that counts, trailers behind its body alone.
     *
     * @return its status; 0 where it was reset before there was one
     */
    static int requireResponse(Message message, boolean toHead) {
        for (int i = 0; i < message.heads.size(); i++) {
            Map<String, String> head = message.heads.get(i);
            assertThat(head.get(":status"))
                    .as("status of head %s of %s", i, message.heads)
                    .isNotNull();
            int status = Integer.parseInt(head.get(":status"));
            assertThat(status).isBetween(100, 599).isNotEqualTo(101);
            if (status >= 200) {
                requireTrailers(message, i + 1);
                boolean bodiless = toHead || status == 204 || status == 304;
                if (bodiless) {
                    assertThat(message.body.toString()).isEmpty();
                } else {
                    requireLength(message, head);
                }
                return status;
            }
        }
        assertThat(message.ended).as("an end without a response").isFalse();
        assertThat(message.body.toString()).isEmpty();
        return 0;
    }

    private static void requireTrailers(Message message, int from) {
        assertThat(message.heads.size()).isLessThanOrEqualTo(from + 1);
        if (message.heads.size() > from) {
            assertThat(message.ended).as("trailers that do not end").isTrue();
            assertThat(message.last().keySet()).noneMatch(name -> name.startsWith(":"));
        }
    }

    private static void requireLength(Message message, Map<String, String> head) {
        String length = head.get("content-length");
        if (length != null) {
            assertThat(length).matches("[0-9]{1,18}");
            assertThat((long) message.body.length()).isLessThanOrEqualTo(Long.parseLong(length));
            if (message.ended) {
                assertThat((long) message.body.length()).isEqualTo(Long.parseLong(length));
            }
        }
    }
}
