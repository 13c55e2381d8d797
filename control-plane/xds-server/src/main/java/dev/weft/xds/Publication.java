package dev.weft.xds;

import org.jspecify.annotations.Nullable;

/**
 * Immutable. A snapshot together with what it changed, so that a stream which has seen the one before need not compare.
 * It keeps the snapshot before it alive, and none older.
 */
public final class Publication {
    private final Snapshot snapshot;
    private final SnapshotChanges changes;

    private Publication(Snapshot snapshot, SnapshotChanges changes) {
        this.snapshot = snapshot;
        this.changes = changes;
    }

    /** Compares the two snapshots; costs what differs for types whose maps are shared, else the size of the type. */
    public static Publication of(@Nullable Snapshot before, Snapshot snapshot) {
        return new Publication(snapshot, SnapshotChanges.between(before, snapshot));
    }

    public Snapshot snapshot() {
        return snapshot;
    }

    SnapshotChanges changesSince(@Nullable Snapshot seen) {
        return changes.from() == seen ? changes : SnapshotChanges.between(seen, snapshot);
    }
}
