package dev.weft.sidecar;

import dev.weft.sidecar.live.Timers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** The one thread on which configuration is received, made and applied. Thread-safe. */
final class ConfigThread implements Executor, Timers, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ConfigThread.class);

    /** How long the end waits for a task that runs: it would otherwise meet a proxy that is being closed. */
    private static final Duration LAST_TASK = Duration.ofSeconds(1);

    private final ScheduledThreadPoolExecutor executor;

    ConfigThread() {
        executor = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "weft-config");
            thread.setDaemon(true);
            return thread;
        });
        executor.setRemoveOnCancelPolicy(true);
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    @Override
    public void execute(Runnable task) {
        try {
            executor.execute(() -> guarded(task));
        } catch (RejectedExecutionException closing) {
            LOG.debug("a task came after the end");
        }
    }

    /** After the end nothing is due any more, so that what repeats itself need not know of it. */
    @Override
    public Timer after(Duration delay, Runnable task) {
        try {
            ScheduledFuture<?> scheduled =
                    executor.schedule(() -> guarded(task), delay.toNanos(), TimeUnit.NANOSECONDS);
            return () -> scheduled.cancel(false);
        } catch (RejectedExecutionException closing) {
            LOG.debug("a timer came after the end");
            return () -> {};
        }
    }

    /** Asks something of what lives on this thread; fails with {@link RejectedExecutionException} after the end. */
    <T> CompletableFuture<T> ask(Supplier<T> question) {
        try {
            return CompletableFuture.supplyAsync(question, executor);
        } catch (RejectedExecutionException closing) {
            return CompletableFuture.failedFuture(closing);
        }
    }

    /** A task that fails is a defect of ours; it must not go unseen, and not end what comes after it. */
    private void guarded(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException defect) {
            // One that outlasted the end meets what is closed.
            LOG.atLevel(executor.isShutdown() ? Level.DEBUG : Level.ERROR)
                    .setCause(defect)
                    .log("configuration");
        }
    }

    /** Lets the task that runs come to its end, and drops all others. */
    @Override
    public void close() {
        executor.shutdown();
        executor.getQueue().clear();
        try {
            if (!executor.awaitTermination(LAST_TASK.toNanos(), TimeUnit.NANOSECONDS)) {
                LOG.debug("a task did not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        executor.shutdownNow();
    }
}
