package dev.weft.controlplane.management;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.weft.controlplane.mesh.Keys;
import dev.weft.controlplane.store.Store;
import dev.weft.v1.HistoryEntry;
import dev.weft.v1.HistoryRequest;
import dev.weft.v1.HistoryResponse;
import io.grpc.Status;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What was done: an entry beside every apply, in its transaction, with the changes themselves, so that it outlives the store's own
 * compaction. The newest {@value #KEPT} are kept.
 *
 * <p>Thread-safe.
 */
final class History {
    private static final Logger log = LoggerFactory.getLogger(History.class);
    private static final int KEPT = 1000;
    private static final int TRIM_EVERY = 100;
    private static final int DEFAULT_LIMIT = 50;

    private final Store store;
    private final AtomicInteger made = new AtomicInteger();

    History(Store store) {
        this.store = store;
    }

    /** A new entry's key: by time, with something random behind it where two replicas write in the same millisecond. */
    String key(long millis, RandomGenerator random) {
        if (made.incrementAndGet() % TRIM_EVERY == 0) {
            trim();
        }
        return Keys.HISTORY + "%013d-%s".formatted(millis, HexFormat.of().toHexDigits(random.nextInt()));
    }

    /** Newest first. */
    List<HistoryEntry> entries() {
        return Calls.await(store.range(Keys.HISTORY)).entries().stream()
                .sorted(Comparator.comparingLong(Store.Entry::modRevision).reversed())
                .map(History::parse)
                .toList();
    }

    HistoryResponse list(HistoryRequest request) {
        int limit = request.getLimit() == 0 ? DEFAULT_LIMIT : request.getLimit();
        if (limit < 1 || limit > KEPT) {
            throw Status.INVALID_ARGUMENT
                    .withDescription("limit: " + limit + " (expected: 1 to " + KEPT + ")")
                    .asRuntimeException();
        }
        return HistoryResponse.newBuilder()
                .addAllEntries(entries().stream()
                        .filter(e -> request.getBeforeRevision() == 0 || e.getRevision() < request.getBeforeRevision())
                        .filter(e -> !request.hasRef()
                                || e.getChangesList().stream()
                                        .anyMatch(c -> c.getRef().equals(request.getRef())))
                        .limit(limit)
                        .toList())
                .build();
    }

    private void trim() {
        var _ = store.range(Keys.HISTORY)
                .thenCompose(range -> {
                    List<Store.Write> old = range.entries().stream()
                            .limit(Math.clamp(range.entries().size() - (long) KEPT, 0, TRIM_EVERY))
                            .map(entry -> (Store.Write) new Store.Delete(entry.key()))
                            .toList();
                    return store.commit(new Store.Transaction(List.of(), old, ""));
                })
                .whenComplete((_, failure) -> {
                    if (failure != null) {
                        log.warn("old history could not be trimmed; it is tried again later: {}", failure.getMessage());
                    }
                });
    }

    private static HistoryEntry parse(Store.Entry entry) {
        try {
            return HistoryEntry.parseFrom(entry.value()).toBuilder()
                    .setRevision(entry.modRevision())
                    .build();
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException(
                    "the store's entry " + entry.key() + " is no history: " + e.getMessage(), e);
        }
    }
}
