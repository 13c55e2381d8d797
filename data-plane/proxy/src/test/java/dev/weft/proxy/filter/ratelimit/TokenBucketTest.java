package dev.weft.proxy.filter.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class TokenBucketTest {
    private static final long SECOND = 1_000_000_000L;
    private final TokenBucket bucket = new TokenBucket(new Limit(3, 1, Duration.ofSeconds(1)), 0);

    @Test
    void aFullBucketHasSoManyTokensAtOnce() {
        assertThat(bucket.tokens(0)).isEqualTo(3);
        for (int i = 0; i < 3; i++) {
            assertThat(bucket.take(0)).isTrue();
        }
        assertThat(bucket.take(0)).isFalse();
        assertThat(bucket.tokens(0)).isZero();
    }

    @Test
    void tokensComeBackOverTimeAndNoMoreThanItHolds() {
        while (bucket.take(0)) {
            // Until it is empty.
        }

        assertThat(bucket.nanosToToken(0)).isEqualTo(SECOND);
        assertThat(bucket.take(SECOND - 1)).isFalse();
        assertThat(bucket.take(SECOND)).isTrue();
        assertThat(bucket.take(SECOND)).isFalse();
        assertThat(bucket.tokens(100 * SECOND)).isEqualTo(3);
        assertThat(bucket.nanosToFull(SECOND)).isEqualTo(3 * SECOND);
    }

    @Test
    void aRefusedRequestCostsNoToken() {
        while (bucket.take(0)) {
            // Until it is empty.
        }
        for (int i = 0; i < 100; i++) {
            bucket.take(0);
        }

        assertThat(bucket.take(SECOND)).isTrue();
    }
}
