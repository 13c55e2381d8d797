package dev.weft.proxy.model;

import dev.weft.proxy.syntax.Authority;

/**
 * One address of a cluster.
 *
 * @param host IP text, or a name under DNS discovery
 * @param port 1 to 65535
 * @param weight 0 drains it
 * @param priority 0 is the most preferred
 * @param locality zone name, or empty
 * @param hashKey what ring hash uses instead of the address, or empty
 * @param state what discovery says of its health
 * @param hostname what it is called, or empty; under DNS discovery it is called by its name anyway
 */
public record EndpointConfig(
        String host,
        int port,
        int weight,
        int priority,
        String locality,
        String hashKey,
        State state,
        String hostname) {
    /** Health as told by discovery (EDS {@code health_status}). */
    public enum State {
        HEALTHY,
        DEGRADED,
        UNHEALTHY,
        DRAINING
    }

    /** Called by its address, or by its name under DNS discovery. */
    public EndpointConfig(
            String host, int port, int weight, int priority, String locality, String hashKey, State state) {
        this(host, port, weight, priority, locality, hashKey, state, "");
    }

    public EndpointConfig {
        Check.notEmpty(host, "address");
        if (!host.chars().allMatch(Authority::isByte)) {
            throw new IllegalArgumentException("address: \"" + host + "\" (expected: an IP or a host name)");
        }
        Check.range(port, 1, 65535, "port");
        Check.range(weight, 0, 1_000_000, "weight");
        Check.range(priority, 0, 128, "priority");
    }

    /** A plain healthy endpoint of weight 1. */
    public static EndpointConfig of(String host, int port) {
        return new EndpointConfig(host, port, 1, 0, "", "", State.HEALTHY);
    }
}
