package dev.weft.proxy.overload;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class MemoryGuardTest {
    private static final long SAMPLE = TimeUnit.MILLISECONDS.toNanos(MemoryGuard.SAMPLE_MILLIS);

    private double buffers;
    private double heap;
    private int asked;
    private final MemoryGuard guard = new MemoryGuard(new MemoryUse() {
        @Override
        public double buffers() {
            asked++;
            return buffers;
        }

        @Override
        public double heap() {
            return heap;
        }
    });
    private long now;

    @Test
    void turnsAwayFromNineTenthsOnAndTakesAgainBelowEight() {
        assertThat(at(0.89)).isNull();
        assertThat(at(0.90)).isEqualTo("90 % of the memory for buffers in use");
        assertThat(at(0.85)).isNotNull();
        assertThat(at(0.79)).isNull();
        assertThat(at(0.85)).isNull();
    }

    @Test
    void theHeapCountsToo() {
        heap = 0.95;

        assertThat(at(0.1)).isEqualTo("95 % of the heap in use");
    }

    @Test
    void memoryIsLookedAtOnceInAWhile() {
        for (int i = 0; i < 100; i++) {
            guard.shortage(now);
        }
        assertThat(asked).isEqualTo(1);
        guard.shortage(now + SAMPLE);
        assertThat(asked).isEqualTo(2);
    }

    @Test
    void theProcessSaysSharesBetweenNothingAndAll() {
        assertThat(MemoryUse.PROCESS.buffers()).isBetween(0.0, 1.0);
        assertThat(MemoryUse.PROCESS.heap()).isBetween(0.0, 1.0);
    }

    private @Nullable String at(double share) {
        buffers = share;
        now += SAMPLE;
        return guard.shortage(now);
    }
}
