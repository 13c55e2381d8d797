package dev.weft.sidecar.xds.message;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole numbers and durations in proto3's JSON form. */
class JsonNumbersTest {
    private final Problems problems = new Problems();

    @ParameterizedTest
    @CsvSource({
        "0s, PT0S",
        "5s, PT5S",
        "0.25s, PT0.25S",
        "1.000000001s, PT1.000000001S",
        "-1.5s, PT-1.5S",
        "315576000000s, PT876000H",
    })
    void durationsAreReadAsProtobufWritesThem(String text, Duration expected) {
        assertThat(timeout(text)).contains(expected);
        assertThat(problems.list()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"5", "s", ".5s", "1.s", "1.0000000001s", "+1s", "1e3s", "5 s", "5S", "3155760000000s", ""})
    void nothingElseIsADuration(String text) {
        timeout(text);

        assertThat(problems.list())
                .containsExactly("timeout: \"" + text + "\" (expected: a duration in seconds, for instance \"0.5s\")");
    }

    private Optional<Duration> timeout(String text) {
        return Message.ofJson("envoy.config.route.v3.RouteAction", Map.of("timeout", text), problems)
                .duration("timeout");
    }

    @ParameterizedTest
    @CsvSource({"3, 3", "1e3, 1000", "2.0, 2", "4294967295, 4294967295"})
    void wholeNumbersAreReadInEveryForm(String text, long expected) {
        for (Object form :
                List.of(text, new BigDecimal(text).doubleValue(), new BigDecimal(text).toBigInteger(), expected)) {
            Message policy = Message.ofJson("envoy.config.route.v3.RetryPolicy", Map.of("num_retries", form), problems);

            assertThat(problems.list()).isEmpty();
            assertThat(policy.number("num_retries")).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "0.5", "4294967296", "1e999999999", "many"})
    void otherNumbersAreRefused(String text) {
        Message.ofJson("envoy.config.route.v3.RetryPolicy", Map.of("num_retries", text), problems);

        assertThat(problems.list()).containsExactly("num_retries: \"" + text + "\" (expected: a whole number >= 0)");
    }
}
