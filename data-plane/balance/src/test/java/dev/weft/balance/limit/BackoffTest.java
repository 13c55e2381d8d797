package dev.weft.balance.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class BackoffTest {

    private static final long MILLI = 1_000_000;

    private final Backoff backoff = Backoff.defaults();

    @Property(tries = 500)
    void aDelayIsNeverLongerThanItsBoundHoweverManyRetries(
            @ForAll @IntRange(max = 1_000_000) int n, @ForAll long seed) {
        long bound = n >= 4 ? 250 * MILLI : Math.min(250, 25L << n) * MILLI;

        assertThat(backoff.delayNanos(n, new SplittableRandom(seed))).isBetween(0L, bound);
    }

    @Test
    void delaysUseTheWholeRangeFromZeroToTheBound() {
        SplittableRandom random = new SplittableRandom(1);
        long sum = 0;
        long least = Long.MAX_VALUE;
        long most = 0;
        for (int i = 0; i < 10_000; i++) {
            long delay = backoff.delayNanos(2, random);
            sum += delay;
            least = Math.min(least, delay);
            most = Math.max(most, delay);
        }

        assertThat(least).isLessThan(MILLI);
        assertThat(most).isBetween(99 * MILLI, 100 * MILLI);
        assertThat(sum / 10_000).isBetween(49 * MILLI, 51 * MILLI);
    }

    @Test
    void retryAfterIsALowerBoundWithJitterOnTop() {
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 100; i++) {
            assertThat(backoff.delayNanos(0, 2_000 * MILLI, random)).isBetween(2_000 * MILLI, 2_025 * MILLI);
        }
    }

    @Test
    void aRetryAfterBeyondTheCapIsNotWorthWaiting() {
        assertThat(backoff.delayNanos(0, 5_001 * MILLI, new SplittableRandom(1)))
                .isEqualTo(Backoff.NOT_WORTH_WAITING);
    }

    @Test
    void badSettingsAreRefused() {
        assertThatThrownBy(() -> new Backoff(Duration.ZERO, Duration.ofSeconds(1), Duration.ZERO))
                .hasMessage("base_interval: PT0S (expected: > 0s)");
        assertThatThrownBy(() -> new Backoff(Duration.ofSeconds(2), Duration.ofSeconds(1), Duration.ZERO))
                .hasMessage("max_interval: PT1S (expected: >= base_interval PT2S)");
    }
}
