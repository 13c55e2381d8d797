package dev.weft.api.validation;

import com.google.protobuf.Duration;
import com.google.protobuf.util.Durations;
import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import java.math.BigDecimal;
import java.math.RoundingMode;

/** Durations, sizes and shares as people write them: {@code 500ms}, {@code 1m30s}, {@code 64KiB}, {@code 20%}. Pure. */
public final class HumanUnits {
    private static final Pattern PART = Pattern.compile("(\\d+(?:\\.\\d+)?)(ns|us|ms|s|m|h|d)");
    private static final Pattern WHOLE = Pattern.compile("(?:\\d+(?:\\.\\d+)?(?:ns|us|ms|s|m|h|d))+");
    private static final Pattern SIZE = Pattern.compile("(\\d+)\\s*(B|KiB|MiB|GiB|kB|MB|GB)?");
    private static final Pattern PERCENT = Pattern.compile("(\\d+(?:\\.\\d+)?)\\s*%");

    private static final BigDecimal LONGEST_SECONDS = BigDecimal.valueOf(315_576_000_000L);

    private HumanUnits() {}

    /**
     * @param text one or more numbers with units (ns, us, ms, s, m, h, d), largest first by habit
     * @throws IllegalArgumentException with what was expected
     */
    public static Duration parseDuration(String text) {
        String trimmed = text.trim();
        if (!WHOLE.matches(trimmed)) {
            throw new IllegalArgumentException("\"" + text + "\" (expected: a duration such as 500ms, 5s or 1m30s)");
        }
        BigDecimal nanos = BigDecimal.ZERO;
        Matcher part = PART.matcher(trimmed);
        while (part.find()) {
            nanos = nanos.add(new BigDecimal(part.group(1)).multiply(BigDecimal.valueOf(nanosOf(part.group(2)))));
        }
        BigDecimal[] split =
                nanos.setScale(0, RoundingMode.HALF_UP).divideAndRemainder(BigDecimal.valueOf(1_000_000_000L));
        if (split[0].compareTo(LONGEST_SECONDS) > 0) {
            throw new IllegalArgumentException("\"" + text + "\" (expected: a duration of at most 10000 years)");
        }
        return Duration.newBuilder()
                .setSeconds(split[0].longValueExact())
                .setNanos(split[1].intValueExact())
                .build();
    }

    /** The shortest usual form: {@code 0s}, {@code 250ms}, {@code 1m30s}. */
    public static String duration(Duration value) {
        if (!Durations.isValid(value) || Durations.isNegative(value)) {
            return value.getSeconds() + "s" + value.getNanos() + "ns";
        }
        long nanos = value.getNanos();
        if (value.getSeconds() == 0 && nanos != 0) {
            return nanos % 1_000_000 == 0
                    ? nanos / 1_000_000 + "ms"
                    : nanos % 1000 == 0 ? nanos / 1000 + "us" : nanos + "ns";
        }
        if (nanos != 0) {
            return BigDecimal.valueOf(value.getSeconds())
                            .add(BigDecimal.valueOf(nanos, 9))
                            .stripTrailingZeros()
                            .toPlainString()
                    + "s";
        }
        long seconds = value.getSeconds();
        if (seconds == 0) {
            return "0s";
        }
        StringBuilder text = new StringBuilder();
        append(text, seconds / 3600, "h");
        append(text, seconds / 60 % 60, "m");
        append(text, seconds % 60, "s");
        return text.toString();
    }

    /**
     * @return bytes
     * @throws IllegalArgumentException with what was expected
     */
    public static long parseSize(String text) {
        Matcher size = SIZE.matcher(text.trim());
        if (!size.matches()) {
            throw new IllegalArgumentException("\"" + text + "\" (expected: a size such as 512B, 64KiB or 1MiB)");
        }
        String unit = size.group(2) == null ? "B" : size.group(2);
        long factor = switch (unit) {
            case "KiB" -> 1L << 10;
            case "MiB" -> 1L << 20;
            case "GiB" -> 1L << 30;
            case "kB" -> 1_000L;
            case "MB" -> 1_000_000L;
            case "GB" -> 1_000_000_000L;
            default -> 1L;
        };
        return Math.multiplyExact(Long.parseLong(size.group(1)), factor);
    }

    /**
     * @return 0 to 100
     * @throws IllegalArgumentException with what was expected
     */
    public static double parsePercent(String text) {
        Matcher percent = PERCENT.matcher(text.trim());
        if (!percent.matches() || Double.parseDouble(percent.group(1)) > 100) {
            throw new IllegalArgumentException("\"" + text + "\" (expected: a share such as 20%, 0% to 100%)");
        }
        return Double.parseDouble(percent.group(1));
    }

    static long millis(String text) {
        return Durations.toMillis(parseDuration(text));
    }

    private static void append(StringBuilder text, long amount, String unit) {
        if (amount > 0) {
            text.append(amount).append(unit);
        }
    }

    private static long nanosOf(String unit) {
        return switch (unit) {
            case "ns" -> 1L;
            case "us" -> 1_000L;
            case "ms" -> 1_000_000L;
            case "s" -> 1_000_000_000L;
            case "m" -> 60_000_000_000L;
            case "h" -> 3_600_000_000_000L;
            default -> 86_400_000_000_000L;
        };
    }
}
