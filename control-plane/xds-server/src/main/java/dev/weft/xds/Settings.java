package dev.weft.xds;

import java.time.Duration;
import java.util.Optional;

/**
 * Immutable. What an {@link XdsServer} allows its streams. Start from {@link #DEFAULTS}.
 *
 * @param identifier the control plane's name in every response
 * @param patience how long an update waits for what must precede it before it goes anyway
 * @param maxResponseBytes where a response of a partial type (all but listeners and clusters) is split
 * @param streamsPerSecond how many streams are admitted a second, and at once after a pause
 * @param maxWaitingStreams how many streams may wait for admission; more are refused with UNAVAILABLE
 * @param maxStreamAge after about this long (±10 %) a stream is ended, so that nodes spread over replicas again
 * @param loadReportInterval how often clients are asked to report their load
 * @param maxTypes how many resource types one stream may ask for
 * @param maxNames how many names of one type one stream may ask for
 */
public record Settings(
        String identifier,
        Duration patience,
        int maxResponseBytes,
        int streamsPerSecond,
        int maxWaitingStreams,
        Optional<Duration> maxStreamAge,
        Duration loadReportInterval,
        int maxTypes,
        int maxNames) {
    public static final Settings DEFAULTS = new Settings(
            "weft",
            Duration.ofSeconds(15),
            2 * 1024 * 1024,
            500,
            20_000,
            Optional.empty(),
            Duration.ofSeconds(10),
            64,
            100_000);

    public Settings {
        if (patience.isNegative() || patience.isZero()) {
            throw new IllegalArgumentException("patience: " + patience + " (expected: > 0s)");
        }
        if (loadReportInterval.isNegative() || loadReportInterval.isZero()) {
            throw new IllegalArgumentException("load_report_interval: " + loadReportInterval + " (expected: > 0s)");
        }
        requirePositive("max_response_bytes", maxResponseBytes);
        requirePositive("streams_per_second", streamsPerSecond);
        requirePositive("max_types", maxTypes);
        requirePositive("max_names", maxNames);
        if (maxWaitingStreams < 0) {
            throw new IllegalArgumentException("max_waiting_streams: " + maxWaitingStreams + " (expected: >= 0)");
        }
        maxStreamAge.filter(age -> age.isNegative() || age.isZero()).ifPresent(age -> {
            throw new IllegalArgumentException("max_stream_age: " + age + " (expected: > 0s)");
        });
    }

    public Settings withIdentifier(String name) {
        return new Settings(
                name,
                patience,
                maxResponseBytes,
                streamsPerSecond,
                maxWaitingStreams,
                maxStreamAge,
                loadReportInterval,
                maxTypes,
                maxNames);
    }

    public Settings withPatience(Duration time) {
        return new Settings(
                identifier,
                time,
                maxResponseBytes,
                streamsPerSecond,
                maxWaitingStreams,
                maxStreamAge,
                loadReportInterval,
                maxTypes,
                maxNames);
    }

    public Settings withMaxResponseBytes(int bytes) {
        return new Settings(
                identifier,
                patience,
                bytes,
                streamsPerSecond,
                maxWaitingStreams,
                maxStreamAge,
                loadReportInterval,
                maxTypes,
                maxNames);
    }

    /** Admits so many streams a second, lets so many wait, and refuses the rest. */
    public Settings withAdmission(int perSecond, int maxWaiting) {
        return new Settings(
                identifier,
                patience,
                maxResponseBytes,
                perSecond,
                maxWaiting,
                maxStreamAge,
                loadReportInterval,
                maxTypes,
                maxNames);
    }

    public Settings withMaxStreamAge(Duration age) {
        return new Settings(
                identifier,
                patience,
                maxResponseBytes,
                streamsPerSecond,
                maxWaitingStreams,
                Optional.of(age),
                loadReportInterval,
                maxTypes,
                maxNames);
    }

    public Settings withLimits(int types, int names) {
        return new Settings(
                identifier,
                patience,
                maxResponseBytes,
                streamsPerSecond,
                maxWaitingStreams,
                maxStreamAge,
                loadReportInterval,
                types,
                names);
    }

    private static void requirePositive(String what, int value) {
        if (value <= 0) {
            throw new IllegalArgumentException(what + ": " + value + " (expected: > 0)");
        }
    }
}
