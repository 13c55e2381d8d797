package dev.weft.controlplane.store.embedded;

import dev.weft.controlplane.store.StoreException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that writes. Everything here runs on it, except {@link #submit}, {@link #wake} and {@link #close}, which any thread
 * may call.
 *
 * <p>Jobs that wait together are committed together: one sync of the disk acknowledges them all. Should that fail, each is tried
 * by itself, so that one that does not fit on a nearly full disk does not take the others with it.
 */
final class Writer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Writer.class);
    private static final int MAX_GROUP = 256;

    /** Something to write; what it throws as a {@link StoreException} must come before its first write. */
    interface Work<T> {
        T run(WriteSession session) throws SQLException;
    }

    /** The same, with nothing to tell. */
    private interface Effect {
        void run(WriteSession session) throws SQLException;
    }

    private final DataDirectory directory;
    private final Tables tables;
    private final EmbeddedOptions options;
    private final ChangeLog changes;
    private final Executor completions;
    private final LinkedBlockingQueue<Job<?>> queue = new LinkedBlockingQueue<>();
    private final Leases leases = new Leases();
    private final Thread thread;
    private long present;

    /** Written by the writer, read by any. */
    private volatile long oldest;

    /** Guarded by the queue: nothing is added to it after it was closed. */
    private boolean closed;

    Writer(DataDirectory directory, Tables tables, EmbeddedOptions options, ChangeLog changes, Executor completions)
            throws SQLException {
        this.directory = directory;
        this.tables = tables;
        this.options = options;
        this.changes = changes;
        this.completions = completions;
        this.present = tables.presentRevision();
        this.oldest = tables.oldestRevision();
        tables.leases().forEach((id, millis) -> {
            leases.granted(id, Duration.ofMillis(millis));
            leases.letGo(id, options.nanoTime().getAsLong());
        });
        this.thread = Thread.ofPlatform().name("weft-store-writer").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    <T> CompletableFuture<T> submit(Work<T> work) {
        Job<T> job = new Job<>(work);
        synchronized (queue) {
            if (closed) {
                return CompletableFuture.failedFuture(closedFailure());
            }
            queue.add(job);
        }
        return job.future;
    }

    private CompletableFuture<Void> write(Effect effect) {
        return submit(Job.of(effect).work).thenRun(() -> {});
    }

    CompletableFuture<Long> grant(Duration timeToLive) {
        return submit(session -> {
            long id = session.grant(timeToLive);
            session.afterCommit(() -> leases.granted(id, timeToLive));
            return id;
        });
    }

    CompletableFuture<Void> revoke(long lease) {
        return write(session -> {
            session.revoke(lease);
            session.afterCommit(() -> leases.ended(lease));
        });
    }

    CompletableFuture<Void> letExpire(long lease) {
        long now = options.nanoTime().getAsLong();
        return write(session -> session.afterCommit(() -> leases.letGo(lease, now)));
    }

    CompletableFuture<Void> compact(long revision) {
        return write(session -> {
            session.compact(revision);
            session.afterCommit(() -> compacted(revision));
        });
    }

    /** Looks at the leases now: for tests, whose clock does not move by itself. */
    CompletableFuture<Void> wake() {
        return write(session -> {}).thenCompose(v -> write(session -> {}));
    }

    /** Bounds the database file: for tests, as a full disk does. */
    CompletableFuture<Void> limitPages(long pages) {
        return write(session -> {
            session.limitPages(pages);
        });
    }

    long oldestRevision() {
        return oldest;
    }

    /** Ends after what is queued is written. */
    @Override
    public void close() {
        synchronized (queue) {
            if (closed) {
                return;
            }
            closed = true;
            queue.add(Job.STOP);
        }
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    StoreException closedFailure() {
        return new StoreException.Unavailable("data directory " + directory.path() + ": the store is closed");
    }

    private void run() {
        List<Job<?>> group = new ArrayList<>();
        while (true) {
            group.clear();
            takeGroup(group);
            boolean stop = group.removeIf(job -> job == Job.STOP);
            execute(group);
            if (stop) {
                return;
            }
            expireLeases();
            compactWhenDue();
        }
    }

    private void takeGroup(List<Job<?>> group) {
        try {
            long wait = leases.nanosUntilNext(options.nanoTime().getAsLong()).orElse(TimeUnit.HOURS.toNanos(1));
            Job<?> first = queue.poll(wait, TimeUnit.NANOSECONDS);
            if (first != null) {
                group.add(first);
                queue.drainTo(group, MAX_GROUP - 1);
            }
        } catch (InterruptedException e) {
            // Nobody has this thread to interrupt it; it ends by STOP alone, so that nothing acknowledged is left
            // behind.
            log.warn("the store's writer was interrupted: ignored");
        }
    }

    private void execute(List<Job<?>> group) {
        if (group.isEmpty()) {
            return;
        }
        try {
            WriteSession session =
                    new WriteSession(tables, present, options.clock().millis());
            tables.execute("BEGIN IMMEDIATE");
            for (Job<?> job : group) {
                job.run(session);
            }
            tables.execute("COMMIT");
            present = session.presentRevision();
            session.committed();
            changes.append(session.changeSets());
            group.forEach(job -> completions.execute(job::complete));
        } catch (SQLException | RuntimeException e) {
            rollback(e);
            if (group.size() > 1) {
                group.forEach(job -> execute(List.of(job)));
            } else {
                Throwable failure = e instanceof SQLException sql ? SqlFailures.ofWrite(directory.path(), sql) : e;
                Job<?> job = group.getFirst(); // not in the lambda: the list is used again
                completions.execute(() -> job.future.completeExceptionally(failure));
            }
        }
    }

    /** SQLite has rolled back by itself after some errors (disk full), and then says that there is nothing to roll back. */
    private void rollback(Exception cause) {
        try {
            tables.execute("ROLLBACK");
        } catch (SQLException e) {
            cause.addSuppressed(e);
        }
    }

    private void expireLeases() {
        long now = options.nanoTime().getAsLong();
        for (long lease : leases.expired(now)) {
            Job<Boolean> job = Job.of(session -> {
                session.revoke(lease);
                session.afterCommit(() -> leases.ended(lease));
            });
            execute(List.of(job));
            leases.postpone(lease, now);
            report(job, "lease " + lease + " has run out but could not be ended; trying again");
        }
    }

    /** A tenth more than is to be kept may gather, so that the deletes come in batches. */
    private void compactWhenDue() {
        long kept = options.retainedRevisions();
        if (present - oldest > kept + Math.max(1, kept / 10)) {
            long revision = present - kept;
            Job<Boolean> job = Job.of(session -> {
                session.compact(revision);
                session.afterCommit(() -> compacted(revision));
            });
            execute(List.of(job));
            report(job, "old revisions could not be compacted; trying again with the next write");
        }
    }

    private void compacted(long revision) {
        oldest = Math.max(oldest, revision);
        changes.forgetUpTo(revision);
    }

    private static void report(Job<?> job, String text) {
        job.future.whenComplete((done, failure) -> {
            if (failure != null) {
                log.warn("{}: {}", text, failure.getMessage());
            }
        });
    }

    /** One piece of work on its way through the writer. */
    private static final class Job<T> {
        static final Job<?> STOP = of(session -> {});

        private final Work<T> work;
        private final CompletableFuture<T> future = new CompletableFuture<>();
        private @Nullable T result;
        private @Nullable StoreException refusal;

        static Job<Boolean> of(Effect effect) {
            return new Job<>(session -> {
                effect.run(session);
                return true;
            });
        }

        Job(Work<T> work) {
            this.work = work;
        }

        void run(WriteSession session) throws SQLException {
            try {
                refusal = null;
                result = work.run(session);
            } catch (StoreException e) {
                refusal = e;
            }
        }

        void complete() {
            if (refusal != null) {
                future.completeExceptionally(refusal);
            } else {
                future.complete(Objects.requireNonNull(result, "run"));
            }
        }
    }
}
