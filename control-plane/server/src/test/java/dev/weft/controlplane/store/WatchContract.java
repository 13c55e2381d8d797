package dev.weft.controlplane.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weft.controlplane.store.Store.Change;
import dev.weft.controlplane.store.Store.ChangeSet;
import dev.weft.controlplane.store.Store.Delete;
import dev.weft.controlplane.store.Store.Entry;
import dev.weft.controlplane.store.Store.Handle;
import dev.weft.controlplane.store.Store.Range;
import dev.weft.controlplane.store.Store.Watcher;
import dev.weft.controlplane.store.Store.Write;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What watches promise. */
public abstract class WatchContract extends StoreContract {
    private final RecordingWatcher watcher = new RecordingWatcher();

    @Test
    void aWatchTellsWhatWasAndWhatIs() throws Exception {
        long start = put("w/a", "0");
        try (Handle watch = store().watch("w/", start, watcher)) {
            assertThat(watch).isNotNull();
            long changed = put("w/a", "1");
            long created = put("w/b", "1");
            long deleted = delete("w/a");

            assertThat(told(watcher.nextChanges())).isEqualTo(changed + ": w/a 0>1");
            assertThat(told(watcher.nextChanges())).isEqualTo(created + ": w/b ->1");
            assertThat(told(watcher.nextChanges())).isEqualTo(deleted + ": w/a 1>-");
        }
    }

    @Test
    void aWatchIsToldOfItsPrefixAlone() throws Exception {
        long start = store().revision().join();
        try (Handle watch = store().watch("w/", start, watcher)) {
            assertThat(watch).isNotNull();
            put("w", "1");
            put("w0", "1");
            put("v/a", "1");
            long both = write(putting("w/a", "1"), putting("x", "1"));

            assertThat(told(watcher.nextChanges())).isEqualTo(both + ": w/a ->1");
        }
    }

    @Test
    void allThatOneRevisionChangedComesTogetherInKeyOrder() throws Exception {
        long start = put("w/c", "1");
        try (Handle watch = store().watch("w/", start, watcher)) {
            assertThat(watch).isNotNull();
            long revision = write(putting("w/b", "1"), new Delete("w/c"), putting("w/a", "1"));

            assertThat(told(watcher.nextChanges())).isEqualTo(revision + ": w/a ->1, w/b ->1, w/c 1>-");
        }
    }

    @Test
    void aLargeTransactionIsOneRevisionAndToldAtOnce() throws Exception {
        long start = store().revision().join();
        try (Handle watch = store().watch("w/", start, watcher)) {
            assertThat(watch).isNotNull();
            long revision = write(IntStream.range(0, 300)
                    .mapToObj(i -> putting("w/" + i, "1"))
                    .toArray(Write[]::new));
            ChangeSet set = watcher.nextChanges();
            assertThat(set.revision()).isEqualTo(revision);
            assertThat(set.changes()).hasSize(300);
        }
        assertThat(watcher.hasNothingMore()).isTrue();
    }

    @Test
    void aWatchResumesFromAnyRevisionThatIsKept() throws Exception {
        long first = put("w/a", "1");
        long second = put("w/a", "2");
        long third = delete("w/a");
        try (Handle watch = store().watch("w/", first, watcher)) {
            assertThat(watch).isNotNull();
            assertThat(told(watcher.nextChanges())).isEqualTo(second + ": w/a 1>2");
            assertThat(told(watcher.nextChanges())).isEqualTo(third + ": w/a 2>-");
            long fourth = put("w/a", "3");
            assertThat(told(watcher.nextChanges())).isEqualTo(fourth + ": w/a ->3");
        }
    }

    @Test
    void aWatchFromTheFutureWaitsForIt() throws Exception {
        long present = put("w/a", "1");
        long future = present + 5;
        try (Handle watch = store().watch("w/", future, watcher)) {
            assertThat(watch).isNotNull();
            long revision = present;
            while (revision <= future) {
                revision = put("w/a", "x");
            }
            assertThat(watcher.nextChanges().revision()).isEqualTo(revision);
        }
    }

    @Test
    void aWatchFromBeforeACompactionIsResetAndGoesOn() throws Exception {
        long first = put("w/a", "1");
        put("w/gone", "1");
        delete("w/gone");
        long last = put("w/a", "2");
        store().compact(last).join();
        try (Handle watch = store().watch("w/", first, watcher)) {
            assertThat(watch).isNotNull();
            Range snapshot = watcher.nextReset();
            assertThat(keys(snapshot)).containsExactly("w/a");
            assertThat(snapshot.revision()).isGreaterThanOrEqualTo(last);

            long next = put("w/a", "3");
            assertThat(told(watcher.nextChanges())).isEqualTo(next + ": w/a 2>3");
        }
    }

    @Test
    void aDeletionAtTheCompactedRevisionIsNotMissed() throws Exception {
        long before = put("w/a", "1");
        long deleted = delete("w/a");
        store().compact(deleted).join();
        try (Handle watch = store().watch("w/", before, watcher)) {
            assertThat(watch).isNotNull();
            assertThat(watcher.nextReset().entries()).isEmpty();
        }
    }

    @Test
    void aWatchFromTheCompactedRevisionItselfMissesNothing() throws Exception {
        long compacted = put("w/a", "1");
        long next = put("w/a", "2");
        store().compact(compacted).join();
        try (Handle watch = store().watch("w/", compacted, watcher)) {
            assertThat(watch).isNotNull();
            assertThat(told(watcher.nextChanges())).isEqualTo(next + ": w/a 1>2");
        }
    }

