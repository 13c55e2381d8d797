package dev.weft.controlplane.store.etcd;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.Watch;
import io.etcd.jetcd.common.exception.CompactedException;
import io.etcd.jetcd.options.WatchOption;
import io.etcd.jetcd.watch.WatchResponse;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One stream of a watch, from its opening to its first failure. Thread-safe: jetcd's threads put in, the watch's thread takes out.
 *
 * <p>What waits is bounded: a watcher that is too slow ends its stream and gets the rest from etcd on the next one.
 */
final class WatchStream implements Watch.Listener, AutoCloseable {
    private static final int MAX_WAITING = 1_024;

    /** What can happen on a stream. */
    sealed interface Signal permits Opened, Events, Compacted, Broken, Stale {}

    record Opened() implements Signal {}

    record Events(WatchResponse response) implements Signal {}

    /** The stream begins before what etcd still has. */
    record Compacted(long revision) implements Signal {}

    /** It failed. */
    record Broken(String reason) implements Signal {}

    /** Nothing is known to be wrong with etcd, but a new stream is needed. */
    record Stale(String reason) implements Signal {}

    private final EtcdConnection connection;
    private final Client client;
    private final Duration silence;
    private final BlockingQueue<Signal> signals = new LinkedBlockingQueue<>();
    private Watch.@Nullable Watcher watcher;

    private WatchStream(EtcdConnection connection, Duration silence) {
        this.connection = connection;
        this.client = connection.client();
        this.silence = silence;
    }

    /**
     * From {@code delivered} on, not from the revision after it: etcd 3.4 loses a deletion that happened at exactly the revision it
     * was then compacted to, and this asks for one revision more than is needed. The caller skips it.
     */
    static WatchStream open(EtcdConnection connection, ByteSequence prefix, long delivered, Duration silence) {
        WatchStream stream = new WatchStream(connection, silence);
        WatchOption option = WatchOption.builder()
                .withRange(EtcdKeys.endOf(prefix))
                .withRevision(Math.max(1, delivered))
                .withPrevKV(true)
                .withCreateNotify(true)
                .withProgressNotify(true)
                .withRequireLeader(true)
                .build();
        try {
            stream.watcher = stream.client.getWatchClient().watch(prefix, option, stream);
        } catch (RuntimeException e) {
            stream.onError(e);
        }
        return stream;
    }

    /** Waits for what comes next. Silence is met with a question first, then with a new stream. */
    Signal next() throws InterruptedException {
        Signal signal = signals.poll(silence.toMillis() / 2, TimeUnit.MILLISECONDS);
        if (signal != null) {
            return signal;
        }
        if (watcher != null) {
            watcher.requestProgress();
        }
        signal = signals.poll(silence.toMillis() / 2, TimeUnit.MILLISECONDS);
        if (signal != null) {
            return signal;
        }
        connection.failed(client); // where nothing else gets through either, a new stream needs a new connection
        return new Stale("silent for " + silence);
    }

    @Override
    public void onNext(WatchResponse response) {
        connection.succeeded(client);
        if (response.isCreatedNotify() || response.isProgressNotify()) {
            signals.add(new Opened());
        } else if (signals.size() < MAX_WAITING) {
            signals.add(new Events(response));
        } else {
            signals.add(new Stale("the watcher is slow"));
        }
    }

    @Override
    public void onError(Throwable failure) {
        if (failure instanceof CompactedException compacted) {
            signals.add(new Compacted(compacted.getCompactedRevision()));
            return;
        }
        CallFailure call = CallFailure.of(failure);
        if (call.meaning() == CallFailure.Meaning.UNCLEAR) {
            connection.failed(client);
        }
        signals.add(new Broken(call.text()));
    }

    @Override
    public void onCompleted() {
        signals.add(new Broken("the stream was ended"));
    }

    @Override
    public void close() {
        if (watcher != null) {
            watcher.close();
        }
    }
}
