package dev.weft.api.validation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Duration;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class HumanUnitsTest {
    @ParameterizedTest
    @CsvSource({"500ms,0,500000000", "5s,5,0", "1m30s,90,0", "1.5s,1,500000000", "0s,0,0", "2h,7200,0", "7us,0,7000"})
    void durationsAreReadAsPeopleWriteThem(String text, long seconds, int nanos) {
        assertThat(HumanUnits.parseDuration(text))
                .isEqualTo(Duration.newBuilder()
                        .setSeconds(seconds)
                        .setNanos(nanos)
                        .build());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "5", "ms", "5 s", "-1s", "5x", "1e3s", "99999999999999999999d"})
    void whatIsNoDurationIsRefusedWithAnExample(String text) {
        assertThatThrownBy(() -> HumanUnits.parseDuration(text)).hasMessageContaining("expected: a duration");
    }

    @Property
    void whatIsWrittenReadsBackToTheSame(
            @ForAll @LongRange(min = 0, max = 1_000_000) long seconds, @ForAll @IntRange(max = 999) int millis) {
        Duration duration = Duration.newBuilder()
                .setSeconds(seconds)
                .setNanos(millis * 1_000_000)
                .build();
        assertThat(HumanUnits.parseDuration(HumanUnits.duration(duration))).isEqualTo(duration);
    }

    @Test
    void sizesAndSharesAreReadAsPeopleWriteThem() {
        assertThat(HumanUnits.parseSize("64KiB")).isEqualTo(65536);
        assertThat(HumanUnits.parseSize("2 MB")).isEqualTo(2_000_000);
        assertThat(HumanUnits.parsePercent("20%")).isEqualTo(20.0);
        assertThatThrownBy(() -> HumanUnits.parsePercent("120%")).hasMessageContaining("0% to 100%");
        assertThatThrownBy(() -> HumanUnits.parseSize("many")).hasMessageContaining("expected: a size");
    }
}
