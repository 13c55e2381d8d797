package dev.weft.controlplane.store.embedded;

import dev.weft.controlplane.store.Store;
import dev.weft.controlplane.store.StoreException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;

/**
 * A store in a directory, for a single control plane. Thread-safe: one thread writes, one reads, each watch has its own; futures
 * complete on virtual threads, so a slow dependent holds up nobody.
 *
 * <p>A commit is acknowledged after the write-ahead log was synced to the disk. Leases need no renewal here, since whoever holds
 * one lives in this process; so they are never re-established.
 */
public final class EmbeddedStore implements Store {
    private final DataDirectory directory;
    private final Tables writing;
    private final Writer writer;
    private final Reader reader;
    private final ChangeLog changes;
    private final ExecutorService virtualThreads;
    private final Set<EmbeddedWatch> watches = ConcurrentHashMap.newKeySet();

    private EmbeddedStore(DataDirectory directory, EmbeddedOptions options) throws SQLException {
        this.directory = directory;
        this.writing = Database.openForWriting(directory, options.clock().millis());
        this.virtualThreads = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("weft-store-", 0).factory());
        this.changes = new ChangeLog(writing.presentRevision());
        this.reader = new Reader(directory, Database.openForReading(directory), virtualThreads);
        this.writer = new Writer(directory, writing, options, changes, virtualThreads);
    }

    public static EmbeddedStore open(Path directory) {
        return open(directory, EmbeddedOptions.DEFAULT);
    }

    /**
     * Opens the directory and creates what is missing.
     *
     * @throws StoreException.OpenFailed where it is in use, damaged, of a newer version, or not permitted
     */
    public static EmbeddedStore open(Path directory, EmbeddedOptions options) {
        DataDirectory locked = DataDirectory.open(directory);
        try {
            EmbeddedStore store = new EmbeddedStore(locked, options);
            store.writer.start();
            return store;
        } catch (SQLException e) {
            locked.close();
            throw new StoreException.OpenFailed(
                    "data directory " + locked.path() + ": weft.db cannot be read: " + e.getMessage());
        } catch (RuntimeException e) {
            locked.close();
            throw e;
        }
    }

    @Override
    public CompletableFuture<Range> range(String prefix) {
        return reader.read(tables -> new Range(tables.presentUnder(prefix), tables.presentRevision()));
    }

    @Override
    public CompletableFuture<Range> range(String prefix, long revision) {
        return reader.read(tables -> {
            checkReadable(tables, revision);
            return new Range(tables.pastUnder(prefix, revision), revision);
        });
    }

    @Override
    public CompletableFuture<Optional<Entry>> get(String key) {
        return reader.read(tables -> tables.present(key));
    }

    @Override
    public CompletableFuture<Outcome> commit(Transaction transaction) {
        return writer.submit(session -> session.commit(transaction));
    }

    @Override
    public Handle watch(String prefix, long afterRevision, Watcher watcher) {
        EmbeddedWatch watch = new EmbeddedWatch(prefix, afterRevision, watcher, changes, reader);
        watches.add(watch);
        try {
            virtualThreads.execute(() -> {
                watch.run();
                watches.remove(watch);
            });
        } catch (RejectedExecutionException e) {
            throw new StoreException.Unavailable(description() + ": the store is closed");
        }
        return watch;
    }

    @Override
    public CompletableFuture<Lease> lease(Duration timeToLive, LeaseListener listener) {
        if (timeToLive.compareTo(Duration.ofMillis(1)) < 0) {
            throw new IllegalArgumentException("time_to_live: " + timeToLive + " (expected: >= 1ms)");
        }
        return writer.grant(timeToLive).thenApply(id -> new EmbeddedLease(id, writer));
    }

    @Override
    public CompletableFuture<Long> revision() {
        return reader.read(Tables::presentRevision);
    }

    @Override
    public CompletableFuture<Optional<Instant>> committedAt(long revision) {
        return reader.read(tables -> {
            OptionalLong millis = tables.committedAtMillis(revision);
            return millis.isPresent() ? Optional.of(Instant.ofEpochMilli(millis.getAsLong())) : Optional.empty();
        });
    }

    @Override
    public CompletableFuture<Void> compact(long revision) {
        return writer.compact(revision);
    }

    @Override
    public OptionalLong compactedBefore() {
        return OptionalLong.of(writer.oldestRevision());
    }

    @Override
    public String description() {
        return "embedded " + directory.path();
    }

    @Override
    public void close() {
        List.copyOf(watches).forEach(EmbeddedWatch::close);
        writer.close();
        reader.close();
        virtualThreads.shutdown(); // not awaited: close() may be called from one of them
        try {
            writing.close();
        } catch (SQLException e) {
            throw new StoreException.WriteFailed(description() + ": did not close: " + e.getMessage());
        } finally {
            directory.close();
        }
    }

    /** Looks at the leases now: for tests, whose clock does not move by itself. */
    CompletableFuture<Void> wake() {
        return writer.wake();
    }

    /** Bounds the database file: for tests, as a full disk does. */
    CompletableFuture<Void> limitPages(long pages) {
        return writer.limitPages(pages);
    }

    private static void checkReadable(Tables tables, long revision) throws SQLException {
        long present = tables.presentRevision();
        if (revision > present) {
            throw new StoreException.FutureRevision(revision, present);
        }
        long oldest = tables.oldestRevision();
        if (revision < oldest) {
            throw new StoreException.Compacted(revision, oldest);
        }
    }

    private record EmbeddedLease(long id, Writer writer) implements Lease {
        @Override
        public CompletableFuture<Void> revoke() {
            return writer.revoke(id);
        }

        @Override
        public void letExpire() {
            writer.letExpire(id);
        }
    }
}
