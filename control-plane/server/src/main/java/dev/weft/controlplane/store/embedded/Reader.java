package dev.weft.controlplane.store.embedded;

import dev.weft.controlplane.store.StoreException;
import java.sql.SQLException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one thread that reads, on a connection of its own, so that reads go on whatever the writer is doing. Thread-safe. */
final class Reader implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Reader.class);

    /** Asks the database within one read transaction: everything it sees is of the same revision. */
    interface Query<T> {
        T ask(Tables tables) throws SQLException;
    }

    private final DataDirectory directory;
    private final Tables tables;
    private final Executor completions;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("weft-store-reader").factory());

    Reader(DataDirectory directory, Tables tables, Executor completions) {
        this.directory = directory;
        this.tables = tables;
        this.completions = completions;
    }

    <T> CompletableFuture<T> read(Query<T> query) {
        CompletableFuture<T> future = new CompletableFuture<>();
        try {
            thread.execute(() -> {
                try {
                    T answer = ask(query);
                    completions.execute(() -> future.complete(answer));
                } catch (SQLException e) {
                    StoreException failure = SqlFailures.ofRead(directory.path(), e);
                    completions.execute(() -> future.completeExceptionally(failure));
                } catch (RuntimeException e) {
                    completions.execute(() -> future.completeExceptionally(e));
                }
            });
        } catch (RejectedExecutionException e) {
            future.completeExceptionally(
                    new StoreException.Unavailable("data directory " + directory.path() + ": the store is closed"));
        }
        return future;
    }

    @Override
    public void close() {
        if (!thread.isShutdown()) {
            thread.execute(() -> {
                try {
                    tables.close();
                } catch (SQLException e) {
                    log.warn("the reading connection did not close: {}", e.getMessage());
                }
            });
            thread.close();
        }
    }

    private <T> T ask(Query<T> query) throws SQLException {
        tables.execute("BEGIN");
        try {
            return query.ask(tables);
        } finally {
            tables.execute("ROLLBACK");
        }
    }
}
