package dev.weft.proxy.time;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The timer of a hand-cranked loop. */
final class LoopTimerTest {
    private static final long LATEST_MILLIS = 9;

    private final MockTicker ticker = Ticker.newMockTicker();
    private final EmbeddedChannel channel =
            EmbeddedChannel.builder().ticker(ticker).build();
    private final LoopTimer timer = new LoopTimer(channel.eventLoop());
    private final List<String> expired = new ArrayList<>();

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    @Test
    void aDeadlineExpiresOnceAndNotBeforeItsTime() {
        Deadline deadline = named("a");
        timer.arm(deadline, millis(100));
        crank(99);
        assertThat(expired).isEmpty();
        assertThat(deadline.isArmed()).isTrue();
        crank(LATEST_MILLIS);
        assertThat(expired).containsExactly("a");
        assertThat(deadline.isArmed()).isFalse();
        crank(1000);
        assertThat(expired).containsExactly("a");
    }

    @Test
    void aCancelledDeadlineDoesNotExpire() {
        Deadline deadline = named("a");
        timer.arm(deadline, millis(100));
        timer.cancel(deadline);
        timer.cancel(deadline);
        crank(1000);
        assertThat(expired).isEmpty();
    }

    @Test
    void aDeadlineThatIsPutOffExpiresAtItsLastTime() {
        Deadline deadline = named("a");
        timer.arm(deadline, millis(100));
        crank(90);
        timer.arm(deadline, millis(100));
        crank(99);
        assertThat(expired).isEmpty();
        crank(LATEST_MILLIS);
        assertThat(expired).containsExactly("a");
    }

    @Test
    void aDeadlineThatIsBroughtForwardExpiresAtItsNewTime() {
        Deadline deadline = named("a");
        timer.arm(deadline, Duration.ofHours(1).toNanos());
        timer.arm(deadline, millis(20));
        crank(20 + LATEST_MILLIS);
        assertThat(expired).containsExactly("a");
    }

    @Test
    void aDeadlineMayArmItselfAgainAndCancelOthersOfTheSameSlot() {
        Deadline victim = named("victim");
        Deadline[] self = new Deadline[1];
        self[0] = new Deadline() {
            @Override
            protected void expired() {
                expired.add("self");
                timer.cancel(victim);
                if (expired.size() < 3) {
                    timer.arm(this, millis(50));
                }
            }
        };
        timer.arm(victim, millis(50));
        timer.arm(self[0], millis(50));
        for (int i = 0; i < 40; i++) {
            crank(10);
        }
        assertThat(expired).containsExactly("self", "self", "self");
    }

    @Test
    void aFailingDeadlineDoesNotStopTheOthers() {
        timer.arm(named("late"), millis(40));
        timer.arm(
                new Deadline() {
                    @Override
                    protected void expired() {
                        throw new IllegalStateException("expected by the test");
                    }
                },
                millis(20));
        crank(20 + LATEST_MILLIS);
        crank(40);
        assertThat(expired).containsExactly("late");
    }

    @Test
    void nothingIsScheduledWhileNothingIsArmed() {
        timer.arm(named("a"), millis(10));
        crank(10 + LATEST_MILLIS);
        assertThat(expired).containsExactly("a");
        assertThat(channel.runScheduledPendingTasks()).isEqualTo(-1);
    }

    @Test
    void theLoopSleepsUntilTheFirstDeadlineIsNear() {
        timer.arm(named("a"), Duration.ofSeconds(10).toNanos());
        assertThat(channel.runScheduledPendingTasks())
                .isGreaterThan(Duration.ofSeconds(5).toNanos());
    }

    @Test
    void deadlinesBeyondTheWheelAreKept() {
        timer.arm(named("a"), Duration.ofDays(30).toNanos());
        for (int day = 0; day < 29; day++) {
            crank(Duration.ofDays(1).toMillis());
        }
        assertThat(expired).isEmpty();
        crank(Duration.ofDays(1).toMillis() + LATEST_MILLIS);
        assertThat(expired).containsExactly("a");
    }

    /** Against an obviously right model: whatever the order of arming, cancelling and cranking, each expires in its window. */
    @Test
    void randomHistoriesAgreeWithASortedMap() {
        Random random = new Random(42);
        Deadline[] deadlines = new Deadline[200];
        long[] expiredAt = new long[deadlines.length];
        for (int i = 0; i < deadlines.length; i++) {
            int index = i;
            deadlines[i] = new Deadline() {
                @Override
                protected void expired() {
                    expiredAt[index] = ticker.nanoTime();
                }
            };
        }
        Map<Integer, Long> model = new TreeMap<>();
        for (int step = 0; step < 50_000; step++) {
            int index = random.nextInt(deadlines.length);
            switch (random.nextInt(4)) {
                case 0, 1 -> {
                    long delay = millis(1L << random.nextInt(28)) + random.nextInt(1000);
                    timer.arm(deadlines[index], delay);
                    model.put(index, ticker.nanoTime() + delay);
                }
                case 2 -> {
                    timer.cancel(deadlines[index]);
                    model.remove(index);
                }
                default -> {
                    long before = ticker.nanoTime();
                    crank(random.nextInt(1 << random.nextInt(20)));
                    verify(model, deadlines, expiredAt, before);
                }
            }
        }
    }

    private void verify(Map<Integer, Long> model, Deadline[] deadlines, long[] expiredAt, long before) {
        long now = ticker.nanoTime();
        model.entrySet().removeIf(entry -> {
            int index = entry.getKey();
            long due = entry.getValue();
            if (due > now) {
                assertThat(deadlines[index].isArmed()).isTrue();
                return false;
            }
            if (deadlines[index].isArmed()) {
                assertThat(now - due).isLessThan(millis(LATEST_MILLIS));
                return false;
            }
            assertThat(expiredAt[index]).isBetween(Math.max(due, before), now);
            return true;
        });
    }

    private Deadline named(String name) {
        return new Deadline() {
            @Override
            protected void expired() {
                expired.add(name);
            }
        };
    }

    private void crank(long millis) {
        ticker.advance(millis, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
    }

    private static long millis(long millis) {
        return TimeUnit.MILLISECONDS.toNanos(millis);
    }
}
