package dev.weft.proxy.syntax;

/**
 * {@code uri-host [":" port]} (RFC 3986, sections 3.2.2 and 3.2.3), without userinfo (RFC 9110, section 4.2.4). The same for every
 * version, since what comes by one may leave by another. Stateless.
 */
public final class Authority {
    private static final int MAX_PORT_DIGITS = 5;
    private static final boolean[] BYTE = new boolean[256];

    static {
        for (int c = 0; c < 0x7f; c++) {
            BYTE[c] = Character.isLetterOrDigit(c) || "-._~!$&'()*+,;=%:[]".indexOf(c) >= 0;
        }
    }

    private Authority() {}

    /** Whether {@code c} may stand somewhere in an authority. */
    public static boolean isByte(int c) {
        return c >= 0 && c < 256 && BYTE[c];
    }

    /** Whether the bytes from {@code from} to {@code to} are one; so are no bytes at all. */
    public static boolean isValid(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (!BYTE[bytes[i] & 0xff]) {
                return false;
            }
        }
        int port = portOf(bytes, from, to);
        int hostEnd = port < 0 ? to : port - 1;
        if (hostEnd == from) {
            return to == from;
        }
        if (bytes[from] == '[') {
            return hostEnd - from >= 4 && bytes[hostEnd - 1] == ']' && !hasBracket(bytes, from + 1, hostEnd - 1);
        }
        for (int i = from; i < hostEnd; i++) {
            if (bytes[i] == ':') {
                return false;
            }
        }
        return !hasBracket(bytes, from, hostEnd);
    }

    private static boolean hasBracket(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (bytes[i] == '[' || bytes[i] == ']') {
                return true;
            }
        }
        return false;
    }

    /** Where the port's digits begin, or -1 where there is no port. */
    public static int portOf(byte[] bytes, int from, int to) {
        int at = to;
        while (at > from && bytes[at - 1] >= '0' && bytes[at - 1] <= '9') {
            at--;
        }
        return at > from && bytes[at - 1] == ':' && at < to && to - at <= MAX_PORT_DIGITS ? at : -1;
    }
}
