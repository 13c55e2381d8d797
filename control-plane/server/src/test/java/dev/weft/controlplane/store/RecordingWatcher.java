package dev.weft.controlplane.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.controlplane.store.Store.ChangeSet;
import dev.weft.controlplane.store.Store.Range;
import dev.weft.controlplane.store.Store.Watcher;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Keeps what it is told, in order. Thread-safe. */
public final class RecordingWatcher implements Watcher {
    private static final long PATIENCE_SECONDS = 30;

    /** What a watcher can be told. */
    public sealed interface Told permits Changed, Reset {}

    public record Changed(ChangeSet changes) implements Told {}

    public record Reset(Range snapshot) implements Told {}

    private final BlockingQueue<Told> told = new LinkedBlockingQueue<>();
    private final AtomicInteger interruptions = new AtomicInteger();

    @Override
    public void changed(ChangeSet changes) {
        told.add(new Changed(changes));
    }

    @Override
    public void reset(Range snapshot) {
        told.add(new Reset(snapshot));
    }

    @Override
    public void interrupted(StoreException cause) {
        interruptions.incrementAndGet();
    }

    /** The next thing told, which must be changes. */
    public ChangeSet nextChanges() throws InterruptedException {
        Told next = next();
        assertThat(next).isInstanceOf(Changed.class);
        return ((Changed) next).changes();
    }

    /** The next thing told, which must be a reset. */
    public Range nextReset() throws InterruptedException {
        Told next = next();
        assertThat(next).isInstanceOf(Reset.class);
        return ((Reset) next).snapshot();
    }

    public Told next() throws InterruptedException {
        Told next = told.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertThat(next).as("told within %d s", PATIENCE_SECONDS).isNotNull();
        return next;
    }

    public boolean hasNothingMore() {
        return told.isEmpty();
    }

    public int interruptions() {
        return interruptions.get();
    }
}
