package dev.weft.proxy.upstream;

/**
 * Why no connection was had. Immutable.
 *
 * @param detail for people: what the system or the peer said
 */
public record ConnectFailure(Reason reason, String detail) {
    /** The kinds of failure that are answered differently. */
    public enum Reason {
        /** The peer's host answered that nobody listens. */
        REFUSED,
        /** No route, unreachable, reset while connecting, or another error of the system. */
        UNREACHABLE,
        /** TCP took longer than {@code connect_timeout}. */
        TIMEOUT,
        /** TCP was there in time, and TLS not within what was left of {@code connect_timeout}. */
        TLS_TIMEOUT,
        /** The handshake failed, the peer's certificate was refused, or ALPN settled on nothing we speak. */
        TLS,
        /** {@code max_connections} or {@code max_pending_requests} of the cluster. */
        OVERFLOW,
        /** The pools are closed: the proxy is going away. */
        CLOSED
    }
}
