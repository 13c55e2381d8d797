package dev.weft.proxy.listener;

import java.net.SocketAddress;
import java.util.Locale;
import java.util.Map;
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

    private final ReasonCounts<Reason> counts = new ReasonCounts<>(Reason.class, Reason::label);

    void failed(String listener, SocketAddress peer, Reason reason) {
        counts.add(reason);
        LOG.debug("listener {}: {}: closed, its PROXY header: {}", listener, peer, reason.label());
    }

    /** Since the start, by reason. */
    Map<String, Long> counts() {
        return counts.read();
    }
}
