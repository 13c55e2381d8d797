package dev.weft.controlplane.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.weft.controlplane.store.Store.Committed;
import dev.weft.controlplane.store.Store.Delete;
import dev.weft.controlplane.store.Store.Entry;
import dev.weft.controlplane.store.Store.Expect;
import dev.weft.controlplane.store.Store.Outcome;
import dev.weft.controlplane.store.Store.Put;
import dev.weft.controlplane.store.Store.Range;
import dev.weft.controlplane.store.Store.Refused;
import dev.weft.controlplane.store.Store.Transaction;
import dev.weft.controlplane.store.Store.Write;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What reads and transactions promise. */
public abstract class TransactionContract extends StoreContract {
    @Test
    void aCommitMakesAGreaterRevisionWhichIsThenThePresentOne() {
        long before = store().revision().join();
        long revision = put("a", "1");

        assertThat(revision).isGreaterThan(before);
        assertThat(store().revision().join()).isGreaterThanOrEqualTo(revision);
        assertThat(store().range("").join().revision()).isGreaterThanOrEqualTo(revision);
    }

    @Test
    void anEntryTellsWhenItWasMadeAndChangedAndHowOften() {
        long created = put("a", "1");
        long changed = put("a", "2");

        assertThat(get("a")).contains(new Entry("a", ByteString.copyFromUtf8("2"), created, changed, 2, 0));
        assertThat(get("b")).isEmpty();
    }

    @Test
    void aKeyThatComesBackStartsAnew() {
        put("a", "1");
        put("a", "2");
        delete("a");
        assertThat(get("a")).isEmpty();

        long again = put("a", "3");
        assertThat(get("a")).contains(new Entry("a", ByteString.copyFromUtf8("3"), again, again, 1, 0));
    }

    @Test
    void deletingWhatDoesNotExistChangesNothing() {
        long before = put("a", "1");
        Outcome outcome = commit(new Transaction(List.of(), List.of(new Delete("b")), ""));

        assertThat(outcome).isInstanceOf(Committed.class);
        assertThat(((Committed) outcome).revision()).isGreaterThanOrEqualTo(before);
        assertThat(keys("")).containsExactly("a");
    }

    @Test
    void aTransactionThatWritesNothingIsCommittedAtAPresentRevision() {
        long before = put("a", "1");
        Outcome outcome = commit(new Transaction(List.of(new Expect("a", before)), List.of(), ""));

        assertThat(outcome).isInstanceOf(Committed.class);
        assertThat(((Committed) outcome).revision()).isGreaterThanOrEqualTo(before);
    }

    @Test
    void allWritesOfATransactionShareOneRevision() {
        put("gone", "1");
        long revision = write(putting("a", "1"), putting("b", "2"), new Delete("gone"));

        Range range = store().range("").join();
        assertThat(keys(range)).containsExactly("a", "b");
        assertThat(range.entries()).extracting(Entry::modRevision).containsOnly(revision);
    }

    @Test
    void anExpectationThatDoesNotHoldIsNamedAndNothingIsWritten() {
        long a = put("a", "1");
        long b = put("b", "1");
        Expect holds = new Expect("a", a);
        Expect fails = new Expect("b", a);

        Outcome outcome = commit(new Transaction(
                List.of(holds, fails, new Expect("c", 7)), List.of(putting("a", "2"), putting("c", "2")), ""));

        assertThat(outcome).isEqualTo(new Refused(fails, b));
        assertThat(valueOf("a")).isEqualTo("1");
        assertThat(get("c")).isEmpty();
    }

    @Test
    void expectationsThatHoldLetTheWritesThrough() {
        long a = put("a", "1");

        assertThat(commit(new Transaction(
                        List.of(new Expect("a", a), new Expect("b", 0)),
                        List.of(putting("a", "2"), putting("b", "2")),
                        "")))
                .isInstanceOf(Committed.class);
        assertThat(valueOf("a") + valueOf("b")).isEqualTo("22");
    }

    @Test
    void zeroExpectsThatTheKeyDoesNotExist() {
        long a = put("a", "1");
        Expect absent = new Expect("a", 0);
        assertThat(commit(expecting(absent, putting("a", "2")))).isEqualTo(new Refused(absent, a));

        delete("a");
        assertThat(commit(expecting(new Expect("a", a), putting("a", "2"))))
                .isEqualTo(new Refused(new Expect("a", a), 0));
        assertThat(commit(expecting(absent, putting("a", "3")))).isInstanceOf(Committed.class);
    }

    @Test
    void aTransactionRepeatedWithItsIdIsNotCommittedAgain() {
        Outcome first = commit(once("id-1", putting("a", "1")));
        put("a", "2");
        Outcome again = commit(once("id-1", putting("a", "1")));

        assertThat(first).isInstanceOf(Committed.class);
        assertThat(again).isEqualTo(new Committed(((Committed) first).revision(), true));
        assertThat(valueOf("a")).isEqualTo("2");
        assertThat(commit(once("id-2", putting("a", "3")))).isInstanceOf(Committed.class);
        assertThat(valueOf("a")).isEqualTo("3");
    }

    @Test
    void aRepeatIsRecognisedEvenWhereItsExpectationsNoLongerHold() {
        Transaction create = new Transaction(List.of(new Expect("a", 0)), List.of(putting("a", "1")), "create-a");
        Outcome first = commit(create);
        assertThat(commit(create)).isEqualTo(new Committed(((Committed) first).revision(), true));
    }

