package dev.weft.balance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class SlowStartTest {

    private static final long SECOND = 1_000_000_000;

    @Test
    void aggressionOneGrowsLinearlyFromTheMinimum() {
        SlowStart slowStart = SlowStart.of(Duration.ofSeconds(10));

        assertThat(slowStart.factor(0)).isEqualTo(0.1);
        assertThat(slowStart.factor(SECOND / 2)).isEqualTo(0.1);
        assertThat(slowStart.factor(5 * SECOND)).isEqualTo(0.5);
        assertThat(slowStart.factor(10 * SECOND)).isEqualTo(1.0);
        assertThat(slowStart.factor(100 * SECOND)).isEqualTo(1.0);
    }

    @Test
    void aHigherAggressionGrowsFasterAtFirst() {
        SlowStart slowStart = new SlowStart(Duration.ofSeconds(10), 2.0, 10);

        assertThat(slowStart.factor(5 * SECOND)).isCloseTo(Math.sqrt(0.5), within(1e-9));
    }

    @Test
    void badSettingsAreRefused() {
        assertThatThrownBy(() -> SlowStart.of(Duration.ZERO)).hasMessage("slow_start_window: PT0S (expected: > 0s)");
        assertThatThrownBy(() -> new SlowStart(Duration.ofSeconds(1), 0, 10))
                .hasMessage("aggression: 0.0 (expected: > 0)");
        assertThatThrownBy(() -> new SlowStart(Duration.ofSeconds(1), 1, 101))
                .hasMessage("min_weight_percent: 101 (expected: 0..100)");
    }
}
