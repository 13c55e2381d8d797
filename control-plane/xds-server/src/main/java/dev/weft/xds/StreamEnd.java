package dev.weft.xds;

/** Immutable. How a stream ended. */
public enum StreamEnd {
    /** The client half-closed: it leaves on purpose. */
    LEFT,
    /** The connection broke, or the client cancelled. */
    BROKEN,
    /** The server ended it: drained, of age, or because the client broke the protocol. */
    ENDED_BY_SERVER
}
