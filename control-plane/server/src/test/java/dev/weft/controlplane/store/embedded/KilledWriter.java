package dev.weft.controlplane.store.embedded;

import com.google.protobuf.ByteString;
import dev.weft.controlplane.store.Store.Put;
import dev.weft.controlplane.store.Store.Transaction;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The program that is killed while it writes: prints each key after it was acknowledged. */
final class KilledWriter {
    private KilledWriter() {}

    /**
     * @param args directory, run
     */
    public static void main(String[] args) {
        try (EmbeddedStore store = EmbeddedStore.open(Path.of(args[0]))) {
            List<CompletableFuture<Void>> writers = List.of(
                    CompletableFuture.runAsync(() -> write(store, args[1] + "/a"), Thread::startVirtualThread),
                    CompletableFuture.runAsync(() -> write(store, args[1] + "/b"), Thread::startVirtualThread));
            writers.forEach(CompletableFuture::join);
        }
    }

    private static void write(EmbeddedStore store, String prefix) {
        for (int i = 0; i < 1_000_000; i++) {
            String key = prefix + "/" + i;
            Put put = new Put(key, ByteString.copyFromUtf8("x".repeat(i % 3_000)), 0);
            store.commit(new Transaction(List.of(), List.of(put), "")).join();
            System.out.println(key);
        }
    }
}
