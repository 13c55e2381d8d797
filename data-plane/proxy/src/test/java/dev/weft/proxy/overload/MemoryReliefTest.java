package dev.weft.proxy.overload;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Connections are closed in the order of what they hold, while memory is short and no longer. */
final class MemoryReliefTest {
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final ArrayDeque<String> holders = new ArrayDeque<>(List.of("a", "b", "c"));
    private final List<String> closed = new ArrayList<>();
    private double buffers;
    private int asked;
    private boolean memoryEnded;

    private final MemoryUse use = new MemoryUse() {
        @Override
        public double buffers() {
            asked++;
            return buffers;
        }

        @Override
        public double heap() {
            return 0;
        }
    };

    private final MemoryRelief relief = new MemoryRelief(channel.eventLoop(), use, leastBytes -> {
        if (memoryEnded) {
            throw new OutOfMemoryError("Cannot reserve direct buffer memory");
        }
        String largest = holders.poll();
        if (largest != null) {
            closed.add(largest);
        }
        return largest;
    });

    @BeforeEach
    void freeze() {
        channel.freezeTime();
    }

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    @Test
    void oneAfterAnotherUntilThereIsEnough() {
        relief.pilesUp();
        looks(1);
        assertThat(closed).isEmpty();
        buffers = 0.9;
        looks(2);
        assertThat(closed).containsExactly("a", "b");
        buffers = 0.89;
        looks(10);
        assertThat(closed).containsExactly("a", "b");
    }

    @Test
    void aCloseThatFailsForWantOfMemoryIsTriedAgain() {
        relief.pilesUp();
        buffers = 0.9;
        memoryEnded = true;
        looks(3);
        assertThat(closed).isEmpty();
        memoryEnded = false;
        looks(1);
        assertThat(closed).containsExactly("a");
    }

    @Test
    void nobodyLooksBeforeSomethingPilesUpNorLongAfter() {
        looks(10);
        assertThat(asked).isZero();
        relief.pilesUp();
        relief.pilesUp();
        looks(10 * MemoryRelief.LOOKS);
        assertThat(asked).isEqualTo(MemoryRelief.LOOKS);
        relief.pilesUp();
        looks(1);
        assertThat(asked).isEqualTo(MemoryRelief.LOOKS + 1);
    }

    @Test
    void shortageIsWatchedForAsLongAsItLasts() {
        holders.clear();
        buffers = 0.95;
        relief.pilesUp();
        looks(10 * MemoryRelief.LOOKS);
        assertThat(asked).isEqualTo(10 * MemoryRelief.LOOKS);
    }

    private void looks(int count) {
        for (int i = 0; i < count; i++) {
            channel.advanceTimeBy(MemoryRelief.LOOK_MILLIS, TimeUnit.MILLISECONDS);
            channel.runScheduledPendingTasks();
        }
    }
}
