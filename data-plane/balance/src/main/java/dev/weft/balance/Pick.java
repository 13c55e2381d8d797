package dev.weft.balance;

/**
 * The answer to "where does this request go": an {@link Endpoint}, or the reason why nowhere. Made for a switch, and
 * neither case allocates.
 */
public sealed interface Pick permits Endpoint, Pick.None {

    /** Why there is no endpoint. */
    enum None implements Pick {
        /** The cluster has no endpoints at all. */
        NONE_KNOWN,
        /** It has some, but all are unhealthy, draining or of weight 0, and panic is off. */
        NONE_HEALTHY
    }
}
