package dev.weft.proxy.listener;

import dev.weft.proxy.tls.HandshakeFailure;
import java.net.SocketAddress;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Handshakes that failed: each is counted, and told at most once a second, since whoever can connect can make them fail.
 *
 * <p>Thread-safe.
 */
final class TlsFailures {
    private static final Logger LOG = LoggerFactory.getLogger(TlsFailures.class);
    private static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** Immutable but for the counts. */
    private final Map<HandshakeFailure.Reason, LongAdder> counts = new EnumMap<>(HandshakeFailure.Reason.class);

    private final AtomicLong lastTold = new AtomicLong(System.nanoTime() - QUIET_NANOS);

    TlsFailures() {
        for (HandshakeFailure.Reason reason : HandshakeFailure.Reason.values()) {
            counts.put(reason, new LongAdder());
        }
    }

    void failed(String listener, SocketAddress client, Throwable cause) {
        HandshakeFailure failure = HandshakeFailure.of(cause);
        LongAdder count = counts.get(failure.reason());
        if (count != null) {
            count.increment();
        }
        long last = lastTold.get();
        long now = System.nanoTime();
        if (now - last >= QUIET_NANOS && lastTold.compareAndSet(last, now)) {
            LOG.info(
                    "listener {}: TLS handshake with {} failed: {}: {}",
                    listener,
                    client,
                    failure.reason().label(),
                    failure.detail());
        } else {
            LOG.debug(
                    "listener {}: TLS handshake with {} failed: {}",
                    listener,
                    client,
                    failure.reason().label());
        }
    }

    /** Since the start, by reason. */
    Map<String, Long> counts() {
        Map<String, Long> read = new TreeMap<>();
        counts.forEach((reason, count) -> read.put(reason.label(), count.sum()));
        return read;
    }
}
