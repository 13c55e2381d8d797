package dev.weft.controlplane.store.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.weft.controlplane.store.Store.Committed;
import dev.weft.controlplane.store.Store.Lease;
import dev.weft.controlplane.store.Store.Put;
import dev.weft.controlplane.store.Store.Transaction;
import dev.weft.controlplane.store.StoreException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is there when a directory is opened again, and what is not opened at all. */
final class OpeningTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    @TempDir
    Path directory;

    private final AtomicLong nanos = new AtomicLong();
    private final EmbeddedOptions options = new EmbeddedOptions(20, () -> START.plusNanos(nanos.get()), nanos::get);

    @Test
    void whatWasWrittenIsThereAfterReopening() {
        try (EmbeddedStore store = open()) {
            assertThat(put(store, "cluster/web", "v", 0, "")).isEqualTo(new Committed(2, false));
        }
        try (EmbeddedStore store = open()) {
            assertThat(value(store, "cluster/web")).isEqualTo("v");
            assertThat(store.committedAt(2).join()).contains(START);
            assertThat(put(store, "cluster/web", "w", 0, "").revision()).isEqualTo(3);
        }
    }

    @Test
    void anIdempotencyIdIsKeptOverARestartAndForgottenAfterTenMinutes() {
        try (EmbeddedStore store = open()) {
            put(store, "a", "1", 0, "id");
        }
        pass(Duration.ofMinutes(9));
        try (EmbeddedStore store = open()) {
            assertThat(put(store, "a", "2", 0, "id")).isEqualTo(new Committed(2, true));
            pass(Duration.ofMinutes(2));
            assertThat(put(store, "a", "3", 0, "id")).isEqualTo(new Committed(3, false));
        }
    }

    @Test
    void aLeaseLeftBehindGetsAFreshTimeToLive() {
        try (EmbeddedStore store = open()) {
            Lease lease = store.lease(Duration.ofSeconds(10), again -> {}).join();
            put(store, "left", "1", lease.id(), "");
            put(store, "taken-over", "1", lease.id(), "");
            lease.letExpire();
        }
        pass(Duration.ofDays(1));
        try (EmbeddedStore store = open()) {
            put(store, "taken-over", "2", 0, "");
            pass(Duration.ofSeconds(9));
            store.wake().join();
            assertThat(value(store, "left")).isEqualTo("1");

            pass(Duration.ofSeconds(2));
            store.wake().join();
            assertThat(value(store, "left")).isEqualTo("(none)");
            assertThat(value(store, "taken-over")).isEqualTo("2");
        }
    }

    @Test
    void oldRevisionsAreCompactedByThemselves() {
        try (EmbeddedStore store = open()) {
            put(store, "kept", "1", 0, "");
            for (int i = 0; i < 60; i++) {
                put(store, "a", String.valueOf(i), 0, "");
            }
            store.wake().join();
            long oldest = store.compactedBefore().orElseThrow();
            assertThat(oldest).isBetween(62L - 23, 62L - 20);
            assertThat(store.range("", oldest).join().entries()).hasSize(2);
            assertThat(value(store, "kept")).isEqualTo("1");
        }
    }

    @Test
    void aDirectoryIsHeldByOneStore() {
        try (EmbeddedStore store = open()) {
            assertThat(store.description()).isEqualTo("embedded " + directory);
            assertThatThrownBy(this::open)
                    .isInstanceOf(StoreException.OpenFailed.class)
                    .hasMessageContaining(directory.toString())
                    .hasMessageContaining(
                            "in use by process " + ProcessHandle.current().pid());
        }
        open().close();
    }

    @Test
    void aDirectoryThatCannotBeMadeIsNamed() throws Exception {
        Path file = Files.createFile(directory.resolve("file"));
        assertThatThrownBy(() -> EmbeddedStore.open(file.resolve("data")))
                .isInstanceOf(StoreException.OpenFailed.class)
                .hasMessageContaining(file.resolve("data").toString());
    }

    @Test
    void aDamagedFileIsNotOpened() throws Exception {
        try (EmbeddedStore store = open()) {
            for (int i = 0; i < 200; i++) {
                put(store, "key/" + i, "x".repeat(500), 0, "");
            }
        }
        overwrite(4096 * 3, 4096 * 6);
        assertRefused("damaged", "backup");
    }

    @Test
    void aFileWhoseHeadIsDamagedIsNotOpened() throws Exception {
        open().close();
        overwrite(0, 100);
        assertRefused("damaged");
    }

    @Test
    void anotherProgramsDatabaseIsNotOpened() throws Exception {
        sql("CREATE TABLE other (id INTEGER)");
        assertRefused("another program's");
    }

    @Test
    void aNewerSchemaIsNotOpened() throws Exception {
        open().close();
        sql("PRAGMA user_version = 99");
        assertRefused("schema 99");
    }

    private EmbeddedStore open() {
        return EmbeddedStore.open(directory, options);
    }

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    private void assertRefused(String... words) {
        assertThatThrownBy(this::open)
                .isInstanceOf(StoreException.OpenFailed.class)
                .hasMessageContaining(directory.toString())
                .satisfies(failure ->
                        List.of(words).forEach(word -> assertThat(failure).hasMessageContaining(word)));
        // What was refused is not kept locked.
        DataDirectory.open(directory).close();
    }

    private void overwrite(long from, long to) throws Exception {
        try (RandomAccessFile file =
                new RandomAccessFile(directory.resolve("weft.db").toFile(), "rw")) {
            file.seek(from);
            file.write("damage ".repeat((int) (to - from) / 7).getBytes(StandardCharsets.US_ASCII));
        }
    }

    private void sql(String sql) throws Exception {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("weft.db"));
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static Committed put(EmbeddedStore store, String key, String value, long lease, String id) {
        Put put = new Put(key, ByteString.copyFromUtf8(value), lease);
        return (Committed)
                store.commit(new Transaction(List.of(), List.of(put), id)).join();
    }

    private static String value(EmbeddedStore store, String key) {
        return store.get(key).join().map(entry -> entry.value().toStringUtf8()).orElse("(none)");
    }
}
