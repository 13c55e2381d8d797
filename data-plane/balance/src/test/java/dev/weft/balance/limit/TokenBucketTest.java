package dev.weft.balance.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class TokenBucketTest {

    private static final long SECOND = 1_000_000_000;

    /** Begins below zero, where System.nanoTime may be too. */
    private final AtomicLong clock = new AtomicLong(-7);

    @Test
    void aFullBucketAllowsABurstAndThenTheRate() {
        TokenBucket bucket = new TokenBucket(3, 1, SECOND, clock::get);
        assertThat(List.of(take(bucket), take(bucket), take(bucket), take(bucket)))
                .containsExactly(true, true, true, false);

        assertThat(bucket.nanosUntil(1)).isEqualTo(SECOND);
        clock.addAndGet(SECOND - 1);
        assertThat(take(bucket)).isFalse();
        clock.addAndGet(1);
        assertThat(bucket.available()).isEqualTo(1);
        assertThat(take(bucket)).isTrue();
        assertThat(take(bucket)).isFalse();
    }

    @Test
    void aRateThatDoesNotDivideStillFillsTheWholeBucket() {
        TokenBucket bucket = new TokenBucket(3, 3, SECOND, clock::get);

        assertThat(List.of(take(bucket), take(bucket), take(bucket), take(bucket)))
                .containsExactly(true, true, true, false);
    }

    @Test
    void aBucketGetsNoFullerThanFull() {
        TokenBucket bucket = new TokenBucket(2, 1, SECOND, clock::get);
        clock.addAndGet(100 * SECOND);

        assertThat(bucket.available()).isEqualTo(2);
        assertThat(List.of(take(bucket), take(bucket), take(bucket))).containsExactly(true, true, false);
    }

    @Test
    void severalTokensAreTakenTogetherOrNotAtAll() {
        TokenBucket bucket = new TokenBucket(5, 5, SECOND, clock::get);

        assertThat(bucket.tryTake(6)).isFalse();
        assertThat(bucket.tryTake(4)).isTrue();
        assertThat(bucket.tryTake(2)).isFalse();
        assertThat(bucket.tryTake(1)).isTrue();
    }

    @Property(tries = 200)
    void nobodyEverTakesMoreThanTheBurstAndTheRateAllow(
            @ForAll @Size(max = 200) List<@IntRange(max = 500) Integer> pausesMillis,
            @ForAll @IntRange(min = 1, max = 20) int burst,
            @ForAll @IntRange(min = 1, max = 50) int perSecond) {
        AtomicLong time = new AtomicLong();
        TokenBucket bucket = new TokenBucket(burst, perSecond, SECOND, time::get);
        long taken = 0;
        for (int pause : pausesMillis) {
            time.addAndGet(pause * 1_000_000L);
            while (bucket.tryTake(1)) {
                taken++;
            }
            assertThat(taken).isLessThanOrEqualTo(burst + time.get() * perSecond / SECOND + 1);
        }
    }

    @Test
    void manyThreadsShareOneBucket() throws Exception {
        TokenBucket bucket = new TokenBucket(1_000, 1, SECOND, clock::get);
        AtomicInteger taken = new AtomicInteger();
        try (ExecutorService loops = Executors.newFixedThreadPool(4)) {
            List<Future<?>> done = new ArrayList<>();
            for (int loop = 0; loop < 4; loop++) {
                done.add(loops.submit(() -> {
                    for (int i = 0; i < 1_000; i++) {
                        if (bucket.tryTake(1)) {
                            taken.incrementAndGet();
                        }
                    }
                }));
            }
            for (Future<?> one : done) {
                one.get();
            }
        }

        assertThat(taken.get()).isEqualTo(1_000);
    }

    @Test
    void badSettingsAreRefused() {
        assertThatThrownBy(() -> new TokenBucket(0, 1, 1, clock::get)).hasMessage("max_tokens: 0 (expected: >= 1)");
        assertThatThrownBy(() -> new TokenBucket(1, 0, 1, clock::get))
                .hasMessage("tokens_per_fill: 0 (expected: >= 1)");
        assertThatThrownBy(() -> new TokenBucket(1, 1, 0, clock::get))
                .hasMessage("fill_interval: 0ns (expected: > 0s)");
    }

    private static boolean take(TokenBucket bucket) {
        return bucket.tryTake(1);
    }
}
