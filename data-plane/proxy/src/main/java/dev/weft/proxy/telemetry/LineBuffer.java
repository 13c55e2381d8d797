package dev.weft.proxy.telemetry;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A growing line of ASCII. What comes from a peer is escaped, so that it can neither end a line nor leave its quotes.
 *
 * <p>Confined to its event loop, which uses it again for each line.
 */
final class LineBuffer {
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    /** What is longer is cut, and ends with dots: a client must not keep itself out of the log by what it says. */
    static final int MAX_VALUE_BYTES = 8 * 1024;

    /** Behind this nothing that a peer said is written any more; what is left is for what belongs to the format. */
    static final int MAX_VALUES_BYTES = 24 * 1024;

    private byte[] bytes = new byte[1024];
    private int length;

    void clear() {
        length = 0;
    }

    int length() {
        return length;
    }

    void copyTo(byte[] target, int offset) {
        System.arraycopy(bytes, 0, target, offset, length);
    }

    LineBuffer raw(String ascii) {
        ensure(ascii.length());
        for (int i = 0; i < ascii.length(); i++) {
            bytes[length++] = (byte) ascii.charAt(i);
        }
        return this;
    }

    LineBuffer raw(char c) {
        ensure(1);
        bytes[length++] = (byte) c;
        return this;
    }

    /** The text as it stands inside JSON's quotes; quotes of the text log follow the same rule. */
    LineBuffer escaped(@Nullable String text) {
        if (text == null) {
            return raw('-');
        }
        return escaped(text, Math.min(length + MAX_VALUE_BYTES, MAX_VALUES_BYTES));
    }

    /** As {@link #escaped}, for what belongs to the format: it is never cut. */
    LineBuffer escapedWhole(String text) {
        return escaped(text, Integer.MAX_VALUE);
    }

    /**
     * @param end of the line behind which nothing more is written
     */
    private LineBuffer escaped(String text, int end) {
        ensure(Math.min(text.length(), Math.max(end - length, 1)) * 6);
        int i = 0;
        for (; i < text.length() && length < end; i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                bytes[length++] = '\\';
                bytes[length++] = (byte) c;
            } else if (c >= ' ' && c < 0x7f) {
                bytes[length++] = (byte) c;
            } else {
                bytes[length++] = '\\';
                bytes[length++] = 'u';
                for (int shift = 12; shift >= 0; shift -= 4) {
                    bytes[length++] = HEX[c >> shift & 15];
                }
            }
        }
        return i < text.length() ? raw("...") : this;
    }

    LineBuffer number(long value) {
        if (value < 0) {
            return raw('-').number(-value);
        }
        int digits = 1;
        for (long rest = value; rest >= 10; rest /= 10) {
            digits++;
        }
        return padded(value, digits);
    }

    /** Decimal, with zeros in front. */
    LineBuffer padded(long value, int digits) {
        ensure(digits);
        long rest = value;
        for (int i = length + digits - 1; i >= length; i--) {
            bytes[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        length += digits;
        return this;
    }

    /** Milliseconds with three decimals. */
    LineBuffer millis(long nanos) {
        long micros = Math.max(nanos, 0) / 1000;
        return number(micros / 1000).raw('.').padded(micros % 1000, 3);
    }

    private void ensure(int more) {
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }
}
