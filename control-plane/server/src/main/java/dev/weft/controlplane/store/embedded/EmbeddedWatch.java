package dev.weft.controlplane.store.embedded;

import dev.weft.controlplane.store.Store.Change;
import dev.weft.controlplane.store.Store.ChangeSet;
import dev.weft.controlplane.store.Store.Handle;
import dev.weft.controlplane.store.Store.Range;
import dev.weft.controlplane.store.Store.Watcher;
import dev.weft.controlplane.store.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One watch: a thread of its own (virtual) that knows up to which revision it has told, and asks what follows. Live or resuming is
 * the same walk; only the source differs, the change log while it reaches back far enough, else the history.
 */
final class EmbeddedWatch implements Handle, Runnable {
    private static final Logger log = LoggerFactory.getLogger(EmbeddedWatch.class);
    private static final int PAGE_REVISIONS = 256;

    /** What the history has after a revision. */
    private sealed interface Past permits Page, Gone {}

    private record Page(List<ChangeSet> changes, long lastRevision) implements Past {}

    private record Gone(Range snapshot) implements Past {}

    private final String prefix;
    private final Watcher watcher;
    private final ChangeLog changes;
    private final Reader reader;
    private final CountDownLatch closed = new CountDownLatch(1);
    private long delivered;
    private boolean interrupted;

    EmbeddedWatch(String prefix, long afterRevision, Watcher watcher, ChangeLog changes, Reader reader) {
        this.prefix = prefix;
        this.delivered = afterRevision;
        this.watcher = watcher;
        this.changes = changes;
        this.reader = reader;
    }

    @Override
    public void run() {
        try {
            while (!isClosed()) {
                step();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        closed.countDown();
        changes.wake();
    }

    private boolean isClosed() {
        return closed.getCount() == 0;
    }

    private void step() throws InterruptedException {
        Optional<ChangeLog.Slice> recent = changes.await(delivered, this::isClosed);
        if (recent.isPresent()) {
            deliver(recent.get().changes(), recent.get().lastRevision());
            return;
        }
        try {
            switch (readPast().join()) {
                case Page page -> deliver(page.changes(), page.lastRevision());
                case Gone gone -> {
                    if (!isClosed()) {
                        call(() -> watcher.reset(gone.snapshot()));
                        delivered = gone.snapshot().revision();
                    }
                }
            }
            interrupted = false;
        } catch (CompletionException e) {
            if (!isClosed() && !interrupted && e.getCause() instanceof StoreException cause) {
                interrupted = true;
                call(() -> watcher.interrupted(cause));
            }
            closed.await(1, TimeUnit.SECONDS);
        }
    }

    /** In one read transaction, so that no compaction comes between the question and the answer. */
    private CompletableFuture<Past> readPast() {
        return reader.read(tables -> {
            if (delivered < tables.oldestRevision()) {
                return new Gone(new Range(tables.presentUnder(prefix), tables.presentRevision()));
            }
            long end = tables.pageEnd(delivered, PAGE_REVISIONS);
            return new Page(tables.changes(prefix, delivered, end), end);
        });
    }

    private void deliver(List<ChangeSet> sets, long lastRevision) {
        for (ChangeSet set : sets) {
            List<Change> matching = new ArrayList<>(set.changes());
            matching.removeIf(change -> !change.key().startsWith(prefix));
            if (!matching.isEmpty() && !isClosed()) {
                call(() -> watcher.changed(new ChangeSet(set.revision(), List.copyOf(matching))));
            }
        }
        delivered = lastRevision;
    }

    private void call(Runnable callback) {
        try {
            callback.run();
        } catch (RuntimeException e) {
            // A defect of the watcher's; to stop here would leave it stale without anyone knowing.
            log.error("a watcher of {} failed", prefix, e);
        }
    }
}
