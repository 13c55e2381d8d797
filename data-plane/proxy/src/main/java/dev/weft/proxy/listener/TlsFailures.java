package dev.weft.proxy.listener;

import dev.weft.proxy.tls.HandshakeFailure;
import java.net.SocketAddress;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
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

    private final ReasonCounts<HandshakeFailure.Reason> counts =
            new ReasonCounts<>(HandshakeFailure.Reason.class, HandshakeFailure.Reason::label);

    private final AtomicLong lastTold = new AtomicLong(System.nanoTime() - QUIET_NANOS);

    void failed(String listener, SocketAddress client, Throwable cause) {
        HandshakeFailure failure = HandshakeFailure.of(cause);
        counts.add(failure.reason());
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
        return counts.read();
    }
}
