package dev.weft.balance;

/** What a balancer may do with an endpoint, all that is known taken together. */
public enum Health {
    HEALTHY,
    DEGRADED,
    UNHEALTHY
}
