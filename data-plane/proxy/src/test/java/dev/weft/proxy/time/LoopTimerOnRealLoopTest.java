package dev.weft.proxy.time;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What only a loop with a thread shows: its iterations. */
final class LoopTimerOnRealLoopTest {
    private final MultiThreadIoEventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final EventLoop loop = loops.next();
    private final LoopTimer timer = new LoopTimer(loop);

    @AfterEach
    void close() {
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    @Test
    void theClockStandsStillWithinAnIterationAndMovesOnInTheNext() throws Exception {
        long[] first = new long[2];
        CompletableFuture<Long> later = new CompletableFuture<>();
        loop.execute(() -> {
            first[0] = timer.nanos();
            while (System.nanoTime() - first[0] < 1_000_000) {
                Thread.onSpinWait();
            }
            first[1] = timer.nanos();
            var _ = loop.schedule(() -> later.complete(timer.nanos()), 1, TimeUnit.MILLISECONDS);
        });
        assertThat(later.get(10, TimeUnit.SECONDS)).isGreaterThan(first[0] + 1_000_000);
        assertThat(first[1]).isEqualTo(first[0]);
    }

    @Test
    void aDeadlineExpiresOnTheLoopNotBeforeItsTime() throws Exception {
        CompletableFuture<Long> early = new CompletableFuture<>();
        loop.execute(() -> {
            long due = System.nanoTime() + 20_000_000;
            timer.armAt(
                    new Deadline() {
                        @Override
                        protected void expired() {
                            early.complete(due - System.nanoTime());
                        }
                    },
                    due);
        });
        assertThat(early.get(10, TimeUnit.SECONDS)).isLessThanOrEqualTo(0);
    }
}
