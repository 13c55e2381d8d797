package dev.weft.proxy.model;

import java.time.Duration;

/**
 * How long a listener waits for the beginning of a connection, where that decides which of its chains serves.
 *
 * @param timeout from the acceptance, a PROXY header included; zero for no limit
 * @param continueOnTimeout whether a connection that has said too little by then is taken for one without TLS, as it must be where
 *     a protocol lets the server speak first; otherwise it is closed
 */
public record Inspection(Duration timeout, boolean continueOnTimeout) {
    /** Closed after 15 seconds. */
    public static final Inspection DEFAULT = new Inspection(Duration.ofSeconds(15), false);

    public Inspection {
        Check.notNegative(timeout, "listener_filters_timeout");
    }
}
