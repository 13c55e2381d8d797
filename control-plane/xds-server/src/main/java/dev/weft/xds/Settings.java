package dev.weft.xds;

import java.time.Duration;
import java.util.Optional;

/**
 * Immutable. What an {@link XdsServer} allows its streams; made by a {@link #builder}.
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
    public static final Settings DEFAULTS = builder().build();

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

    private static void requirePositive(String what, int value) {
        if (value <= 0) {
            throw new IllegalArgumentException(what + ": " + value + " (expected: > 0)");
        }
    }

    /** Begins with the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** Settings in the making; what each is, the record says. Confined to the thread that builds. */
    public static final class Builder {
        private String identifier = "weft";
        private Duration patience = Duration.ofSeconds(15);
        private int maxResponseBytes = 2 * 1024 * 1024;
        private int streamsPerSecond = 500;
        private int maxWaitingStreams = 20_000;
        private Optional<Duration> maxStreamAge = Optional.empty();
        private Duration loadReportInterval = Duration.ofSeconds(10);
        private int maxTypes = 64;
        private int maxNames = 100_000;

        private Builder() {}

        public Builder identifier(String value) {
            identifier = value;
            return this;
        }

        public Builder patience(Duration value) {
            patience = value;
            return this;
        }

        public Builder maxResponseBytes(int value) {
            maxResponseBytes = value;
            return this;
        }

        public Builder streamsPerSecond(int value) {
            streamsPerSecond = value;
            return this;
        }

        public Builder maxWaitingStreams(int value) {
            maxWaitingStreams = value;
            return this;
        }

        public Builder maxStreamAge(Duration value) {
            maxStreamAge = Optional.of(value);
            return this;
        }

        public Builder loadReportInterval(Duration value) {
            loadReportInterval = value;
            return this;
        }

        public Builder maxTypes(int value) {
            maxTypes = value;
            return this;
        }

        public Builder maxNames(int value) {
            maxNames = value;
            return this;
        }

        /**
         * @throws IllegalArgumentException where a value is out of its range; the message names the field
         */
        public Settings build() {
            return new Settings(
                    identifier,
                    patience,
                    maxResponseBytes,
                    streamsPerSecond,
                    maxWaitingStreams,
                    maxStreamAge,
                    loadReportInterval,
                    maxTypes,
                    maxNames);
        }
    }
}
