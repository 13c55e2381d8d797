package dev.weft.sidecar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.weft.sidecar.live.Timers.Timer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is asked of the configuration's thread while, and after, it ends. */
@Timeout(30)
class ConfigThreadTest {
    private final ConfigThread thread = new ConfigThread();
    private final AtomicBoolean ran = new AtomicBoolean();

    @Test
    void afterTheEndATimerDoesNothing() {
        thread.close();

        Timer timer = thread.after(Duration.ZERO, () -> ran.set(true));

        assertThatCode(timer::cancel).doesNotThrowAnyException();
        assertThat(ran).isFalse();
    }

    @Test
    void afterTheEndATaskDoesNothingAndAQuestionFails() {
        thread.close();

        thread.execute(() -> ran.set(true));

        assertThat(thread.ask(() -> 1))
                .failsWithin(Duration.ofSeconds(5))
                .withThrowableThat()
                .withCauseInstanceOf(RejectedExecutionException.class);
        assertThat(ran).isFalse();
    }

    @Test
    void theEndWaitsForWhatRunsAndDropsWhatDoesNot() throws Exception {
        CountDownLatch running = new CountDownLatch(1);
        CompletableFuture<Boolean> undisturbed = new CompletableFuture<>();
        thread.execute(() -> {
            running.countDown();
            CompletableFuture<Void> soon =
                    new CompletableFuture<Void>().completeOnTimeout(null, 100, TimeUnit.MILLISECONDS);
            try {
                var _ = soon.get();
                undisturbed.complete(true);
            } catch (InterruptedException | ExecutionException interrupted) {
                undisturbed.complete(false);
            }
        });
        thread.execute(() -> ran.set(true));
        thread.after(Duration.ofMillis(1), () -> ran.set(true));
        running.await();

        thread.close();

        assertThat(undisturbed).isCompletedWithValue(true);
        assertThat(ran).isFalse();
    }
}
