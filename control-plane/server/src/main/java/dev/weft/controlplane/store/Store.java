package dev.weft.controlplane.store;

import com.google.protobuf.ByteString;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * An ordered map with revisions, in the manner of etcd v3: every committed transaction that changes something makes the next
 * revision of the whole store, watches resume from any revision, leases delete what was written under them.
 *
 * <p>Thread-safe. Futures complete on the store's own threads, exceptionally with a {@link StoreException}; callbacks of one watch
 * come one at a time, in revision order, and may block or call the store. After {@link #close()} every call fails with {@link
 * StoreException.Unavailable} and watches fall silent.
 *
 * <p>Revisions grow, start at 1 or later, and may leave gaps: over etcd, others write too. An acknowledged transaction survives {@code kill -9} of this process; a transaction whose
 * outcome could not be learnt is resolved by its idempotency id before the future completes, or fails with {@link
 * StoreException.Unavailable} and is then certainly resolvable by repeating it with the same id.
 */
public interface Store extends AutoCloseable {
    /**
     * @param key slash-separated text
     * @param version revisions of this key since its creation, 1 for the first
     * @param lease 0 for none
     */
    record Entry(String key, ByteString value, long createRevision, long modRevision, long version, long lease) {}

    /** Entries under a prefix in key order, and the store's revision they were read at. */
    record Range(List<Entry> entries, long revision) {}

    /** A write of a transaction. */
    sealed interface Write permits Put, Delete {
        String key();
    }

    /**
     * Detaches the key from the lease it was under before.
     *
     * @param lease 0 for none; {@link StoreException.LeaseLost} where it does not exist (any more)
     */
    record Put(String key, ByteString value, long lease) implements Write {
        public Put {
            StoreKey.check(key);
        }
    }

    /** Of a key that does not exist changes nothing. */
    record Delete(String key) implements Write {
        public Delete {
            StoreKey.check(key);
        }
    }

    /**
     * Holds where the key's modification revision is exactly this; 0 means that the key does not exist.
     */
    record Expect(String key, long modRevision) {}

    /**
     * All writes, or none where an expectation does not hold. Each key is written at most once.
     *
     * @param idempotencyId where not empty: a transaction with the same id that was committed in the last ten minutes is not
     *     committed again, whatever it holds; its revision is the answer. A refusal is not remembered.
     */
    record Transaction(List<Expect> expectations, List<Write> writes, String idempotencyId) {
        public Transaction {
            expectations = List.copyOf(expectations);
            writes = List.copyOf(writes);
            Set<String> written = new HashSet<>();
            for (Write write : writes) {
                if (!written.add(write.key())) {
                    throw new IllegalArgumentException("writes: " + write.key() + " twice (expected: each key once)");
                }
            }
        }
    }

    /** What became of a transaction. */
    sealed interface Outcome permits Committed, Refused {}

    /**
     * @param revision of the commit; a present one of the store where nothing changed
     * @param repeated whether this idempotency id had been committed before
     */
    record Committed(long revision, boolean repeated) implements Outcome {}

    /**
     * @param failed an expectation that did not hold
     * @param actualRevision of that key, 0 where it does not exist
     */
    record Refused(Expect failed, long actualRevision) implements Outcome {}

    /**
     * One key's change.
     *
     * @param before absent where created
     * @param after absent where deleted (also by its lease)
     */
    record Change(String key, Optional<Entry> before, Optional<Entry> after, long revision) {}

    /** Everything that one revision changed under the watched prefix, in key order. */
    record ChangeSet(long revision, List<Change> changes) {}

    /** Receives a watch. */
    interface Watcher {
        /** Every revision that touched the prefix, once, in order. */
        void changed(ChangeSet changes);

        /**
         * The revisions between what was delivered last and {@code snapshot} are gone (compacted): the caller diffs its state
         * against the snapshot. Changes after it follow.
         */
        void reset(Range snapshot);

        /** The store cannot be followed at the moment; the watch resumes by itself and misses nothing. Told once per outage. */
        void interrupted(StoreException cause);
    }

    /** Something to end. */
    interface Handle extends AutoCloseable {
        @Override
        void close();
    }

    /** A lease that is being kept alive until it is let go, revoked or this process ends. */
    interface Lease {
        /** To put under; may change after an expiry, when the lease is made anew. */
        long id();

        /** Stops renewal and deletes at once what was written under it. */
        CompletableFuture<Void> revoke();

        /**
         * Stops renewal: what was written under it is deleted once its time to live has run out, except what was put again since
         * under another lease or none.
         */
        void letExpire();
    }

    /** Receives news of a lease. */
    interface LeaseListener {
        /**
         * The lease had run out (the store was away too long) and was made anew under another id: what was written under it is
         * gone and must be written again.
         */
        void reestablished(Lease lease);
    }

    /** Present entries under a prefix. */
    CompletableFuture<Range> range(String prefix);

    /**
     * Entries as they were.
     *
     * @param revision at least 1; {@link StoreException.Compacted} where it is gone
     */
    CompletableFuture<Range> range(String prefix, long revision);

    CompletableFuture<Optional<Entry>> get(String key);

    CompletableFuture<Outcome> commit(Transaction transaction);

    /**
     * Follows a prefix until the handle is closed; a callback that is running then still ends.
     *
     * @param afterRevision changes with a greater revision are delivered; where some of those are compacted already, {@link
     *     Watcher#reset} comes first
     */
    Handle watch(String prefix, long afterRevision, Watcher watcher);

    CompletableFuture<Lease> lease(Duration timeToLive, LeaseListener listener);

    /** The store's present revision. */
    CompletableFuture<Long> revision();

    /** When a revision was committed, where the store knows it. */
    CompletableFuture<Optional<Instant>> committedAt(long revision);

    /**
     * Forgets what was before a revision, keeping each key's latest value; {@link StoreException.FutureRevision} where it is not
     * there yet, nothing to do where that was forgotten already.
     */
    CompletableFuture<Void> compact(long revision);

    /** The oldest revision that can still be read, where known: after {@code compact(r)} it is r. */
    OptionalLong compactedBefore();

    /** What it is and where, for logs and status: {@code etcd http://127.0.0.1:2379} or {@code embedded /var/lib/weft}. */
    String description();

    @Override
    void close();
}
