package dev.weft.controlplane.store.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.weft.controlplane.store.Store.Outcome;
import dev.weft.controlplane.store.Store.Put;
import dev.weft.controlplane.store.Store.Transaction;
import dev.weft.controlplane.store.StoreException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk without room: writes fail with a reason, reads go on, and writes do again once there is room. */
final class FullDiskTest {
    private static final int VALUE_BYTES = 50_000;

    @TempDir
    Path directory;

    @Test
    void aDatabaseThatMayNotGrowRefusesWritesAndServesReads() {
        try (EmbeddedStore store = EmbeddedStore.open(directory)) {
            put(store, "kept", 10).join();
            store.limitPages(1).join();
            List<CompletableFuture<Outcome>> waiting = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                waiting.add(put(store, "big/" + i, VALUE_BYTES));
            }
            waiting.forEach(FullDiskTest::assertFull);
            assertThat(store.range("").join().entries()).hasSize(1);

            store.limitPages(100_000).join();
            put(store, "big/0", VALUE_BYTES).join();
            assertThat(store.range("").join().entries()).hasSize(2);
        }
    }

    @Test
    void aFullFileSystemRefusesWritesAndServesReadsUntilThereIsRoom() throws Exception {
        Path small = Files.createDirectory(directory.resolve("small"));
        EmbeddedStore.open(directory.resolve("other"))
                .close(); // so that the native library is not unpacked on the small one
        Assumptions.assumeTrue(
                run("mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", small.toString()), "no right to mount a tmpfs");
        try {
            Path filler = Files.write(small.resolve("filler"), new byte[1_500_000]);
            Path data = small.resolve("data");
            try (EmbeddedStore store = EmbeddedStore.open(data)) {
                int written = fill(store);
                assertThat(store.range("").join().entries()).hasSize(written);

                Files.delete(filler);
                put(store, "after", VALUE_BYTES).join();
                assertThat(store.range("").join().entries()).hasSize(written + 1);
            }
            try (EmbeddedStore store = EmbeddedStore.open(data)) {
                assertThat(store.get("after").join()).isPresent();
            }
        } finally {
            assertThat(run("umount", small.toString())).isTrue();
        }
    }

    private static int fill(EmbeddedStore store) {
        for (int written = 0; written < 200; written++) {
            CompletableFuture<Outcome> next = put(store, "big/" + written, VALUE_BYTES);
            try {
                next.join();
            } catch (CompletionException full) {
                assertFull(next);
                return written;
            }
        }
        throw new AssertionError("3 MB took 10 MB");
    }

    private static void assertFull(CompletableFuture<Outcome> write) {
        assertThatThrownBy(write::join)
                .cause()
                .isInstanceOf(StoreException.WriteFailed.class)
                .hasMessageContaining("data directory")
                .hasMessageContaining("disk is full");
    }

    private static CompletableFuture<Outcome> put(EmbeddedStore store, String key, int bytes) {
        Put put = new Put(key, ByteString.copyFrom(new byte[bytes]), 0);
        return store.commit(new Transaction(List.of(), List.of(put), ""));
    }

    private static boolean run(String... command) throws Exception {
        return new ProcessBuilder(command).inheritIO().start().waitFor() == 0;
    }
}
