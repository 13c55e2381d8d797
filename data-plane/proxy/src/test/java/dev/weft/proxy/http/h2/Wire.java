package dev.weft.proxy.http.h2;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Frames as a test writes and reads them: bytes made by hand on one side, one line of text per frame on the other. Has nothing in
 * common with the codec under test but the decoder of header blocks, which {@code HpackTest} checks against the RFC's examples.
 */
final class Wire {
    static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final HpackDecoder decoder = new HpackDecoder(4096);

    static ByteBuf frame(int type, int flags, int stream, byte... payload) {
        ByteBuf out = Unpooled.buffer();
        out.writeMedium(payload.length).writeByte(type).writeByte(flags).writeInt(stream);
        return out.writeBytes(payload);
    }

    static ByteBuf headers(int stream, boolean end, String... namesAndValues) {
        return frame(Frames.HEADERS, Frames.END_HEADERS | (end ? Frames.END_STREAM : 0), stream, block(namesAndValues));
    }

    static ByteBuf get(int stream, String path) {
        return headers(stream, true, request("GET", path));
    }

    static ByteBuf post(int stream, String path) {
        return headers(stream, false, request("POST", path));
    }

    static String[] request(String method, String path, String... more) {
        List<String> all = new ArrayList<>(
                List.of(":method", method, ":scheme", "http", ":authority", "weft.test", ":path", path));
        all.addAll(List.of(more));
        return all.toArray(String[]::new);
    }

    static ByteBuf data(int stream, boolean end, String text) {
        return frame(Frames.DATA, end ? Frames.END_STREAM : 0, stream, text.getBytes(StandardCharsets.ISO_8859_1));
    }

    static ByteBuf data(int stream, boolean end, int bytes) {
        return frame(Frames.DATA, end ? Frames.END_STREAM : 0, stream, new byte[bytes]);
    }

    static ByteBuf settings(int... pairs) {
        ByteBuf payload = Unpooled.buffer();
        for (int i = 0; i < pairs.length; i += 2) {
            payload.writeShort(pairs[i]).writeInt(pairs[i + 1]);
        }
        return frame(Frames.SETTINGS, 0, 0, bytes(payload));
    }

    static ByteBuf settingsAck() {
        return frame(Frames.SETTINGS, Frames.ACK, 0);
    }

    static ByteBuf ping(long opaque, boolean ack) {
        return frame(
                Frames.PING, ack ? Frames.ACK : 0, 0, bytes(Unpooled.buffer().writeLong(opaque)));
    }

    static ByteBuf windowUpdate(int stream, int increment) {
        return frame(Frames.WINDOW_UPDATE, 0, stream, bytes(Unpooled.buffer().writeInt(increment)));
    }

    static ByteBuf reset(int stream, ErrorCode code) {
        return frame(Frames.RST_STREAM, 0, stream, bytes(Unpooled.buffer().writeInt(code.number())));
    }

    static ByteBuf goAway(int last, ErrorCode code) {
        return frame(Frames.GOAWAY, 0, 0, bytes(Unpooled.buffer().writeInt(last).writeInt(code.number())));
    }

    /** Literals without indexing, plain. */
    static byte[] block(String... namesAndValues) {
        ByteBuf out = Unpooled.buffer();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            out.writeByte(0);
            string(out, namesAndValues[i]);
            string(out, namesAndValues[i + 1]);
        }
        return bytes(out);
    }

    private static void string(ByteBuf out, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        if (bytes.length < 127) {
            out.writeByte(bytes.length);
        } else {
            out.writeByte(127);
            int rest = bytes.length - 127;
            for (; rest >= 128; rest >>= 7) {
                out.writeByte((rest & 127) | 128);
            }
            out.writeByte(rest);
        }
        out.writeBytes(bytes);
    }

    /** Reads whole frames, one line each; releases {@code in} where it is empty then. */
    List<String> describe(ByteBuf in) {
        List<String> lines = new ArrayList<>();
        while (in.readableBytes() >= 9 && in.readableBytes() >= 9 + in.getUnsignedMedium(in.readerIndex())) {
            int length = in.readUnsignedMedium();
            int type = in.readUnsignedByte();
            int flags = in.readUnsignedByte();
            int stream = in.readInt();
            lines.add(describe(type, flags, stream, in.readSlice(length)));
        }
        return lines;
    }

    private String describe(int type, int flags, int stream, ByteBuf payload) {
        String end = (flags & Frames.END_STREAM) != 0 ? " end" : "";
        return switch (type) {
            case Frames.DATA -> "DATA " + stream + " " + shown(payload) + end;
            case Frames.HEADERS -> "HEADERS " + stream + " " + fields(payload, flags) + end;
            case Frames.CONTINUATION -> "CONTINUATION " + stream + " " + payload.readableBytes();
            case Frames.RST_STREAM -> "RST_STREAM " + stream + " " + ErrorCode.of(payload.readUnsignedInt());
            case Frames.SETTINGS -> "SETTINGS" + ((flags & Frames.ACK) != 0 ? " ack" : pairs(payload));
            case Frames.PING -> "PING " + payload.readLong() + ((flags & Frames.ACK) != 0 ? " ack" : "");
            case Frames.GOAWAY ->
                "GOAWAY " + (payload.readInt() & Integer.MAX_VALUE) + " " + ErrorCode.of(payload.readUnsignedInt());
            case Frames.WINDOW_UPDATE -> "WINDOW_UPDATE " + stream + " " + payload.readInt();
            default -> "frame of type " + type;
        };
    }

    private static String shown(ByteBuf payload) {
        return payload.readableBytes() > 20
                ? payload.readableBytes() + " bytes"
                : "\"" + payload.toString(StandardCharsets.ISO_8859_1) + "\"";
    }

    private static String pairs(ByteBuf payload) {
        StringBuilder text = new StringBuilder();
        while (payload.isReadable()) {
            text.append(' ').append(payload.readUnsignedShort()).append('=').append(payload.readUnsignedInt());
        }
        return text.toString();
    }

    private String fields(ByteBuf payload, int flags) {
        if ((flags & Frames.END_HEADERS) == 0) {
            return "continued";
        }
        byte[] block = bytes(payload);
        StringBuilder text = new StringBuilder("[");
        try {
            decoder.decode(block, 0, block.length, (name, nameAt, nameLength, value, valueAt, valueLength) -> {
                text.append(text.length() > 1 ? ", " : "");
                text.append(new String(name, nameAt, nameLength, StandardCharsets.ISO_8859_1));
                text.append('=');
                text.append(new String(value, valueAt, valueLength, StandardCharsets.ISO_8859_1));
            });
        } catch (Http2Failure e) {
            throw new AssertionError(e);
        }
        return text.append(']').toString();
    }

    private static byte[] bytes(ByteBuf buffer) {
        byte[] bytes = new byte[buffer.readableBytes()];
        buffer.readBytes(bytes);
        return bytes;
    }
}
