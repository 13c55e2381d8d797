package dev.weft.proxy.model;

import dev.weft.proxy.syntax.Authority;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/** The checks that records share; each message names the field and what was expected. */
final class Check {
    private Check() {}

    static void notEmpty(String value, String field) {
        if (value.isEmpty()) {
            throw new IllegalArgumentException(field + ": empty (expected: a name)");
        }
    }

    static void positive(Duration value, String field) {
        if (value.isZero() || value.isNegative()) {
            throw new IllegalArgumentException(field + ": " + value.toMillis() + "ms (expected: > 0)");
        }
    }

    static void notNegative(Duration value, String field) {
        if (value.isNegative()) {
            throw new IllegalArgumentException(field + ": " + value.toMillis() + "ms (expected: >= 0)");
        }
    }

    /** NaN is in no range. */
    static void range(double value, double min, double max, String field) {
        if (!(value >= min && value <= max)) {
            throw new IllegalArgumentException(
                    "%s: %s (expected: %s to %s)".formatted(field, number(value), number(min), number(max)));
        }
    }

    private static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? Long.toString((long) value)
                : Double.toString(value);
    }

    /** Text that becomes a header's value (RFC 9110, section 5.5); empty where there is none. */
    static void fieldValue(String value, String field) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if ((c < ' ' && c != '\t') || c == 0x7f || c > 0xff) {
                throw new IllegalArgumentException(
                        "%s: U+%04X at %d (expected: text for a header)".formatted(field, (int) c, i));
            }
        }
    }

    /** A host, with or without a port. */
    static void authority(String value, String field) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        if (value.isEmpty() || !Authority.isValid(bytes, 0, bytes.length)) {
            throw new IllegalArgumentException("%s: \"%s\" (expected: a host)".formatted(field, value));
        }
    }

    static void path(String value, String field) {
        if (!value.startsWith("/")) {
            throw new IllegalArgumentException("%s: \"%s\" (expected: to begin with /)".formatted(field, value));
        }
        fieldValue(value, field);
    }

    /** Names of protocols as TLS carries them (RFC 7301, section 3.1). */
    static void alpn(List<String> protocols, String field) {
        for (String protocol : protocols) {
            int bytes = protocol.getBytes(StandardCharsets.UTF_8).length;
            if (bytes < 1 || bytes > 255) {
                throw new IllegalArgumentException(
                        "%s: a name of %d bytes (expected: 1 to 255)".formatted(field, bytes));
            }
        }
    }

    static void range(long value, long min, long max, String field) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(field + ": " + value + " (expected: " + min + " to " + max + ")");
        }
    }
}
