package dev.weft.proxy.http.h1;

import dev.weft.proxy.syntax.Tokens;
import java.nio.charset.StandardCharsets;

/** Classes of bytes as tables, so that the walk over a head costs one load per byte. Immutable. */
final class Bytes {
    /** A byte of a token in lower case; 0 for what no token holds. */
    static final byte[] LOWER_TOKEN = new byte[256];

    /** Bytes of a field value: HTAB, visible ASCII, SP and obs-text (RFC 9110, section 5.5); no other control character. */
    static final boolean[] VALUE = new boolean[256];

    /** Bytes of a request target: visible ASCII without the fragment's {@code #}. */
    static final boolean[] TARGET = new boolean[256];

    static {
        for (int c = 0; c < 256; c++) {
            if (Tokens.isTokenByte(c)) {
                LOWER_TOKEN[c] = (byte) Character.toLowerCase(c);
            }
            VALUE[c] = c == '\t' || (c >= ' ' && c != 0x7f);
            TARGET[c] = c > ' ' && c < 0x7f && c != '#';
        }
    }

    private Bytes() {}

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Whether the bytes there are {@code lowerCase}, letter case of ASCII aside. */
    static boolean equalsIgnoreCase(byte[] array, int from, int to, String lowerCase) {
        if (to - from != lowerCase.length()) {
            return false;
        }
        for (int i = 0; i < lowerCase.length(); i++) {
            int b = array[from + i];
            if ((b >= 'A' && b <= 'Z' ? b + 32 : b) != lowerCase.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** Whether the bytes there are exactly {@code text}. */
    static boolean equals(byte[] array, int from, int to, String text) {
        if (to - from != text.length()) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            if (array[from + i] != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /**
     * Digits only, without sign or space (RFC 9110, section 8.6).
     *
     * @throws BadMessage where it is anything else, or does not fit a long
     */
    static long contentLength(byte[] array, int from, int to) {
        if (from == to || to - from > 18) {
            throw BadMessage.malformed("content-length is not a number");
        }
        long value = 0;
        for (int i = from; i < to; i++) {
            int digit = array[i] - '0';
            if (digit < 0 || digit > 9) {
                throw BadMessage.malformed("content-length is not a number");
            }
            value = value * 10 + digit;
        }
        return value;
    }
}
