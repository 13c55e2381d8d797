package dev.weft.proxy.testing;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/1 message as it was on the wire. Immutable.
 *
 * @param head start line and fields, each line with its CRLF, without the empty line
 * @param body without its framing
 * @param trailers field lines behind a chunked body, each with its CRLF
 */
public record RawMessage(String head, String body, String trailers) {
    /** The first line without CRLF. */
    public String startLine() {
        return head.substring(0, head.indexOf("\r\n"));
    }

    /** Of a response. */
    public int status() {
        return Integer.parseInt(startLine().split(" ")[1]);
    }

    /** The value of the first field of that name, or null. */
    public @Nullable String header(String name) {
        for (String line : head.split("\r\n")) {
            if (line.toLowerCase(Locale.ROOT).startsWith(name.toLowerCase(Locale.ROOT) + ":")) {
                return line.substring(name.length() + 1).trim();
            }
        }
        return null;
    }

    /** How many fields bear that name. */
    public int count(String name) {
        int count = 0;
        for (String line : head.split("\r\n")) {
            count += line.toLowerCase(Locale.ROOT).startsWith(name.toLowerCase(Locale.ROOT) + ":") ? 1 : 0;
        }
        return count;
    }

    /**
     * Reads one message.
     *
     * @param headOnly where no body follows whatever the head says
     * @throws EOFException where the connection ends in the middle
     */
    static RawMessage read(InputStream in, boolean headOnly) throws IOException {
        StringBuilder head = new StringBuilder();
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            head.append(line).append("\r\n");
        }
        RawMessage bare = new RawMessage(head.toString(), "", "");
        return headOnly ? bare : rest(bare, in);
    }

    /** Reads what follows a head, and returns the whole. */
    static RawMessage rest(RawMessage bare, InputStream in) throws IOException {
        boolean response = bare.head.startsWith("HTTP/");
        if (response && (bare.status() < 200 || bare.status() == 204 || bare.status() == 304)) {
            return bare;
        }
        String length = bare.header("content-length");
        if ("chunked".equals(bare.header("transfer-encoding"))) {
            return chunked(bare, in);
        }
        if (length != null) {
            return new RawMessage(bare.head, exactly(in, Integer.parseInt(length)), "");
        }
        return response ? new RawMessage(bare.head, text(in.readAllBytes()), "") : bare;
    }

    private static RawMessage chunked(RawMessage bare, InputStream in) throws IOException {
        StringBuilder body = new StringBuilder();
        for (int size = Integer.parseInt(line(in), 16); size > 0; size = Integer.parseInt(line(in), 16)) {
            body.append(exactly(in, size));
            if (!line(in).isEmpty()) {
                throw new IOException("chunk without its CRLF");
            }
        }
        StringBuilder trailers = new StringBuilder();
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            trailers.append(line).append("\r\n");
        }
        return new RawMessage(bare.head, body.toString(), trailers.toString());
    }

    private static String exactly(InputStream in, int count) throws IOException {
        byte[] bytes = in.readNBytes(count);
        if (bytes.length < count) {
            throw new EOFException("connection ended after " + bytes.length + " of " + count + " bytes of body");
        }
        return text(bytes);
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        while (true) {
            int b = in.read();
            if (b < 0) {
                throw new EOFException("connection ended after \"" + line + "\"");
            }
            if (b == '\n') {
                String text = text(line.toByteArray());
                if (!text.endsWith("\r")) {
                    throw new IOException("bare LF after \"" + text + "\"");
                }
                return text.substring(0, text.length() - 1);
            }
            line.write(b);
        }
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
