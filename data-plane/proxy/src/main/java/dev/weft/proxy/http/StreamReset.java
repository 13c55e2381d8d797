package dev.weft.proxy.http;

/** Why a stream ended before its message did. Immutable; the codes that travel are those of RFC 9113, section 7. */
public enum StreamReset {
    /** The peer gave the stream up (RST_STREAM(CANCEL), or its connection closed in the middle). */
    CANCELLED,
    /** The peer says that nothing was processed: REFUSED_STREAM, or GOAWAY by one that took no request at all. Always safe to repeat. */
    REFUSED,
    /**
     * The connection's turn was over before this request's: it was closed before anything was sent on it, or its peer took others and
     * left (GOAWAY with a last id below ours). Always safe to repeat, and another connection is likely to take it.
     */
    NOT_TAKEN,
    /** A connection that had served before died before any byte of this response: safe to repeat if idempotent. */
    CONNECTION_CLOSED_UNANSWERED,
    /** The connection ended in the middle of a message. */
    CONNECTION_CLOSED,
    /** The peer broke the protocol. */
    PROTOCOL_ERROR,
    /** The peer reported an internal or other error. */
    PEER_ERROR,
    /** A limit of ours was exceeded by the peer (header size, body size, stream flood). */
    LIMIT,
    /** A deadline of ours passed on the connection (idle, head or body progress). */
    TIMED_OUT,
    /** We are shutting down and the deadline of the drain has passed. */
    SHUTDOWN;

    /** Whether the peer has certainly done nothing for the request. */
    public boolean isUnprocessed() {
        return this == REFUSED || this == NOT_TAKEN;
    }
}
