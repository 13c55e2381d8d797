package dev.weft.proxy.listener;

import java.net.SocketAddress;
import java.util.Locale;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connections that were closed because no chain of their listener was found for them: counted, and told to who debugs.
 *
 * <p>Thread-safe.
 */
final class ChainFailures {
    private static final Logger LOG = LoggerFactory.getLogger(ChainFailures.class);

    /** Why there is no connection. */
    enum Reason {
        /** None is for it. */
        NO_MATCH,
        /** Its own waits for what it is served with. */
        NOT_READY,
        /** It has said too little by the listener's limit. */
        TIMEOUT,
        /** Its ClientHello is larger than anyone's. */
        TOO_LARGE,
        /** It began as TLS, and its ClientHello is none. */
        MALFORMED,
        /** By the peer, before it had said enough. */
        CLOSED;

        String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final ReasonCounts<Reason> counts = new ReasonCounts<>(Reason.class, Reason::label);

    void failed(String listener, SocketAddress client, Reason reason) {
        counts.add(reason);
        LOG.debug("listener {}: {}: closed, its filter chain: {}", listener, client, reason.label());
    }

    /** Since the start, by reason. */
    Map<String, Long> counts() {
        return counts.read();
    }
}
