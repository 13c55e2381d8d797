package dev.weft.controlplane.store.embedded;

import dev.weft.controlplane.store.Store.Change;
import dev.weft.controlplane.store.Store.ChangeSet;
import dev.weft.controlplane.store.Store.Committed;
import dev.weft.controlplane.store.Store.Delete;
import dev.weft.controlplane.store.Store.Entry;
import dev.weft.controlplane.store.Store.Expect;
import dev.weft.controlplane.store.Store.Outcome;
import dev.weft.controlplane.store.Store.Put;
import dev.weft.controlplane.store.Store.Refused;
import dev.weft.controlplane.store.Store.Transaction;
import dev.weft.controlplane.store.Store.Write;
import dev.weft.controlplane.store.StoreException;
import dev.weft.controlplane.store.StoreKey;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What is written between one BEGIN and its COMMIT: one or several jobs, each of which is checked before it writes anything, so
 * that a refusal leaves nothing behind. Confined to the writer's thread.
 */
final class WriteSession {
    private static final long ONCE_KEPT_MILLIS = Duration.ofMinutes(10).toMillis();

    private final Tables tables;
    private final long nowMillis;
    private final List<ChangeSet> changeSets = new ArrayList<>();
    private final List<Runnable> afterCommit = new ArrayList<>();
    private long present;

    WriteSession(Tables tables, long presentRevision, long nowMillis) {
        this.tables = tables;
        this.present = presentRevision;
        this.nowMillis = nowMillis;
    }

    Outcome commit(Transaction transaction) throws SQLException {
        String id = transaction.idempotencyId();
        if (!id.isEmpty()) {
            tables.forgetOnceBefore(nowMillis - ONCE_KEPT_MILLIS);
            OptionalLong earlier = tables.revisionOfOnce(id);
            if (earlier.isPresent()) {
                return new Committed(earlier.getAsLong(), true);
            }
        }
        for (Expect expect : transaction.expectations()) {
            long actual = tables.present(expect.key()).map(Entry::modRevision).orElse(0L);
            if (actual != expect.modRevision()) {
                return new Refused(expect, actual);
            }
        }
        for (Write write : transaction.writes()) {
            if (write instanceof Put put && put.lease() != 0 && !tables.hasLease(put.lease())) {
                throw new StoreException.LeaseLost(put.lease());
            }
        }
        write(transaction.writes());
        if (!id.isEmpty()) {
            tables.addOnce(id, present, nowMillis);
        }
        return new Committed(present, false);
    }

    long grant(Duration timeToLive) throws SQLException {
        return tables.addLease(timeToLive.toMillis());
    }

    /** Ends a lease with what was written under it; of one that is gone already nothing is left to do. */
    void revoke(long lease) throws SQLException {
        List<Write> deletes = new ArrayList<>();
        for (Entry entry : tables.presentUnderLease(lease)) {
            deletes.add(new Delete(entry.key()));
        }
        write(deletes);
        tables.removeLease(lease);
    }

    void compact(long revision) throws SQLException {
        if (revision > present) {
            throw new StoreException.FutureRevision(revision, present);
        }
        tables.compact(revision);
    }

    void limitPages(long pages) throws SQLException {
        tables.execute("PRAGMA max_page_count = " + pages);
    }

    /** To be done only if this session is committed. */
    void afterCommit(Runnable effect) {
        afterCommit.add(effect);
    }

    void committed() {
        afterCommit.forEach(Runnable::run);
    }

    List<ChangeSet> changeSets() {
        return changeSets;
    }

    long presentRevision() {
        return present;
    }

    private void write(List<Write> writes) throws SQLException {
        long revision = present + 1;
        List<Change> changes = new ArrayList<>();
        for (Write write : writes) {
            Optional<Entry> before = tables.present(write.key());
            switch (write) {
                case Put put -> {
                    Entry after = next(put, before, revision);
                    tables.put(after);
                    changes.add(new Change(put.key(), before, Optional.of(after), revision));
                }
                case Delete delete -> {
                    if (before.isPresent()) {
                        tables.delete(delete.key(), revision);
                        changes.add(new Change(delete.key(), before, Optional.empty(), revision));
                    }
                }
            }
        }
        if (!changes.isEmpty()) {
            tables.addRevision(revision, nowMillis);
            changes.sort(Comparator.comparing(Change::key, StoreKey.ORDER));
            changeSets.add(new ChangeSet(revision, List.copyOf(changes)));
            present = revision;
        }
    }

    private static Entry next(Put put, Optional<Entry> before, long revision) {
        return new Entry(
                put.key(),
                put.value(),
                before.map(Entry::createRevision).orElse(revision),
                revision,
                before.map(Entry::version).orElse(0L) + 1,
                put.lease());
    }
}
