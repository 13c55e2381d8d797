package dev.weft.proxy.http.h1;

import dev.weft.proxy.http.CodecFields;
import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.syntax.Authority;
import dev.weft.proxy.syntax.Tokens;
import java.util.Arrays;

/**
 * Writes heads into one array that all connections of a loop share, from which they are copied out whole.
 *
 * <p>Confined to its event loop.
 *
 * <p>Fields that are the codec's business are never copied from a message, whoever put them there: what leaves is framed by this
 * codec alone.
 */
final class HeadWriter {
    private static final char[] HEX = "0123456789abcdef".toCharArray();

    private byte[] bytes = new byte[4096];
    private int length;
    private long contentLength;

    void start() {
        length = 0;
    }

    byte[] bytes() {
        return bytes;
    }

    int length() {
        return length;
    }

    /** What {@code content-length} the fields written by {@link #fields} held, or -1. */
    long contentLength() {
        return contentLength;
    }

    void raw(byte[] text) {
        ensure(text.length);
        System.arraycopy(text, 0, bytes, length, text.length);
        length += text.length;
    }

    /** ASCII that is known to be safe. */
    @SuppressWarnings("deprecation") // the only copy of a Latin-1 string into an array without an object
    void ascii(String text) {
        ensure(text.length());
        text.getBytes(0, text.length(), bytes, length);
        length += text.length();
    }

    /**
     * A method and the space behind it.
     *
     * @throws IllegalArgumentException where {@code text} is no token
     */
    void method(String text) {
        ensure(text.length() + 1);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!Tokens.isTokenByte(c)) {
                throw new IllegalArgumentException("method: \"" + text + "\" (expected: a token)");
            }
            bytes[length++] = (byte) c;
        }
        bytes[length++] = ' ';
    }

    /** ASCII of which rewrites may have made anything: what may not stand in a target is percent-encoded. */
    void target(String text) {
        ensure(text.length() * 3);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < 256 && Bytes.TARGET[c]) {
                bytes[length++] = (byte) c;
            } else {
                bytes[length++] = '%';
                bytes[length++] = (byte) HEX[c >> 4 & 15];
                bytes[length++] = (byte) HEX[c & 15];
            }
        }
    }

    /**
     * The value of {@code host}.
     *
     * @throws IllegalArgumentException where {@code text} is none
     */
    void authority(String text) {
        ensure(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!Authority.isByte(c)) {
                throw new IllegalArgumentException("authority: \"" + text + "\" (expected: host and port)");
            }
            bytes[length++] = (byte) c;
        }
    }

    void decimal(long value) {
        ensure(20);
        int digits = 1;
        for (long rest = value; rest >= 10; rest /= 10) {
            digits++;
        }
        long rest = value;
        for (int i = length + digits - 1; i >= length; i--) {
            bytes[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        length += digits;
    }

    /** A chunk's size line. */
    void chunkSize(int size) {
        ensure(10);
        int digits = Math.max(1, (35 - Integer.numberOfLeadingZeros(size)) / 4);
        for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) {
            bytes[length++] = (byte) HEX[size >> shift & 15];
        }
        crlf();
    }

    void crlf() {
        ensure(2);
        bytes[length++] = '\r';
        bytes[length++] = '\n';
    }

    /** All fields but those of the codec, and but {@code content-length} where {@code withLength} is false. */
    void fields(Headers headers, CodecFields.Part part, boolean withLength) {
        contentLength = -1;
        byte[] from = headers.array();
        ensure(headers.byteSize() + 4 * headers.size());
        for (int i = 0; i < headers.size(); i++) {
            if (CodecFields.contains(headers, i, part)) {
                continue;
            }
            int nameLength = headers.nameLength(i);
            int value = headers.valueOffset(i);
            int valueLength = headers.valueLength(i);
            if (nameLength == 14 && headers.isAt(i, HeaderName.CONTENT_LENGTH)) {
                if (!withLength || contentLength >= 0) {
                    continue;
                }
                contentLength = Bytes.contentLength(from, value, value + valueLength);
            }
            System.arraycopy(from, headers.nameOffset(i), bytes, length, nameLength);
            length += nameLength;
            bytes[length++] = ':';
            bytes[length++] = ' ';
            System.arraycopy(from, value, bytes, length, valueLength);
            length += valueLength;
            bytes[length++] = '\r';
            bytes[length++] = '\n';
        }
    }

    private void ensure(int more) {
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }
}
