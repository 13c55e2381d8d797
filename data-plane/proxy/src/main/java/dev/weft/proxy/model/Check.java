package dev.weft.proxy.model;

import java.time.Duration;

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

    static void range(long value, long min, long max, String field) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(field + ": " + value + " (expected: " + min + " to " + max + ")");
        }
    }
}
