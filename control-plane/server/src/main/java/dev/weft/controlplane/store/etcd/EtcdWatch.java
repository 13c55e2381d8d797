package dev.weft.controlplane.store.etcd;

import dev.weft.controlplane.store.Store.Change;
import dev.weft.controlplane.store.Store.ChangeSet;
import dev.weft.controlplane.store.Store.Entry;
import dev.weft.controlplane.store.Store.Handle;
import dev.weft.controlplane.store.Store.Range;
import dev.weft.controlplane.store.Store.Watcher;
import dev.weft.controlplane.store.StoreException;
import dev.weft.controlplane.store.StoreKey;
import io.etcd.jetcd.watch.WatchEvent;
import io.etcd.jetcd.watch.WatchResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One watch: a virtual thread that knows up to which revision it has told, and opens stream after stream from there. Thread-safe;
 * all but {@link #close} runs on that thread.
 *
 * <p>jetcd's own resumption is not used: after a failure it goes on from the revision that etcd had when the stream was created,
 * not from the last one that was told, and skips what lies between.
 */
final class EtcdWatch implements Handle, Runnable {
    private static final Logger log = LoggerFactory.getLogger(EtcdWatch.class);
    private static final Duration MAX_WAIT = Duration.ofSeconds(1);

    /** Reads what is there now. */
    interface Listing {
        Range list(String prefix);
    }

    private final EtcdConnection connection;
    private final EtcdKeys keys;
    private final Duration silence;
    private final String prefix;
    private final Watcher watcher;
    private final Listing listing;
    private final LongConsumer compacted;
    private long delivered;
    private boolean interrupted;
    private int failures;

    /** Written by close, read by the watch's thread. */
    private volatile boolean closed;

    /** Written by the watch's thread, read by close. */
    private volatile Optional<WatchStream> stream = Optional.empty();

    EtcdWatch(
            EtcdConnection connection,
            EtcdKeys keys,
            Duration silence,
            String prefix,
            long afterRevision,
            Watcher watcher,
            Listing listing,
            LongConsumer compacted) {
        this.connection = connection;
        this.keys = keys;
        this.silence = silence;
        this.prefix = prefix;
        this.delivered = afterRevision;
        this.watcher = watcher;
        this.listing = listing;
        this.compacted = compacted;
    }

    @Override
    public void run() {
        while (!isOver()) {
            try (WatchStream opened = WatchStream.open(connection, keys.data(prefix), delivered, silence)) {
                stream = Optional.of(opened);
                follow(opened);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } catch (StoreException e) {
                interrupt(e);
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        stream.ifPresent(WatchStream::close);
    }

    private boolean isOver() {
        return closed || connection.isClosed();
    }

    private void follow(WatchStream opened) throws InterruptedException {
        while (!isOver()) {
            switch (opened.next()) {
                case WatchStream.Opened o -> {
                    interrupted = false;
                    failures = 0;
                }
                case WatchStream.Events events -> {
                    if (!deliver(events.response())) {
                        reset();
                        return;
                    }
                }
                case WatchStream.Compacted c -> {
                    compacted.accept(c.revision());
                    reset();
                    return;
                }
                case WatchStream.Broken broken -> {
                    interrupt(new StoreException.Unavailable(
                            connection.description() + ": cannot be watched: " + broken.reason()));
                    return;
                }
                case WatchStream.Stale stale -> {
                    log.debug("watch of {} opened anew from revision {}: {}", prefix, delivered, stale.reason());
                    return;
                }
            }
        }
    }

    /** Told once an outage; then waits, a little longer each time. */
    private void interrupt(StoreException cause) {
        if (isOver()) {
            return;
        }
        if (!interrupted) {
            interrupted = true;
            call(() -> watcher.interrupted(cause));
        }
        failures++;
        Duration wait = Duration.ofMillis(20L << Math.min(failures, 6));
        connection.pause(wait.compareTo(MAX_WAIT) < 0 ? wait : MAX_WAIT);
    }

    private void reset() {
        Range snapshot = listing.list(prefix);
        if (!isOver()) {
            call(() -> watcher.reset(snapshot));
            delivered = snapshot.revision();
        }
    }

    /** False where etcd no longer had the state before a change (compacted meanwhile): then only a new listing tells it. */
    private boolean deliver(WatchResponse response) {
        List<Change> changes = new ArrayList<>();
        for (WatchEvent event : response.getEvents()) {
            long revision = event.getKeyValue().getModRevision();
            if (revision <= delivered) {
                continue;
            }
            if (!changes.isEmpty() && changes.getFirst().revision() != revision) {
                tell(changes);
            }
            Optional<Change> change = change(event);
            if (change.isEmpty()) {
                return false;
            }
            changes.add(change.get());
        }
        if (!changes.isEmpty()) {
            tell(changes);
        }
        return true;
    }

    private Optional<Change> change(WatchEvent event) {
        boolean deleted = event.getEventType() == WatchEvent.EventType.DELETE;
        boolean created = !deleted && event.getKeyValue().getVersion() == 1;
        Optional<Entry> before =
                event.getPrevKV().getModRevision() == 0 ? Optional.empty() : Optional.of(keys.entry(event.getPrevKV()));
        if (before.isEmpty() != created) {
            return Optional.empty();
        }
        Optional<Entry> after = deleted ? Optional.empty() : Optional.of(keys.entry(event.getKeyValue()));
        return Optional.of(new Change(
                keys.key(event.getKeyValue()),
                before,
                after,
                event.getKeyValue().getModRevision()));
    }

    private void tell(List<Change> changes) {
        changes.sort(Comparator.comparing(Change::key, StoreKey.ORDER));
        ChangeSet set = new ChangeSet(changes.getFirst().revision(), List.copyOf(changes));
        changes.clear();
        if (!isOver()) {
            call(() -> watcher.changed(set));
            delivered = set.revision();
        }
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