    @Test
    void aClosedWatchIsToldNothingMore() throws Exception {
        RecordingWatcher other = new RecordingWatcher();
        long start = put("w/a", "0");
        Handle closing = store().watch("w/", start, watcher);
        try (Handle staying = store().watch("w/", start, other)) {
            assertThat(staying).isNotNull();
            put("w/a", "1");
            watcher.nextChanges();
            other.nextChanges();
            closing.close();
            closing.close();
            put("w/a", "2");
            other.nextChanges();
        }
        assertThat(watcher.hasNothingMore()).isTrue();
    }

    @Test
    void aWatcherMayCloseItsWatchAndCallTheStoreFromWithinACallback() {
        List<Long> seen = new CopyOnWriteArrayList<>();
        CompletableFuture<Handle> handle = new CompletableFuture<>();
        AtomicReference<String> read = new AtomicReference<>("");
        long start = store().revision().join();
        handle.complete(store().watch("w/", start, watching(changes -> {
            seen.add(changes.revision());
            read.set(valueOf("w/a"));
            handle.join().close();
        })));
        long first = put("w/a", "1");
        await().untilAsserted(() -> assertThat(seen).containsExactly(first));
        put("w/a", "2");
        put("w/b", "2");

        assertThat(seen).containsExactly(first);
        assertThat(read.get()).isNotEmpty();
    }

    @Test
    void aWatcherThatFailsIsStillToldWhatFollows() {
        List<Long> seen = new CopyOnWriteArrayList<>();
        long start = store().revision().join();
        try (Handle watch = store().watch("w/", start, watching(changes -> {
            seen.add(changes.revision());
            throw new IllegalStateException("a defect of the watcher's");
        }))) {
            assertThat(watch).isNotNull();
            long first = put("w/a", "1");
            long second = put("w/a", "2");
            await().untilAsserted(() -> assertThat(seen).containsExactly(first, second));
        }
    }

    @Test
    void concurrentWritesReachASlowWatcherOnceInOrderAndOneAtATime() {
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger overlaps = new AtomicInteger();
        List<Long> seen = new CopyOnWriteArrayList<>();
        List<Long> written = new CopyOnWriteArrayList<>();
        long start = store().revision().join();
        try (Handle watch = store().watch("w/", start, watching(changes -> {
            if (inside.incrementAndGet() > 1) {
                overlaps.incrementAndGet();
            }
            valueOf("w/0"); // slow, as a callback that reads is
            seen.add(changes.revision());
            inside.decrementAndGet();
        }))) {
            assertThat(watch).isNotNull();
            List<CompletableFuture<Void>> writers = IntStream.range(0, 4)
                    .mapToObj(writer -> CompletableFuture.runAsync(
                            () -> {
                                for (int i = 0; i < 25; i++) {
                                    written.add(put("w/" + writer, String.valueOf(i)));
                                }
                            },
                            Thread::startVirtualThread))
                    .toList();
            writers.forEach(CompletableFuture::join);
            await().untilAsserted(() -> assertThat(seen).hasSize(100));
        }
        assertThat(seen).containsExactlyElementsOf(written.stream().sorted().toList());
        assertThat(overlaps).hasValue(0);
    }

    /** Whatever is done, a watch from the start, applied to nothing, gives what a read gives; and so does every past revision. */
    @Test
    void replayingAWatchGivesTheStore() throws Exception {
        long start = store().revision().join();
        Random random = new Random(20_260_101);
        List<Long> revisions = new ArrayList<>();
        for (int i = 0; i < 120; i++) {
            String key = "w/" + random.nextInt(8);
            boolean exists = get(key).isPresent();
            if (random.nextInt(3) == 0) {
                long revision = delete(key);
                if (exists) {
                    revisions.add(revision);
                }
            } else {
                revisions.add(write(putting(key, "v" + i), putting("w/x" + random.nextInt(3), "v" + i)));
            }
        }
        Map<String, Entry> model = new HashMap<>();
        try (Handle watch = store().watch("w/", start, watcher)) {
            assertThat(watch).isNotNull();
            for (long revision : revisions) {
                ChangeSet set = watcher.nextChanges();
                assertThat(set.revision()).isEqualTo(revision);
                for (Change change : set.changes()) {
                    assertThat(change.before()).isEqualTo(Optional.ofNullable(model.get(change.key())));
                    change.after()
                            .ifPresentOrElse(after -> model.put(change.key(), after), () -> model.remove(change.key()));
                }
                assertThat(store().range("w/", revision).join().entries())
                        .containsExactlyInAnyOrderElementsOf(model.values());
            }
        }
        assertThat(store().range("w/").join().entries()).containsExactlyInAnyOrderElementsOf(model.values());
    }

    private static String told(ChangeSet set) {
        return set.revision() + ": "
                + String.join(
                        ", ",
                        set.changes().stream()
                                .map(c -> c.key() + " " + text(c.before()) + ">" + text(c.after()))
                                .toList());
    }

    private static String text(Optional<Entry> entry) {
        return entry.map(e -> e.value().toStringUtf8()).orElse("-");
    }

    private static Watcher watching(Consumer<ChangeSet> consumer) {
        return new Watcher() {
            @Override
            public void changed(ChangeSet changes) {
                consumer.accept(changes);
            }

            @Override
            public void reset(Range snapshot) {
                throw new AssertionError("reset to " + snapshot.revision());
            }

            @Override
            public void interrupted(StoreException cause) {
                throw new AssertionError(cause);
            }
        };
    }
}
