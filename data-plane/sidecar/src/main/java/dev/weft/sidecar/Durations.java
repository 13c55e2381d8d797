package dev.weft.sidecar;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.TypeConversionException;

/** Durations as people write them: {@code 500ms}, {@code 5s}, {@code 1.5m}, {@code 1h}. Stateless. */
final class Durations {
    private static final Pattern FORM = Pattern.compile("(\\d+(?:\\.\\d+)?)(ms|s|m|h)");

    private static final BigDecimal LONGEST =
            BigDecimal.valueOf(Duration.ofDays(36_500).toMillis());

    private Durations() {}

    static Duration parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new TypeConversionException(text + " (expected: a duration, for instance 500ms or 5s)");
        }
        long unitMillis = switch (matcher.group(2)) {
            case "ms" -> 1;
            case "s" -> 1000;
            case "m" -> 60_000;
            default -> 3_600_000;
        };
        BigDecimal millis = new BigDecimal(matcher.group(1)).multiply(BigDecimal.valueOf(unitMillis));
        if (millis.compareTo(LONGEST) > 0) {
            throw new TypeConversionException(text + " (expected: at most 100 years)");
        }
        return Duration.ofMillis(millis.longValue());
    }
}
