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
import dev.weft.controlplane.store.Store.Transaction;
import dev.weft.controlplane.store.Store.Write;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** The means of the contract's parts: a store of the kind under test, and short words for what is done with it. */
abstract class StoreContract {
    /** A store that is empty when the test begins; the same one throughout a test. */
    protected abstract Store store();

    protected final Outcome commit(Transaction transaction) {
        return store().commit(transaction).join();
    }

    protected final long write(Write... writes) {
        Outcome outcome = commit(new Transaction(List.of(), List.of(writes), ""));
        assertThat(outcome).isInstanceOf(Committed.class);
        return ((Committed) outcome).revision();
    }

    protected final long put(String key, String value) {
        return write(putting(key, value));
    }

    protected final long delete(String key) {
        return write(new Delete(key));
    }

    protected final Optional<Entry> get(String key) {
        return store().get(key).join();
    }

    protected final String valueOf(String key) {
        return get(key).map(entry -> entry.value().toStringUtf8()).orElse("(none)");
    }

    protected final List<String> keys(String prefix) {
        return keys(store().range(prefix).join());
    }

    protected static List<String> keys(Range range) {
        return range.entries().stream().map(Entry::key).toList();
    }

    protected static Put putting(String key, String value) {
        return new Put(key, ByteString.copyFromUtf8(value), 0);
    }

    protected static Put putting(String key, String value, long lease) {
        return new Put(key, ByteString.copyFromUtf8(value), lease);
    }

    protected static Transaction once(String id, Write... writes) {
        return new Transaction(List.of(), List.of(writes), id);
    }

    protected static Transaction expecting(Expect expect, Write... writes) {
        return new Transaction(List.of(expect), List.of(writes), "");
    }

    protected static void assertFailsWith(
            Class<? extends StoreException> kind, CompletableFuture<?> future, String... words) {
        assertThatThrownBy(future::join)
                .isInstanceOf(CompletionException.class)
                .cause()
                .isInstanceOf(kind)
                .satisfies(failure ->
                        List.of(words).forEach(word -> assertThat(failure).hasMessageContaining(word)));
    }
}
