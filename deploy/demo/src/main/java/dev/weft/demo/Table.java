package dev.weft.demo;

import dev.weft.demo.Picture.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Turns a picture into lines. Immutable. */
record Table(boolean coloured) {
    private static final String FORMAT = "%-12s %-10s %-24s %8s %9s %9s %9s %8s  %s";
    private static final String GREEN = "\033[32m";
    private static final String RED = "\033[31m";
    private static final String BOLD = "\033[1m";
    private static final String PLAIN = "\033[0m";

    List<String> lines(Picture picture) {
        List<String> lines = new ArrayList<>();
        lines.add(in(
                BOLD,
                FORMAT.formatted(
                        "ROUTE", "CLUSTER", "ENDPOINT", "REQ/S", "SUCCESS", "P50", "P99", "RETRIES", "HEALTH")));
        for (Row row : picture.rows()) {
            lines.add(FORMAT.formatted(
                    row.route(),
                    row.cluster(),
                    row.endpoint(),
                    String.format(Locale.ROOT, "%.1f", row.requestsPerSecond()),
                    Double.isNaN(row.success()) ? "-" : String.format(Locale.ROOT, "%.1f%%", 100 * row.success()),
                    millis(row.p50Nanos()),
                    millis(row.p99Nanos()),
                    row.retries(),
                    in(row.healthy() ? GREEN : RED, row.health())));
        }
        String total =
                "%d requests, %d failed, %d retried".formatted(picture.requests(), picture.failed(), picture.retried());
        lines.add("");
        lines.add(picture.failed() == 0 ? total : in(RED, total));
        return lines;
    }

    private String in(String colour, String text) {
        return coloured ? colour + text + PLAIN : text;
    }

    private static String millis(long nanos) {
        return nanos == 0 ? "-" : String.format(Locale.ROOT, "%.1f ms", nanos / 1e6);
    }
}
