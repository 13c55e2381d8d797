package dev.weft.proxy.route;

import com.google.re2j.Pattern;
import dev.weft.proxy.model.RouteMatch.ValueMatch;
import java.nio.charset.StandardCharsets;

/**
 * Immutable: a compiled {@link ValueMatch}, tested on the raw bytes of a header, or on a string where the value is one already.
 * Only regular expressions allocate.
 */
sealed interface ValueTest {
    boolean test(byte[] bytes, int offset, int length);

    default boolean test(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        return test(bytes, 0, bytes.length);
    }

    static ValueTest compile(ValueMatch match) {
        return switch (match) {
            case ValueMatch.Exact m -> new Exact(new Literal(m.text(), m.ignoreCase()), m.text(), m.ignoreCase());
            case ValueMatch.Prefix m -> new Prefix(new Literal(m.text(), m.ignoreCase()));
            case ValueMatch.Suffix m -> new Suffix(new Literal(m.text(), m.ignoreCase()));
            case ValueMatch.Contains m -> new Contains(new Literal(m.text(), m.ignoreCase()));
            case ValueMatch.Regex m -> new Regex(Regexes.compile(m.pattern()));
            case ValueMatch.Present m -> new Present(m.present());
            case ValueMatch.Range m -> new Range(m.from(), m.to());
        };
    }

    record Exact(Literal expected, String text, boolean ignoreCase) implements ValueTest {
        @Override
        public boolean test(byte[] bytes, int offset, int length) {
            return length == expected.length() && expected.isAt(bytes, offset);
        }

        @Override
        public boolean test(String value) {
            return ignoreCase ? value.equalsIgnoreCase(text) : value.equals(text);
        }
    }

    record Prefix(Literal expected) implements ValueTest {
        @Override
        public boolean test(byte[] bytes, int offset, int length) {
            return length >= expected.length() && expected.isAt(bytes, offset);
        }
    }

    record Suffix(Literal expected) implements ValueTest {
        @Override
        public boolean test(byte[] bytes, int offset, int length) {
            return length >= expected.length() && expected.isAt(bytes, offset + length - expected.length());
        }
    }

    record Contains(Literal expected) implements ValueTest {
        @Override
        public boolean test(byte[] bytes, int offset, int length) {
            for (int i = offset; i <= offset + length - expected.length(); i++) {
                if (expected.isAt(bytes, i)) {
                    return true;
                }
            }
            return false;
        }
    }

    record Regex(Pattern pattern) implements ValueTest {
        @Override
        public boolean test(byte[] bytes, int offset, int length) {
            return test(new String(bytes, offset, length, StandardCharsets.ISO_8859_1));
        }

        @Override
        public boolean test(String text) {
            return pattern.matches(text);
        }
    }

    /** Only ever asked about a value that is there; {@link Condition} answers for the absent one. */
    record Present(boolean present) implements ValueTest {
        @Override
        public boolean test(byte[] bytes, int offset, int length) {
            return present;
        }
    }

    record Range(long from, long to) implements ValueTest {
        @Override
        public boolean test(byte[] bytes, int offset, int length) {
            int i = length > 0 && (bytes[offset] == '-' || bytes[offset] == '+') ? 1 : 0;
            if (i == length || length - i > 18) {
                return false; // nothing to read, or more than a long surely holds
            }
            long value = 0;
            for (int k = i; k < length; k++) {
                int digit = bytes[offset + k] - '0';
                if (digit < 0 || digit > 9) {
                    return false;
                }
                value = value * 10 + digit;
            }
            value = bytes[offset] == '-' ? -value : value;
            return value >= from && value < to;
        }
    }

    /** Immutable: text to compare bytes with, in lower case where case does not matter. */
    final class Literal {
        private final byte[] expected;
        private final boolean ignoreCase;

        Literal(String text, boolean ignoreCase) {
            this.expected = (ignoreCase ? TextTable.lower(text) : text).getBytes(StandardCharsets.ISO_8859_1);
            this.ignoreCase = ignoreCase;
        }

        int length() {
            return expected.length;
        }

        boolean isAt(byte[] bytes, int offset) {
            for (int i = 0; i < expected.length; i++) {
                byte b = bytes[offset + i];
                byte compared = ignoreCase && b >= 'A' && b <= 'Z' ? (byte) (b + 32) : b;
                if (compared != expected[i]) {
                    return false;
                }
            }
            return true;
        }
    }
}
