package dev.weft.controlplane.store.embedded;

import dev.weft.controlplane.store.Store.ChangeSet;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * The latest change sets in memory, between the writer and the watches. Thread-safe.
 *
 * <p>Bounded: a watch that has fallen behind reads the history instead, so a slow one costs no memory.
 */
final class ChangeLog {
    private static final int MAX_CHANGES = 8_192;

    /** Change sets that follow a revision, complete up to {@code lastRevision}. */
    record Slice(List<ChangeSet> changes, long lastRevision) {}

    private final ArrayDeque<ChangeSet> recent = new ArrayDeque<>();
    private int changesHeld;
    private long completeAfter;
    private long present;

    ChangeLog(long presentRevision) {
        this.completeAfter = presentRevision;
        this.present = presentRevision;
    }

    synchronized void append(List<ChangeSet> changes) {
        for (ChangeSet set : changes) {
            recent.addLast(set);
            changesHeld += set.changes().size();
            present = set.revision();
        }
        while (changesHeld > MAX_CHANGES && !recent.isEmpty()) {
            ChangeSet oldest = recent.removeFirst();
            changesHeld -= oldest.changes().size();
            completeAfter = oldest.revision();
        }
        notifyAll();
    }

    /** What was compacted away is not told from memory either, so that how far back a watch reaches does not depend on luck. */
    synchronized void forgetUpTo(long revision) {
        while (!recent.isEmpty() && recent.getFirst().revision() <= revision) {
            changesHeld -= recent.removeFirst().changes().size();
        }
        completeAfter = Math.max(completeAfter, revision);
    }

    /**
     * Waits until there is something after a revision.
     *
     * @return empty where it is no longer held here: ask the history
     */
    synchronized Optional<Slice> await(long afterRevision, BooleanSupplier stopped) throws InterruptedException {
        while (present <= afterRevision && !stopped.getAsBoolean()) {
            wait();
        }
        if (afterRevision < completeAfter) {
            return Optional.empty();
        }
        List<ChangeSet> following =
                recent.stream().filter(set -> set.revision() > afterRevision).toList();
        return Optional.of(new Slice(following, Math.max(present, afterRevision)));
    }

    /** Lets those who wait look at their stop condition again. */
    synchronized void wake() {
        notifyAll();
    }
}
