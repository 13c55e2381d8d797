package dev.weft.proxy.http.h2;

import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.syntax.Authority;
import dev.weft.proxy.syntax.Tokens;
import java.util.HexFormat;

/**
 * What a request is and where it goes, before it is written: rewrites and filters may have made anything of it, and HPACK carries
 * any byte to a next hop that may take it for something else. The same is done for HTTP/1 as it is written there. Stateless.
 */
final class OutgoingHead {
    private static final HexFormat HEX = HexFormat.of().withUpperCase();

    private OutgoingHead() {}

    /** @throws IllegalArgumentException where method or authority cannot be sent */
    static void check(RequestHead head) {
        String method = head.method();
        for (int i = 0; i < method.length(); i++) {
            if (!Tokens.isTokenByte(method.charAt(i))) {
                throw new IllegalArgumentException("method: \"" + method + "\" (expected: a token)");
            }
        }
        String authority = head.authority();
        for (int i = 0; i < authority.length(); i++) {
            if (!Authority.isByte(authority.charAt(i))) {
                throw new IllegalArgumentException("authority: \"" + authority + "\" (expected: host and port)");
            }
        }
    }

    /** The path with what may not stand in it percent-encoded; nearly always the same. */
    static String path(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (!RequestFields.isPath(text.charAt(i))) {
                return encoded(text);
            }
        }
        return text;
    }

    private static String encoded(String text) {
        StringBuilder path = new StringBuilder(text.length() + 16);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (RequestFields.isPath(c)) {
                path.append(c);
            } else {
                path.append('%').append(HEX.toHexDigits((byte) c));
            }
        }
        return path.toString();
    }
}
