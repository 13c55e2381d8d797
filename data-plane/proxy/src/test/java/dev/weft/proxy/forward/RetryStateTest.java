package dev.weft.proxy.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.http.Headers;
import dev.weft.proxy.model.RetryPolicy;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RetryStateTest {
    private static final RetryPolicy POLICY = RetryPolicy.builder()
            .retries(2)
            .baseBackoff(Duration.ofMillis(100))
            .maxBackoff(Duration.ofMillis(150))
            .build();

    @Test
    void theWaitIsJitteredUnderABoundThatDoublesUpToItsMaximum() {
        RetryState state = new RetryState();
        Random random = new Random(7);
        for (int retry = 0; retry < 2; retry++) {
            long bound = TimeUnit.MILLISECONDS.toNanos(retry == 0 ? 100 : 150);
            long longest = 0;
            for (int i = 0; i < 1000; i++) {
                longest = Math.max(longest, state.delayNanos(POLICY, RetryState.NO_RETRY_AFTER, random));
            }
            assertThat(longest).isBetween(bound * 95 / 100, bound);
            state.retryIsPlanned();
        }
        assertThat(state.mayRetry(POLICY)).isFalse();
    }

    @Test
    void retryAfterIsALowerBoundUnlessItIsTooLong() {
        RetryState state = new RetryState();
        Headers twoSeconds = new Headers();
        twoSeconds.add("Retry-After", "2");
        Headers date = new Headers();
        date.add("Retry-After", "Fri, 31 Dec 1999 23:59:59 GMT");

        assertThat(state.delayNanos(POLICY, RetryState.retryAfterNanos(twoSeconds), new Random(7)))
                .isBetween(TimeUnit.SECONDS.toNanos(2), TimeUnit.MILLISECONDS.toNanos(2100));
        assertThat(state.delayNanos(POLICY, TimeUnit.MINUTES.toNanos(1), new Random(7)))
                .isEqualTo(RetryState.NOT_WORTH_WAITING);
        assertThat(RetryState.retryAfterNanos(date)).isEqualTo(RetryState.NO_RETRY_AFTER);
    }

    @Test
    void whatARouteReadsOfTheResponseIsALowerBoundWithHalfAsMuchOnTop() {
        Random random = new Random(7);
        long longest = 0;
        for (int i = 0; i < 1000; i++) {
            long nanos = RetryState.notBefore(TimeUnit.SECONDS.toNanos(10), random);
            assertThat(nanos).isBetween(TimeUnit.SECONDS.toNanos(10), TimeUnit.SECONDS.toNanos(15));
            longest = Math.max(longest, nanos);
        }
        assertThat(longest).isGreaterThan(TimeUnit.SECONDS.toNanos(14));
        assertThat(RetryState.notBefore(0, random)).isZero();
    }

    @Test
    void safeRepeatsAreFew() {
        RetryState state = new RetryState();

        assertThat(state.mayRepeatSafely()).isTrue();
        assertThat(state.mayRepeatSafely()).isTrue();
        assertThat(state.mayRepeatSafely()).isFalse();
    }

    @Test
    void repeatsOnAnotherConnectionAreAsManyAsMayShareOne() {
        RetryState state = new RetryState();

        for (int i = 0; i < 100; i++) {
            assertThat(state.mayRepeatElsewhere()).isTrue();
        }
        assertThat(state.mayRepeatElsewhere()).isFalse();
    }

    @Test
    void whatIsRefusedAgainAndAgainWaitsLongerEachTimeAndThenNoMore() {
        RetryState state = new RetryState();
        Random random = new Random(7);
        for (int bound : new int[] {25, 50, 100, 200, 250}) {
            long longest = 0;
            for (int i = 0; i < 1000; i++) {
                longest = Math.max(longest, state.refusedDelayNanos(random));
            }
            assertThat(longest)
                    .isBetween(TimeUnit.MILLISECONDS.toNanos(bound) * 95 / 100, TimeUnit.MILLISECONDS.toNanos(bound));
            state.repeatOfRefusedIsPlanned();
        }
        assertThat(state.refusedDelayNanos(random)).isEqualTo(RetryState.NOT_WORTH_WAITING);
        assertThat(state.mayRetry(POLICY)).as("the policy's are not used up").isTrue();
    }
}