    @Test
    void aRefusalIsNotRemembered() {
        put("a", "1");
        Transaction create = new Transaction(List.of(new Expect("a", 0)), List.of(putting("a", "2")), "create-a");
        assertThat(commit(create)).isInstanceOf(Refused.class);

        delete("a");
        assertThat(commit(create)).isInstanceOf(Committed.class);
        assertThat(valueOf("a")).isEqualTo("2");
    }

    @Test
    void aKeyIsWrittenOnceInATransaction() {
        assertThatThrownBy(() -> once("", putting("a", "1"), new Delete("a")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a twice");
    }

    @Test
    void keysWithoutAnExactStoredFormAreRejected() {
        assertThatThrownBy(() -> new Delete("")).hasMessageContaining("empty");
        assertThatThrownBy(() -> new Delete("a\ud800")).hasMessageContaining("U+D800");
        assertThatThrownBy(() -> new Delete("a\nb")).hasMessageContaining("U+000A");
    }

    @Test
    void valuesAreBytes() {
        byte[] all = new byte[256];
        for (int i = 0; i < all.length; i++) {
            all[i] = (byte) i;
        }
        write(new Put("bytes", ByteString.copyFrom(all), 0), new Put("empty", ByteString.EMPTY, 0));

        assertThat(get("bytes").map(Entry::value)).contains(ByteString.copyFrom(all));
        assertThat(get("empty").map(Entry::value)).contains(ByteString.EMPTY);
    }

    @Test
    void aRangeHoldsItsPrefixAloneInTheOrderOfItsKeysBytes() {
        List<String> ordered = List.of("r/", "r/A", "r/a", "r/a/b", "r/é", "r/\uffe6", "r/\ud83d\ude00");
        List<String> shuffled = new ArrayList<>(ordered).reversed();
        shuffled.forEach(key -> put(key, "1"));
        put("q", "1");
        put("r", "1");
        put("r0", "1");

        assertThat(keys("r/")).containsExactlyElementsOf(ordered);
        assertThat(keys("")).hasSize(10);
        assertThat(keys("none")).isEmpty();
    }

    @Test
    void aRangeIsWholeHoweverLong() {
        for (int batch = 0; batch < 20; batch++) {
            int from = batch * 60;
            write(IntStream.range(from, from + 60)
                    .mapToObj(i -> putting("many/%05d".formatted(i), "x".repeat(200)))
                    .toArray(Write[]::new));
        }
        assertThat(keys("many/")).hasSize(1_200).isSorted();
    }

    @Test
    void thePastCanBeReadAsItWas() {
        long first = write(putting("a", "1"), putting("b", "1"));
        long second = put("a", "2");
        long third = delete("b");

        assertThat(store().range("", first).join().entries())
                .extracting(e -> e.key() + e.value().toStringUtf8())
                .containsExactly("a1", "b1");
        assertThat(store().range("", second).join().entries())
                .extracting(e -> e.key() + e.value().toStringUtf8() + e.version())
                .containsExactly("a22", "b11");
        assertThat(keys(store().range("", third).join())).containsExactly("a");
        assertThat(store().range("", first).join().revision()).isEqualTo(first);
    }

    @Test
    void theFutureCannotBeRead() {
        long future = put("a", "1") + 1_000_000;
        assertFailsWith(StoreException.FutureRevision.class, store().range("", future), String.valueOf(future));
        assertFailsWith(StoreException.FutureRevision.class, store().compact(future), String.valueOf(future));
    }

    @Test
    void compactionForgetsThePastAndKeepsTheLatest() {
        put("b", "1");
        long first = put("a", "1");
        long second = put("a", "2");
        delete("b");
        put("a", "3");
        store().compact(second).join();

        assertFailsWith(StoreException.Compacted.class, store().range("", first), String.valueOf(first));
        assertThat(store().range("", second).join().entries())
                .extracting(e -> e.key() + e.value().toStringUtf8())
                .containsExactly("a2", "b1");
        assertThat(valueOf("a")).isEqualTo("3");
        assertThat(keys("")).containsExactly("a");
        assertThat(store().compactedBefore()).hasValue(second);
    }

    @Test
    void compactingWhatIsForgottenAlreadyHasNothingToDo() {
        long first = put("a", "1");
        long second = put("a", "2");
        store().compact(second).join();
        store().compact(second).join();
        store().compact(first).join();
        assertThat(store().compactedBefore()).hasValue(second);
    }

    @Test
    void aRevisionKnowsWhenItWasCommitted() {
        Instant before = Instant.now();
        long first = put("a", "1");
        long second = put("a", "2");
        Instant after = Instant.now();

        Optional<Instant> at = store().committedAt(first).join();
        assertThat(at).isPresent();
        assertThat(at.get()).isBetween(before.minus(Duration.ofMillis(1)), after);
        assertThat(store().committedAt(second).join().orElseThrow()).isBetween(at.get(), after);
        assertThat(store().committedAt(second + 1_000_000).join()).isEmpty();
    }

    @Test
    void concurrentCompareAndSetLosesNothing() {
        put("counter", "0");
        List<CompletableFuture<Void>> writers = IntStream.range(0, 6)
                .mapToObj(i -> CompletableFuture.runAsync(() -> increment(20), Thread::startVirtualThread))
                .toList();
        writers.forEach(CompletableFuture::join);

        assertThat(valueOf("counter")).isEqualTo("120");
        assertThat(get("counter").orElseThrow().version()).isEqualTo(121);
    }

    private void increment(int times) {
        for (int done = 0; done < times; ) {
            Entry now = get("counter").orElseThrow();
            String next = String.valueOf(Integer.parseInt(now.value().toStringUtf8()) + 1);
            if (commit(expecting(new Expect("counter", now.modRevision()), putting("counter", next)))
                    instanceof Committed) {
                done++;
            }
        }
    }
}
