package dev.weft.proxy.fuzz;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Writes HTTP/2 frames (RFC 9113) with field blocks of plain literals (RFC 7541, section 6.2.2). Not thread-safe. */
final class Frames {
    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    static final int PREFACE_BYTES = PREFACE.length;

    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int SETTINGS = 4;
    private static final int END_STREAM = 1;
    private static final int END_HEADERS = 4;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private Frames() {}

    /** What a client says first. */
    static Frames ofClient() {
        Frames frames = new Frames();
        frames.out.writeBytes(PREFACE);
        frames.frame(SETTINGS, 0, 0, new byte[0]);
        return frames;
    }

    /** What a server says first. */
    static Frames ofServer() {
        Frames frames = new Frames();
        frames.frame(SETTINGS, 0, 0, new byte[0]);
        return frames;
    }

    /** Names and values in turn. */
    void head(int stream, boolean end, List<String> fields) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        for (int i = 0; i < fields.size(); i += 2) {
            block.write(0);
            string(block, fields.get(i));
            string(block, fields.get(i + 1));
        }
        frame(HEADERS, END_HEADERS | (end ? END_STREAM : 0), stream, block.toByteArray());
    }

    void data(int stream, boolean end, String text) {
        frame(DATA, end ? END_STREAM : 0, stream, text.getBytes(StandardCharsets.ISO_8859_1));
    }

    byte[] bytes() {
        return out.toByteArray();
    }

    private static void string(ByteArrayOutputStream block, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        block.write(bytes.length); // below 127, so that it is its own length
        block.writeBytes(bytes);
    }

    private void frame(int type, int flags, int stream, byte[] payload) {
        out.write(payload.length >> 16);
        out.write(payload.length >> 8);
        out.write(payload.length);
        out.write(type);
        out.write(flags);
        for (int shift = 24; shift >= 0; shift -= 8) {
            out.write(stream >> shift);
        }
        out.writeBytes(payload);
    }
}
