package dev.weft.sidecar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class DurationsTest {
    @ParameterizedTest
    @CsvSource({
        "0s, 0",
        "500ms, 500",
        "5s, 5000",
        "1.5m, 90000",
        "1h, 3600000",
        "0005s, 5000",
        "00000000000000000005s, 5000",
        "0.25h, 900000",
        "1.9ms, 1",
        "0.0009s, 0",
        "0.0000000001h, 0",
        "1.00000000000000000000000000001h, 3600000",
        "876000h, 3153600000000",
        "3153600000000ms, 3153600000000",
    })
    void readsWhatPeopleWrite(String text, long millis) {
        assertThat(Durations.parse(text)).isEqualTo(Duration.ofMillis(millis));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"876001h", "876000.1h", "3153600000001ms", "9999999999999h", "99999999999999999999999999999999s"
            })
    void refusesMoreThanAHundredYears(String text) {
        assertThatThrownBy(() -> Durations.parse(text))
                .isInstanceOf(TypeConversionException.class)
                .hasMessage(text + " (expected: at most 100 years)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "5", "-5s", "5 s", "5S", ".5s", "5.s", "5d", "1h30m", "soon", "١s"})
    void saysWhatItExpects(String text) {
        assertThatThrownBy(() -> Durations.parse(text))
                .isInstanceOf(TypeConversionException.class)
                .hasMessage(text + " (expected: a duration, for instance 500ms or 5s)");
    }
}
