package dev.weft.proxy.model;

import java.time.Duration;

/**
 * How a listener deals with its clients.
 *
 * @param underscores what becomes of fields whose names hold an underscore
 * @param answersExpectations whether a client that waits for 100 with its body gets it from here, once it is known where the body
 *     goes; otherwise whoever serves it has to say so
 * @param delayedClose how long a connection that we end is still read after our last byte, so that a client that is sending reads its
 *     answer rather than a reset; zero to close it at once
 * @param scheme what becomes of the request's scheme
 */
public record ClientRules(
        Underscores underscores, boolean answersExpectations, Duration delayedClose, SchemeRule scheme) {
    /**
     * Many servers hand fields to applications as variables, in which {@code a_b} and {@code a-b} are the same: a client could say
     * what only a proxy may.
     */
    public enum Underscores {
        ALLOW,
        /** The request is refused: with 400 over HTTP/1, over HTTP/2 its stream is reset. */
        REFUSE,
        /** The request goes on without them. */
        DROP
    }

    /** By which scheme a request is routed and sent on. */
    public enum SchemeRule {
        /** As the client says over HTTP/2; over HTTP/1 it is that of the connection. */
        KEEP,
        HTTP,
        HTTPS,
        /** Sent on with that of the connection to the endpoint. */
        OF_UPSTREAM
    }

    public static final ClientRules DEFAULT =
            new ClientRules(Underscores.ALLOW, false, Duration.ofSeconds(1), SchemeRule.KEEP);

    public ClientRules {
        Check.notNegative(delayedClose, "delayed_close_timeout");
    }
}
