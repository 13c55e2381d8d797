package dev.weft.balance;

/** What the configuration says about an endpoint's health; the proxy's own checks can only make it worse. */
public enum DeclaredHealth {
    /** Nothing is known, or it is healthy. */
    HEALTHY,
    /** Usable, but only after every healthy endpoint. */
    DEGRADED,
    /** Not to be used, except in panic. */
    UNHEALTHY,
    /** Leaving: no new requests, those that run may end. */
    DRAINING
}
