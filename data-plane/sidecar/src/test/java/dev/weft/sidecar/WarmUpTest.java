package dev.weft.sidecar;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class WarmUpTest {
    private static final Duration LONG = Duration.ofMinutes(1);

    @Test
    void asManyRequestsAsAreEnoughGoThroughTheEngine() {
        assertThat(WarmUp.begin(LONG, 160, () -> true).join()).isEqualTo(160);
    }

    @Test
    void itIsOverWhenItsTimeIs() {
        assertThat(WarmUp.begin(Duration.ofMillis(1), Long.MAX_VALUE, () -> true)
                        .join())
                .isLessThan(1000);
    }

    @Test
    void itIsOverWhenClientsCome() {
        AtomicInteger asked = new AtomicInteger();

        assertThat(WarmUp.begin(LONG, Long.MAX_VALUE, () -> asked.incrementAndGet() < 4)
                        .join())
                .isEqualTo(3 * 16);
    }

    @Test
    void withoutTimeNothingBegins() {
        assertThat(WarmUp.begin(Duration.ZERO, 100, () -> true)).isCompletedWithValue(0L);
    }
}
