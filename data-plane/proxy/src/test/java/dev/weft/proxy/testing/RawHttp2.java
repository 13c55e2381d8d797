package dev.weft.proxy.testing;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Either end of an HTTP/2 connection, a frame at a time: it sends exactly what it is told to, and answers nothing by itself but
 * SETTINGS and PING while it {@linkplain #await waits}. Header blocks are decoded by Netty, which has nothing in common with the
 * codec under test. Confined to one thread; reads give up after ten seconds.
 */
public final class RawHttp2 implements AutoCloseable {
    public static final int DATA = 0;
    public static final int HEADERS = 1;
    public static final int PRIORITY = 2;
    public static final int RST_STREAM = 3;
    public static final int SETTINGS = 4;
    public static final int PUSH_PROMISE = 5;
    public static final int PING = 6;
    public static final int GOAWAY = 7;
    public static final int WINDOW_UPDATE = 8;

    /** END_STREAM of DATA and HEADERS, ACK of SETTINGS and PING. */
    public static final int END = 1;

    public static final int END_HEADERS = 4;

    /** Settings. */
    public static final int HEADER_TABLE_SIZE = 1;

    public static final int MAX_CONCURRENT_STREAMS = 3;
    public static final int INITIAL_WINDOW_SIZE = 4;
    public static final int MAX_FRAME_SIZE = 5;
    public static final int ENABLE_CONNECT_PROTOCOL = 8;

    /** What stands for the end of the connection where a frame was awaited. */
    public static final int CONNECTION_END = -1;

    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final int LARGEST_WINDOW = Integer.MAX_VALUE;

    private static final int FRAME_BYTES = 16_384;

    private final Socket socket;
    private final DataInputStream in;
    private final ArrayDeque<Frame> skipped = new ArrayDeque<>();
    private final Map<Integer, Long> grown = new HashMap<>();
    private long initialWindow = 65_535;
    private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder(true, 1 << 20);

    /**
     * A frame as it came.
     *
     * @param text the payload in ISO-8859-1
     * @param fields of HEADERS, each {@code name: value}
     */
    public record Frame(int type, int flags, int stream, String text, List<String> fields) {
        public boolean isEnd() {
            return (type == DATA || type == HEADERS) && (flags & END) != 0;
        }

        /** The first value of that field, or null. */
        public @Nullable String field(String name) {
            return fields.stream()
                    .filter(field -> field.startsWith(name + ": "))
                    .map(field -> field.substring(name.length() + 2))
                    .findFirst()
                    .orElse(null);
        }

        /** Of a response's HEADERS; 0 for trailers. */
        public int status() {
            String status = field(":status");
            return status == null ? 0 : Integer.parseInt(status);
        }

        /** Of RST_STREAM, and of GOAWAY. */
        public int code() {
            return Unpooled.wrappedBuffer(latin1(text)).getInt(type == GOAWAY ? 4 : 0);
        }
    }

    private RawHttp2(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new DataInputStream(socket.getInputStream());
        socket.setSoTimeout(10_000);
        socket.setTcpNoDelay(true);
    }

    /** The client's end; preface, SETTINGS and a connection window that is never in the way are sent. */
    public static RawHttp2 client(Socket socket) throws IOException {
        RawHttp2 peer = new RawHttp2(socket);
        socket.getOutputStream().write(PREFACE);
        return peer.settings().windowUpdate(0, LARGEST_WINDOW - 65_535);
    }

    /** The server's end; the client's preface is read, and nothing sent. */
    public static RawHttp2 server(Socket socket) throws IOException {
        RawHttp2 peer = new RawHttp2(socket);
        byte[] preface = peer.in.readNBytes(PREFACE.length);
        if (!Arrays.equals(preface, PREFACE)) {
            throw new EOFException("no preface: \"" + text(preface) + "\"");
        }
        return peer;
    }

    public RawHttp2 send(int type, int flags, int stream, byte... payload) throws IOException {
        ByteBuf frame = Unpooled.buffer(9 + payload.length);
        frame.writeMedium(payload.length).writeByte(type).writeByte(flags).writeInt(stream);
        frame.writeBytes(payload);
        return bytes(frame.array());
    }

    /** Bytes that need not be a frame. */
    public RawHttp2 bytes(byte... bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
        return this;
    }

    /** Pairs of number and value. */
    public RawHttp2 settings(int... pairs) throws IOException {
        ByteBuf payload = Unpooled.buffer();
        for (int i = 0; i < pairs.length; i += 2) {
            payload.writeShort(pairs[i]).writeInt(pairs[i + 1]);
        }
        return send(SETTINGS, 0, 0, ByteBufUtil.getBytes(payload));
    }

    /** Sends settings and returns once they are acknowledged; frames of streams that come meanwhile are there for {@link #await}. */
    public RawHttp2 settled(int... pairs) throws IOException {
        settings(pairs);
        for (Frame frame = read(); frame.type != SETTINGS || (frame.flags & END) == 0; frame = read()) {
            if (!answered(frame)) {
                skipped.add(frame);
            }
            if (frame.type == CONNECTION_END) {
                throw new EOFException("the connection ended before settings were acknowledged");
            }
        }
        return this;
    }

    /** What was told as {@link #HEADER_TABLE_SIZE}: from now on blocks that do not keep to it are malformed. */
    public RawHttp2 headerTable(int bytes) throws IOException {
        try {
            decoder.maxHeaderTableSize(bytes);
        } catch (Http2Exception tooLarge) {
            throw new IOException(tooLarge);
        }
        return this;
    }

    public RawHttp2 windowUpdate(int stream, int by) throws IOException {
        return send(WINDOW_UPDATE, 0, stream, number(by));
    }

    public RawHttp2 reset(int stream, int code) throws IOException {
        return send(RST_STREAM, 0, stream, number(code));
    }

    public RawHttp2 goAway(int last, int code) throws IOException {
        return send(
                GOAWAY,
                0,
                0,
                ByteBufUtil.getBytes(Unpooled.buffer().writeInt(last).writeInt(code)));
    }

    /** Fields as literals, each {@code name: value}. */
    public RawHttp2 headers(int stream, boolean end, String... fields) throws IOException {
        return headers(stream, end, List.of(fields));
    }

    public RawHttp2 headers(int stream, boolean end, List<String> fields) throws IOException {
        byte[] block = block(fields);
        int type = HEADERS;
        int from = 0;
        do {
            int to = Math.min(block.length, from + FRAME_BYTES);
            int flags = (to == block.length ? END_HEADERS : 0) | (end && type == HEADERS ? END : 0);
            send(type, flags, stream, Arrays.copyOfRange(block, from, to));
            type = 9;
            from = to;
        } while (from < block.length);
        return this;
    }

    public RawHttp2 data(int stream, boolean end, String text) throws IOException {
        return data(stream, end, latin1(text));
    }

    /** In frames of 16 KiB; the other side's windows must have room. */
    public RawHttp2 data(int stream, boolean end, byte[] bytes) throws IOException {
        int from = 0;
        do {
            int to = Math.min(bytes.length, from + FRAME_BYTES);
            send(DATA, end && to == bytes.length ? END : 0, stream, Arrays.copyOfRange(bytes, from, to));
            from = to;
        } while (from < bytes.length);
        return this;
    }

    /** As the other side's windows have room; frames of streams that come meanwhile are there for {@link #await}. */
    public RawHttp2 body(int stream, boolean end, String text) throws IOException {
        byte[] bytes = latin1(text);
        int from = 0;
        do {
            long room = Math.min(room(0), room(stream));
            int to = (int) Math.min(bytes.length, from + Math.min(FRAME_BYTES, room));
            if (to > from || bytes.length == 0) {
                grow(0, from - to);
                grow(stream, from - to);
                send(DATA, end && to == bytes.length ? END : 0, stream, Arrays.copyOfRange(bytes, from, to));
            } else {
                Frame frame = read();
                if (answered(frame)) {
                    continue;
                }
                skipped.add(frame);
                if (frame.type == CONNECTION_END || (frame.type == RST_STREAM && frame.stream == stream)) {
                    throw new EOFException("stream " + stream + " ended while its body was sent");
                }
            }
            from = to;
        } while (from < bytes.length);
        return this;
    }

    private long room(int stream) {
        return (stream == 0 ? 65_535 : initialWindow) + grown.getOrDefault(stream, 0L);
    }

    private void grow(int stream, long by) {
        grown.merge(stream, by, Long::sum);
    }

    public static byte[] block(List<String> fields) {
        ByteBuf out = Unpooled.buffer();
        for (String field : fields) {
            int colon = field.indexOf(": ", 1);
            out.writeByte(0);
            string(out, field.substring(0, colon));
            string(out, field.substring(colon + 2));
        }
        return ByteBufUtil.getBytes(out);
    }

    private static void string(ByteBuf out, String text) {
        if (text.length() < 127) {
            out.writeByte(text.length());
        } else {
            out.writeByte(127);
            int rest = text.length() - 127;
            for (; rest >= 128; rest >>= 7) {
                out.writeByte((rest & 127) | 128);
            }
            out.writeByte(rest);
        }
        out.writeCharSequence(text, StandardCharsets.ISO_8859_1);
    }

    private static byte[] number(int value) {
        return ByteBufUtil.getBytes(Unpooled.buffer().writeInt(value));
    }

    /** The next frame, whatever it is; type {@link #CONNECTION_END} where there is none. */
    public Frame read() throws IOException {
        int length = in.read();
        if (length < 0) {
            return new Frame(CONNECTION_END, 0, 0, "", List.of());
        }
        length = length << 16 | in.readUnsignedShort();
        int type = in.readUnsignedByte();
        int flags = in.readUnsignedByte();
        int stream = in.readInt();
        byte[] payload = in.readNBytes(length);
        if (type == WINDOW_UPDATE) {
            grow(stream, Unpooled.wrappedBuffer(payload).getInt(0));
        } else if (type == SETTINGS) {
            for (ByteBuf pairs = Unpooled.wrappedBuffer(payload); pairs.isReadable(); ) {
                boolean window = pairs.readUnsignedShort() == INITIAL_WINDOW_SIZE;
                long value = pairs.readUnsignedInt();
                initialWindow = window ? value : initialWindow;
            }
        }
        if (type != HEADERS) {
            return new Frame(type, flags, stream, text(payload), List.of());
        }
        int all = flags;
        while ((all & END_HEADERS) == 0) {
            int more = in.readUnsignedByte() << 16 | in.readUnsignedShort();
            in.readUnsignedByte();
            all |= in.readUnsignedByte();
            in.readInt();
            int from = payload.length;
            payload = Arrays.copyOf(payload, from + more);
            in.readFully(payload, from, more);
        }
        return new Frame(type, flags, stream, text(payload), fields(stream, payload));
    }

    /** The next frame that belongs to a stream, or ends the connection; SETTINGS and PING are acknowledged on the way. */
    public Frame await() throws IOException {
        Frame frame = skipped.isEmpty() ? read() : skipped.remove();
        while (answered(frame)) {
            frame = read();
        }
        return frame;
    }

    /** Whether it is about the connection alone. */
    private boolean answered(Frame frame) throws IOException {
        boolean answer = (frame.flags & END) == 0;
        if (frame.type == SETTINGS && answer) {
            send(SETTINGS, END, 0);
        } else if (frame.type == PING && answer) {
            send(PING, END, 0, latin1(frame.text));
        }
        return frame.type == SETTINGS || frame.type == PING || frame.type == WINDOW_UPDATE;
    }

    /** The next frame of that stream; those of others are dropped. */
    public Frame await(int stream) throws IOException {
        Frame frame = await();
        while (frame.stream != stream && frame.type != CONNECTION_END) {
            frame = await();
        }
        return frame;
    }

    private List<String> fields(int stream, byte[] block) throws IOException {
        try {
            Http2Headers headers = decoder.decodeHeaders(stream, Unpooled.wrappedBuffer(block));
            List<String> fields = new ArrayList<>();
            for (Map.Entry<CharSequence, CharSequence> field : headers) {
                fields.add(field.getKey() + ": " + field.getValue());
            }
            return fields;
        } catch (Http2Exception malformed) {
            throw new IOException(malformed);
        }
    }

    private static byte[] latin1(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    public Socket socket() {
        return socket;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
