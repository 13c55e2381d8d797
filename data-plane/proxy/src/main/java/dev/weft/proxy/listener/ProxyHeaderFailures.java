package dev.weft.proxy.listener;

import java.net.SocketAddress;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connections that were closed for want of a PROXY header: counted, and told to who debugs.
 *
 * <p>Thread-safe.
 */
final class ProxyHeaderFailures {
    private static final Logger LOG = LoggerFactory.getLogger(ProxyHeaderFailures.class);

    /** Why there is no connection. */
    enum Reason {
        /** It began with something else. */
        MISSING,
        MALFORMED,
        TIMEOUT,
        /** By the peer, before the header was whole. */
        CLOSED;

        String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Immutable but for the counts. */
    private final Map<Reason, LongAdder> counts = new EnumMap<>(Reason.class);

    ProxyHeaderFailures() {
        for (Reason reason : Reason.values()) {
            counts.put(reason, new LongAdder());
        }
    }

    void failed(String listener, SocketAddress peer, Reason reason) {
        LongAdder count = counts.get(reason);
        if (count != null) {
            count.increment();
        }
        LOG.debug("listener {}: {}: closed, its PROXY header: {}", listener, peer, reason.label());
    }

    /** Since the start, by reason. */
    Map<String, Long> counts() {
        Map<String, Long> read = new TreeMap<>();
        counts.forEach((reason, count) -> read.put(reason.label(), count.sum()));
        return read;
    }
}
