package dev.weft.controlplane.store.etcd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.weft.controlplane.store.RecordingWatcher;
import dev.weft.controlplane.store.Store.Change;
import dev.weft.controlplane.store.Store.ChangeSet;
import dev.weft.controlplane.store.Store.Committed;
import dev.weft.controlplane.store.Store.Entry;
import dev.weft.controlplane.store.Store.Handle;
import dev.weft.controlplane.store.Store.Lease;
import dev.weft.controlplane.store.Store.Put;
import dev.weft.controlplane.store.Store.Range;
import dev.weft.controlplane.store.Store.Transaction;
import dev.weft.controlplane.store.StoreException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** etcd killed, cut off and silent, under a store that is in use. */
final class EtcdOutageTest {
    private final RecordingWatcher watcher = new RecordingWatcher();
    private EtcdProcess etcd;
    private FaultyLink link;

    @BeforeEach
    void startEtcd() throws IOException {
        etcd = EtcdProcess.startOrSkip();
        link = new FaultyLink(etcd.endpoint());
    }

    @AfterEach
    void stopEtcd() {
        if (link != null) {
            link.close();
        }
        if (etcd != null) {
            etcd.close();
        }
    }

    @Test
    void killsOfEtcdLoseNoWriteApplyNoneTwiceAndHideNoneFromWatchers() throws Exception {
        int writers = 4;
        AtomicInteger acknowledged = new AtomicInteger();
        AtomicBoolean stop = new AtomicBoolean();
        try (EtcdStore store = EtcdStore.open(etcd.options());
                Handle watch = store.watch("w/", store.revision().join(), watcher)) {
            assertThat(watch).isNotNull();
            List<CompletableFuture<Integer>> running = IntStream.range(0, writers)
                    .mapToObj(writer -> {
                        CompletableFuture<Integer> done = new CompletableFuture<>();
                        Thread.startVirtualThread(() -> done.complete(write(store, writer, acknowledged, stop)));
                        return done;
                    })
                    .toList();
            for (int kill = 0; kill < 3; kill++) {
                int enough = acknowledged.get() + 60;
                await().atMost(Duration.ofSeconds(60)).until(() -> acknowledged.get() >= enough);
                etcd.kill();
                etcd.restart();
            }
            int enough = acknowledged.get() + 20;
            await().atMost(Duration.ofSeconds(60)).until(() -> acknowledged.get() >= enough);
            stop.set(true);

            List<Integer> written =
                    running.stream().map(CompletableFuture::join).toList();
            for (int writer = 0; writer < writers; writer++) {
                Entry entry = store.get("w/" + writer).join().orElseThrow();
                assertThat(entry.version()).isEqualTo(written.get(writer).longValue());
            }
            assertToldOnceAndInOrder(written);
            assertThat(watcher.interruptions()).isBetween(1, 3);
        }
    }

    @Test
    void aStoreWithoutEtcdSaysSoInTimeAndRecovers() {
        EtcdOptions hasty =
                etcd.options().withTimeouts(Duration.ofSeconds(1), Duration.ofSeconds(3), Duration.ofSeconds(20));
        try (EtcdStore store = EtcdStore.open(hasty)) {
            put(store, "a", "1");
            etcd.kill();
            for (CompletableFuture<?> call : List.of(
                    store.get("a"),
                    store.range(""),
                    store.commit(new Transaction(List.of(), List.of(), "x")),
                    store.lease(Duration.ofSeconds(2), again -> {}))) {
                assertThatThrownBy(call::join)
                        .isInstanceOf(CompletionException.class)
                        .cause()
                        .isInstanceOf(StoreException.Unavailable.class)
                        .hasMessageContaining(etcd.endpoint().toString())
                        .hasMessageContaining("attempts");
            }
            etcd.restart();
            assertThat(store.get("a").join()).isPresent();
            put(store, "a", "2");
        }
    }

