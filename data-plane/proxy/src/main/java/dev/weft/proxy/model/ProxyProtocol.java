package dev.weft.proxy.model;

import java.time.Duration;

/**
 * What a listener expects of the PROXY protocol, by which a load balancer in front tells who the client is (version 1 and 2; {@code
 * proxy-protocol.txt} of HAProxy).
 *
 * <p>Whoever can reach such a listener can claim any address, so it is to be reachable for the load balancer alone.
 *
 * @param optional whether a connection may also begin without the header; then a client that is not behind a load balancer may send
 *     one itself
 * @param timeout within which the header must have come; zero for no limit
 */
public record ProxyProtocol(boolean optional, Duration timeout) {
    /** The header must come, within 15 seconds. */
    public static final ProxyProtocol REQUIRED = new ProxyProtocol(false, Duration.ofSeconds(15));

    /** How a header is written: 1 is a line of text, 2 is binary. Whoever reads one may not read the other. */
    public enum Version {
        V1,
        V2
    }

    public ProxyProtocol {
        Check.notNegative(timeout, "proxy protocol: timeout");
    }
}
