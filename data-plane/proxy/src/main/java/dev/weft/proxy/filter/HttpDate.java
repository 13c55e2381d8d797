package dev.weft.proxy.filter;

import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * The value of {@code Date} (RFC 9110, section 5.6.7), made once a second.
 *
 * <p>Thread-safe: whoever is first in a second publishes its text to the others; that two do is harmless.
 */
final class HttpDate {
    private static final DateTimeFormatter FORMAT = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US)
            .withZone(ZoneOffset.UTC);

    private final InstantSource clock;
    private volatile Second last = new Second(Long.MIN_VALUE, "");

    private record Second(long number, String text) {}

    HttpDate(InstantSource clock) {
        this.clock = clock;
    }

    String now() {
        long number = Math.floorDiv(clock.millis(), 1000L);
        Second known = last;
        if (known.number != number) {
            known = new Second(number, FORMAT.format(Instant.ofEpochSecond(number)));
            last = known;
        }
        return known.text;
    }
}
