package dev.weft.proxy.http.h1;

import java.nio.charset.StandardCharsets;

/** The registered methods as strings that exist already. Immutable. */
final class Methods {
    private static final String[] KNOWN = {
        "GET", "POST", "PUT", "HEAD", "DELETE", "PATCH", "OPTIONS", "CONNECT", "TRACE"
    };

    private Methods() {}

    /** The method there; a known one costs no allocation. */
    static String text(byte[] bytes, int from, int to) {
        for (String known : KNOWN) {
            if (Bytes.equals(bytes, from, to, known)) {
                return known;
            }
        }
        return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    }
}
