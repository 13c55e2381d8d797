package dev.weft.proxy.syntax;

/** Character classes of RFC 9110, section 5.6.2. Immutable. */
public final class Tokens {
    private static final boolean[] TOKEN = new boolean[128];

    static {
        for (char c = '0'; c <= '9'; c++) {
            TOKEN[c] = true;
        }
        for (char c = 'a'; c <= 'z'; c++) {
            TOKEN[c] = true;
            TOKEN[c - 32] = true;
        }
        for (char c : "!#$%&'*+-.^_`|~".toCharArray()) {
            TOKEN[c] = true;
        }
    }

    private Tokens() {}

    /** Whether {@code c} may stand in a token ({@code tchar}). */
    public static boolean isTokenByte(int c) {
        return c >= 0 && c < 128 && TOKEN[c];
    }
}