    @Test
    void aCompactionWhileAWatcherIsAwayResetsIt() throws Exception {
        try (EtcdStore store = EtcdStore.open(link.options());
                EtcdStore direct = EtcdStore.open(etcd.options());
                Handle watch = store.watch("w/", put(store, "w/a", "1"), watcher)) {
            assertThat(watch).isNotNull();
            put(store, "w/a", "2");
            watcher.nextChanges();
            link.block();
            put(direct, "w/a", "3");
            put(direct, "w/b", "3");
            direct.compact(put(direct, "other", "1")).join();
            await().until(() -> watcher.interruptions() == 1);
            link.unblock();

            Range snapshot = watcher.nextReset();
            assertThat(snapshot.entries())
                    .extracting(e -> e.key() + e.value().toStringUtf8())
                    .containsExactly("w/a3", "w/b3");
            put(direct, "w/a", "4");
            assertThat(watcher.nextChanges().changes()).singleElement().satisfies(change -> {
                assertThat(change.before()).contains(snapshot.entries().getFirst());
                assertThat(change.after().orElseThrow().value().toStringUtf8()).isEqualTo("4");
            });
            assertThat(watcher.interruptions()).isEqualTo(1);
        }
    }

    @Test
    void aLeaseThatRanOutWhileEtcdWasAwayIsMadeAnew() {
        CompletableFuture<Long> again = new CompletableFuture<>();
        try (EtcdStore store = EtcdStore.open(link.options());
                EtcdStore direct = EtcdStore.open(etcd.options())) {
            Lease lease = store.lease(Duration.ofSeconds(2), made -> again.complete(made.id()))
                    .join();
            long first = lease.id();
            store.commit(new Transaction(List.of(), List.of(new Put("l", ByteString.EMPTY, first)), ""))
                    .join();
            link.block();
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> direct.get("l").join().isEmpty());
            link.unblock();

            long second = again.orTimeout(30, TimeUnit.SECONDS).join();
            assertThat(second).isNotEqualTo(first).isEqualTo(lease.id());
            store.commit(new Transaction(List.of(), List.of(new Put("l", ByteString.EMPTY, second)), ""))
                    .join();
            assertThat(direct.get("l").join()).isPresent();
        }
    }

    @Test
    void aWatchWhoseConnectionFallsSilentIsOpenedAnew() throws Exception {
        EtcdOptions alert =
                link.options().withTimeouts(Duration.ofSeconds(1), Duration.ofSeconds(10), Duration.ofSeconds(3));
        try (EtcdStore store = EtcdStore.open(alert);
                EtcdStore direct = EtcdStore.open(etcd.options());
                Handle watch = store.watch("w/", put(store, "w/a", "1"), watcher)) {
            assertThat(watch).isNotNull();
            put(direct, "w/a", "2");
            watcher.nextChanges();
            link.goSilent();
            long missed = put(direct, "w/a", "3");
            assertThat(watcher.nextChanges().revision()).isEqualTo(missed);
        }
    }

    /** Adds to its own key until told to stop, asking again with the same id where it was not told the outcome. */
    private static int write(EtcdStore store, int writer, AtomicInteger acknowledged, AtomicBoolean stop) {
        int written = 0;
        while (!stop.get()) {
            Put put = new Put("w/" + writer, ByteString.copyFromUtf8(String.valueOf(written)), 0);
            Transaction transaction = new Transaction(List.of(), List.of(put), writer + "-" + written);
            while (true) {
                try {
                    assertThat(store.commit(transaction).join()).isInstanceOf(Committed.class);
                    break;
                } catch (CompletionException e) {
                    assertThat(e).hasCauseInstanceOf(StoreException.Unavailable.class);
                }
            }
            written++;
            acknowledged.incrementAndGet();
        }
        return written;
    }

    private void assertToldOnceAndInOrder(List<Integer> written) throws InterruptedException {
        Map<String, List<String>> told = new HashMap<>();
        long last = 0;
        for (int i = 0; i < written.stream().mapToInt(Integer::intValue).sum(); i++) {
            ChangeSet set = watcher.nextChanges();
            assertThat(set.revision()).isGreaterThan(last);
            last = set.revision();
            for (Change change : set.changes()) {
                told.computeIfAbsent(change.key(), key -> new ArrayList<>())
                        .add(change.after().orElseThrow().value().toStringUtf8());
            }
        }
        for (int writer = 0; writer < written.size(); writer++) {
            assertThat(told.get("w/" + writer))
                    .containsExactlyElementsOf(IntStream.range(0, written.get(writer))
                            .mapToObj(String::valueOf)
                            .toList());
        }
        assertThat(watcher.hasNothingMore()).isTrue();
    }

    private static long put(EtcdStore store, String key, String value) {
        Put put = new Put(key, ByteString.copyFromUtf8(value), 0);
        return ((Committed) store.commit(new Transaction(List.of(), List.of(put), ""))
                        .join())
                .revision();
    }
}
