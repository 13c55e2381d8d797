package dev.weft.proxy.model;

import java.util.List;
import java.util.Optional;

/**
 * An address on which the proxy accepts, and what it speaks there.
 *
 * @param name unique in the proxy; in xDS the LDS resource name
 * @param host IP text to bind
 * @param port 0 to 65535; 0 takes a free one
 * @param direction whose side of the service it is
 * @param handler HTTP with a route table, or opaque TCP to a cluster
 * @param tls how to terminate TLS, where it is terminated
 * @param proxyProtocol what connections begin with before TLS and all else, where a load balancer stands in front
 */
public record ListenerConfig(
        String name,
        String host,
        int port,
        Direction direction,
        Handler handler,
        Optional<ServerTls> tls,
        Optional<ProxyProtocol> proxyProtocol) {
    /** Where the traffic comes from. */
    public enum Direction {
        INBOUND,
        OUTBOUND,
        GATEWAY
    }

    /** What is done with a connection. */
    public sealed interface Handler permits Http, Tcp {}

    /**
     * HTTP, version by preface or ALPN.
     *
     * @param routeTable key in {@link ProxyConfig#routeTables}
     * @param filters in the order in which requests pass them
     */
    public record Http(String routeTable, HttpOptions options, List<ListenerFilter> filters) implements Handler {
        public Http {
            Check.notEmpty(routeTable, "route_table");
            filters = List.copyOf(filters);
        }

        /** Without filters. */
        public Http(String routeTable, HttpOptions options) {
            this(routeTable, options, List.of());
        }
    }

    /** Opaque bytes to one cluster. */
    public record Tcp(ClusterName cluster) implements Handler {}

    /** Nobody in front speaks the PROXY protocol. */
    public ListenerConfig(
            String name, String host, int port, Direction direction, Handler handler, Optional<ServerTls> tls) {
        this(name, host, port, direction, handler, tls, Optional.empty());
    }

    public ListenerConfig {
        Check.notEmpty(name, "listener");
        Check.range(port, 0, 65535, "listener " + name + ": port");
    }
}
