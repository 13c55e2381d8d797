package dev.weft.proxy.model;

/**
 * What becomes of a request's host and path before it is routed. What is routed on is what is sent on, so that no upstream reads
 * another target than the one that was matched.
 *
 * @param normalizePath dot segments are resolved, escapes of unreserved characters undone, a backslash becomes a slash (RFC 3986,
 *     section 6.2.2)
 * @param mergeSlashes several slashes in a row become one
 * @param escapedSlashes what happens where a path holds {@code %2F} or {@code %5C}, which many servers take for a slash
 * @param port what happens to the port of an authority; that of a CONNECT stays
 * @param stripTrailingDot whether the dot that ends a fully qualified host is left out
 */
public record TargetRules(
        boolean normalizePath,
        boolean mergeSlashes,
        EscapedSlashes escapedSlashes,
        HostPort port,
        boolean stripTrailingDot) {
    /** What is done about an escaped slash. */
    public enum EscapedSlashes {
        KEEP,
        /** The request is answered with 400. */
        REFUSE,
        /** The client is sent to the path without them, by 307. */
        REDIRECT,
        UNESCAPE
    }

    /** Which ports are left out. */
    public enum HostPort {
        KEEP,
        /** The one that the client has connected to. */
        STRIP_OWN,
        STRIP
    }

    /** As the client sent them. */
    public static final TargetRules NONE = new TargetRules(false, false, EscapedSlashes.KEEP, HostPort.KEEP, false);

    /** Whether nothing is changed. */
    public boolean isNone() {
        return !normalizePath
                && !mergeSlashes
                && escapedSlashes == EscapedSlashes.KEEP
                && port == HostPort.KEEP
                && !stripTrailingDot;
    }
}
