package dev.weft.controlplane.store.etcd;

import dev.weft.controlplane.store.Store;
import dev.weft.controlplane.store.StoreException;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.options.GetOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * A store in etcd, for any number of control planes. Thread-safe: each call and each watch runs on a virtual thread of its own.
 *
 * <p>Revisions are etcd's. Opening does not wait for etcd: the first call tells whether it is there.
 */
public final class EtcdStore implements Store {
    private static final int PAGE = 1_000;

    private final EtcdOptions options;
    private final EtcdKeys keys;
    private final EtcdConnection connection;
    private final EtcdTransactions transactions;
    private final ExecutorService virtualThreads = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("weft-etcd-", 0).factory());
    private final Set<EtcdWatch> watches = ConcurrentHashMap.newKeySet();
    private final AtomicLong oldest = new AtomicLong();

    private EtcdStore(EtcdOptions options) {
        this.options = options;
        this.keys = new EtcdKeys(options.prefix());
        this.connection = new EtcdConnection(options, virtualThreads);
        this.transactions = new EtcdTransactions(connection, keys, InstantSource.system());
    }

    /**
     * @throws StoreException.OpenFailed where the TLS files cannot be used
     */
    public static EtcdStore open(EtcdOptions options) {
        return new EtcdStore(options);
    }

    @Override
    public CompletableFuture<Range> range(String prefix) {
        return run(() -> list(prefix, 0));
    }

    @Override
    public CompletableFuture<Range> range(String prefix, long revision) {
        if (revision < 1) {
            throw new IllegalArgumentException("revision: " + revision + " (expected: >= 1)");
        }
        return run(() -> list(prefix, revision));
    }

    @Override
    public CompletableFuture<Optional<Entry>> get(String key) {
        return run(() -> connection.ask(client -> client.getKVClient().get(keys.data(key))).getKvs().stream()
                .findFirst()
                .map(keys::entry));
    }

    @Override
    public CompletableFuture<Outcome> commit(Transaction transaction) {
        return run(() -> transactions.commit(transaction));
    }

    @Override
    public Handle watch(String prefix, long afterRevision, Watcher watcher) {
        EtcdWatch watch = new EtcdWatch(
                connection,
                keys,
                options.silence(),
                prefix,
                afterRevision,
                watcher,
                listed -> list(listed, 0),
                this::learnOldest);
        watches.add(watch);
        try {
            virtualThreads.execute(() -> {
                watch.run();
                watches.remove(watch);
            });
        } catch (RejectedExecutionException e) {
            throw connection.closedFailure();
        }
        return watch;
    }

    @Override
    public CompletableFuture<Lease> lease(Duration timeToLive, LeaseListener listener) {
        return run(() -> {
            EtcdLease lease = new EtcdLease(connection, virtualThreads, timeToLive, listener);
            virtualThreads.execute(lease);
            return lease;
        });
    }

    @Override
    public CompletableFuture<Long> revision() {
        return run(this::presentRevision);
    }

    @Override
    public CompletableFuture<Optional<Instant>> committedAt(long revision) {
        return run(() -> {
            try {
                return page(keys.committed(), EtcdKeys.after(keys.committed()), revision).getKvs().stream()
                        .filter(state -> state.getModRevision() == revision)
                        .findFirst()
                        .map(state -> Instant.ofEpochMilli(
                                Long.parseLong(EtcdKeys.value(state.getValue()).toStringUtf8())));
            } catch (StoreException.Compacted | StoreException.FutureRevision unknown) {
                return Optional.empty();
            }
        });
    }

    @Override
    public CompletableFuture<Void> compact(long revision) {
        return run(() -> {
                    EtcdConnection.Attempts attempts = connection.new Attempts();
                    while (true) {
                        try {
                            connection.call(client -> client.getKVClient().compact(revision));
                            learnOldest(revision);
                            return true;
                        } catch (CallFailure failure) {
                            switch (failure.meaning()) {
                                case COMPACTED -> {
                                    return true;
                                }
                                case FUTURE -> throw new StoreException.FutureRevision(revision, presentRevision());
                                default -> attempts.next(failure);
                            }
                        }
                    }
                })
                .thenRun(() -> {});
    }

    @Override
    public OptionalLong compactedBefore() {
        long known = oldest.get();
        return known == 0 ? OptionalLong.empty() : OptionalLong.of(known);
    }

    @Override
    public String description() {
        return connection.description();
    }

    @Override
    public void close() {
        List.copyOf(watches).forEach(EtcdWatch::close);
        connection.close();
        virtualThreads.shutdown(); // not awaited: close() may be called from one of them
    }

    /** Page by page, all of the revision that the first page was read at. */
    private Range list(String prefix, long revision) {
        ByteSequence first = keys.data(prefix);
        ByteSequence end = EtcdKeys.endOf(first);
        List<Entry> entries = new ArrayList<>();
        long at = revision;
        while (true) {
            GetResponse page = page(first, end, at);
            at = at == 0 ? page.getHeader().getRevision() : at;
            for (KeyValue state : page.getKvs()) {
                entries.add(keys.entry(state));
            }
            if (!page.isMore() || page.getKvs().isEmpty()) {
                return new Range(List.copyOf(entries), at);
            }
            first = EtcdKeys.after(page.getKvs().getLast().getKey());
        }
    }

    private GetResponse page(ByteSequence first, ByteSequence end, long revision) {
        GetOption option = GetOption.builder()
                .withRange(end)
                .withLimit(PAGE)
                .withRevision(revision)
                .build();
        EtcdConnection.Attempts attempts = connection.new Attempts();
        while (true) {
            try {
                return connection.call(client -> client.getKVClient().get(first, option));
            } catch (CallFailure failure) {
                switch (failure.meaning()) {
                    case COMPACTED -> throw new StoreException.Compacted(revision, oldestAfter(revision));
                    case FUTURE -> throw new StoreException.FutureRevision(revision, presentRevision());
                    default -> attempts.next(failure);
                }
            }
        }
    }

    private long presentRevision() {
        return connection
                .ask(client -> client.getKVClient().get(keys.committed()))
                .getHeader()
                .getRevision();
    }

    /** etcd tells how far it was compacted only to a watch that begins before that. */
    private long oldestAfter(long compactedRevision) {
        if (oldest.get() <= compactedRevision) {
            try (WatchStream probe =
                    WatchStream.open(connection, keys.committed(), compactedRevision, options.callTimeout())) {
                WatchStream.Signal signal = probe.next();
                while (signal instanceof WatchStream.Opened) {
                    signal = probe.next();
                }
                if (signal instanceof WatchStream.Compacted compacted) {
                    learnOldest(compacted.revision());
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        return oldest.get();
    }

    private void learnOldest(long revision) {
        oldest.accumulateAndGet(revision, Math::max);
    }

    private <T> CompletableFuture<T> run(Supplier<T> work) {
        CompletableFuture<T> future = new CompletableFuture<>();
        try {
            virtualThreads.execute(() -> {
                try {
                    future.complete(work.get());
                } catch (RuntimeException e) {
                    future.completeExceptionally(e);
                }
            });
        } catch (RejectedExecutionException e) {
            future.completeExceptionally(connection.closedFailure());
        }
        return future;
    }
}
