package dev.weft.proxy.format;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.Locale;

/** The argument of {@code START_TIME}: a pattern of strftime, in UTC, with {@code %3f} for three decimals of a second. Stateless. */
final class TimeFormat {
    private static final String PLAIN = "%Y-%m-%dT%H:%M:%S.%3fZ";

    private TimeFormat() {}

    static Operator operator(String pattern) {
        DateTimeFormatter format = compile(pattern.isEmpty() ? PLAIN : pattern);
        return Operator.text(
                facts -> format.format(Instant.ofEpochMilli(facts.startMillis()).atOffset(ZoneOffset.UTC)));
    }

    private static DateTimeFormatter compile(String pattern) {
        DateTimeFormatterBuilder builder = new DateTimeFormatterBuilder();
        for (int i = 0; i < pattern.length(); i++) {
            char c = pattern.charAt(i);
            if (c != '%') {
                builder.appendLiteral(c);
                continue;
            }
            char next = i + 1 < pattern.length() ? pattern.charAt(i + 1) : 0;
            char afterNext = i + 2 < pattern.length() ? pattern.charAt(i + 2) : 0;
            if (next >= '1' && next <= '9' && afterNext == 'f') {
                builder.appendFraction(ChronoField.NANO_OF_SECOND, next - '0', next - '0', false);
                i += 2;
            } else {
                conversion(builder, next, pattern);
                i++;
            }
        }
        return builder.toFormatter(Locale.ROOT);
    }

    private static void conversion(DateTimeFormatterBuilder builder, char conversion, String pattern) {
        switch (conversion) {
            case 'Y' -> builder.appendPattern("yyyy");
            case 'y' -> builder.appendPattern("yy");
            case 'm' -> builder.appendPattern("MM");
            case 'd' -> builder.appendPattern("dd");
            case 'H' -> builder.appendPattern("HH");
            case 'M' -> builder.appendPattern("mm");
            case 'S' -> builder.appendPattern("ss");
            case 'F' -> builder.appendPattern("yyyy-MM-dd");
            case 'T' -> builder.appendPattern("HH:mm:ss");
            case 'a' -> builder.appendPattern("EEE");
            case 'b' -> builder.appendPattern("MMM");
            case 'f' -> builder.appendFraction(ChronoField.NANO_OF_SECOND, 9, 9, false);
            case 's' -> builder.appendValue(ChronoField.INSTANT_SECONDS);
            case 'z' -> builder.appendLiteral("+0000");
            case 'Z' -> builder.appendLiteral("UTC");
            case '%' -> builder.appendLiteral('%');
            default ->
                throw new IllegalArgumentException(
                        "%START_TIME(" + pattern + ")% (expected: after each percent sign one of"
                                + " Y, y, m, d, H, M, S, F, T, a, b, f, 1f to 9f, s, z, Z, %)");
        }
    }
}
