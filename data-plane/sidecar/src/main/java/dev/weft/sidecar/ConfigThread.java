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

/** The one thread on which configuration is received, made and applied. Thread-safe. */
final class ConfigThread implements Executor, Timers, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ConfigThread.class);

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

    @Override
    public Timer after(Duration delay, Runnable task) {
        ScheduledFuture<?> scheduled = executor.schedule(() -> guarded(task), delay.toNanos(), TimeUnit.NANOSECONDS);
        return () -> scheduled.cancel(false);
    }

    /** Asks something of what lives on this thread. */
    <T> CompletableFuture<T> ask(Supplier<T> question) {
        return CompletableFuture.supplyAsync(question, executor);
    }

    /** A task that fails is a defect of ours; it must not go unseen, and not end what comes after it. */
    private static void guarded(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException defect) {
            LOG.error("configuration", defect);
        }
    }

    @Override
    public void close() {
        executor.shutdownNow();
    }
}
