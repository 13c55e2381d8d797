package dev.weft.sidecar;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.TypeConversionException;

/** Durations as people write them: {@code 500ms}, {@code 5s}, {@code 1.5m}, {@code 1h}. Stateless. */
final class Durations {
    private static final Pattern FORM = Pattern.compile("0*(\\d+)(?:\\.(\\d+))?(ms|s|m|h)");

    private static final long LONGEST_MILLIS = Duration.ofDays(36_500).toMillis();
    /** Of {@link #LONGEST_MILLIS}, and what a {@code long} holds in any case. */
    private static final int MOST_DIGITS = 13;

    private static final int DECIMALS = 9;
    private static final long DECIMAL_UNIT = 1_000_000_000;

    private Durations() {}

    /** Without the JDK's decimals, whose first makes tables of two megabytes: a start has better to do. */
    static Duration parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new TypeConversionException(text + " (expected: a duration, for instance 500ms or 5s)");
        }
        long unitMillis = switch (matcher.group(3)) {
            case "ms" -> 1;
            case "s" -> 1000;
            case "m" -> 60_000;
            default -> 3_600_000;
        };
        String whole = matcher.group(1);
        long units = whole.length() > MOST_DIGITS ? Long.MAX_VALUE : Long.parseLong(whole);
        long millis = units > LONGEST_MILLIS / unitMillis
                ? Long.MAX_VALUE
                : units * unitMillis + decimals(matcher.group(2)) * unitMillis / DECIMAL_UNIT;
        if (millis > LONGEST_MILLIS) {
            throw new TypeConversionException(text + " (expected: at most 100 years)");
        }
        return Duration.ofMillis(millis);
    }

    /** In units of {@link #DECIMAL_UNIT}; further digits are less than a millisecond of every unit. */
    private static long decimals(@Nullable String digits) {
        return digits == null ? 0 : Long.parseLong((digits + "0".repeat(DECIMALS)).substring(0, DECIMALS));
    }
}
