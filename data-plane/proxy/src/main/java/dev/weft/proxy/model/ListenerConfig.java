package dev.weft.proxy.model;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * An address on which the proxy accepts, and what it speaks there.
 *
 * @param name unique in the proxy; in xDS the LDS resource name
 * @param host IP text to bind
 * @param port 0 to 65535; 0 takes a free one
 * @param direction whose side of the service it is
 * @param chains one of them serves a connection, by {@link ChainMatch}; no two may match the same as well as each other
 * @param fallback serves where no other does; without it such a connection is closed
 * @param proxyProtocol what connections begin with before TLS and all else, where a load balancer stands in front
 * @param inspection of the first bytes, where a match asks for them
 */
public record ListenerConfig(
        String name,
        String host,
        int port,
        Direction direction,
        List<Chain> chains,
        Optional<Chain> fallback,
        Optional<ProxyProtocol> proxyProtocol,
        Inspection inspection) {
    /** Where the traffic comes from. */
    public enum Direction {
        INBOUND,
        OUTBOUND,
        GATEWAY
    }

    /**
     * How a listener serves some of its connections.
     *
     * @param match which; that of a fallback is not looked at
     * @param handler HTTP with a route table, opaque TCP to a cluster, or for now nothing
     * @param tls how to terminate TLS, where it is terminated
     * @param handshakeTimeout for a client's hello, and then for the rest of the handshake
     */
    public record Chain(ChainMatch match, Handler handler, Optional<ServerTls> tls, Duration handshakeTimeout) {
        /** Ten seconds. */
        public static final Duration HANDSHAKE_TIMEOUT = Duration.ofSeconds(10);

        public Chain {
            if (handshakeTimeout.toMillis() <= 0) {
                throw new IllegalArgumentException("transport_socket_connect_timeout: " + handshakeTimeout.toMillis()
                        + "ms (expected: > 0, for a client that says nothing must not stay)");
            }
        }

        /** With the usual time for a handshake. */
        public Chain(ChainMatch match, Handler handler, Optional<ServerTls> tls) {
            this(match, handler, tls, HANDSHAKE_TIMEOUT);
        }

        /** The same, terminating TLS so. */
        public Chain with(ServerTls terminated) {
            return new Chain(match, handler, Optional.of(terminated), handshakeTimeout);
        }

        /** In its place, as long as it cannot serve. */
        public Chain closed(String why) {
            return new Chain(match, new Closed(why), Optional.empty(), handshakeTimeout);
        }

        /** The same with another handler. */
        public Chain with(Handler other) {
            return new Chain(match, other, tls, handshakeTimeout);
        }
    }

    /** What is done with a connection. */
    public sealed interface Handler permits Http, Tcp, Closed {}

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
            Set<String> names = new HashSet<>();
            for (ListenerFilter filter : filters) {
                if (!names.add(filter.name())) { // routes give them other settings by their names
                    throw new IllegalArgumentException("filter " + filter.name() + ": twice (expected: once)");
                }
            }
        }

        /** Without filters. */
        public Http(String routeTable, HttpOptions options) {
            this(routeTable, options, List.of());
        }
    }

    /**
     * Opaque bytes to a cluster.
     *
     * @param clusters one or more; each connection is given one by weight, and not all weights are 0
     */
    public record Tcp(List<TcpCluster> clusters, TcpOptions options) implements Handler {
        public Tcp {
            clusters = List.copyOf(clusters);
            if (clusters.stream().mapToLong(TcpCluster::weight).sum() == 0) {
                throw new IllegalArgumentException("weighted_clusters: all weights are 0 (expected: a positive sum)");
            }
        }

        /** All to one. */
        public Tcp(ClusterName cluster, TcpOptions options) {
            this(List.of(new TcpCluster(cluster, 1)), options);
        }

        /** All to one, as usual. */
        public Tcp(ClusterName cluster) {
            this(cluster, TcpOptions.DEFAULT);
        }
    }

    /** A cluster, and how many of the connections it gets compared with the others. */
    public record TcpCluster(ClusterName cluster, int weight) {
        public TcpCluster {
            Check.range(weight, 0, Integer.MAX_VALUE, "weight");
        }
    }

    /**
     * Nothing: connections are closed at once, since what they were to be served with is not there.
     *
     * @param why for people
     */
    public record Closed(String why) implements Handler {}

    /** One chain for every connection. */
    public ListenerConfig(
            String name,
            String host,
            int port,
            Direction direction,
            Handler handler,
            Optional<ServerTls> tls,
            Optional<ProxyProtocol> proxyProtocol) {
        this(
                name,
                host,
                port,
                direction,
                List.of(new Chain(ChainMatch.ANY, handler, tls)),
                Optional.empty(),
                proxyProtocol,
                Inspection.DEFAULT);
    }

    /** One chain for every connection, and nobody in front speaks the PROXY protocol. */
    public ListenerConfig(
            String name, String host, int port, Direction direction, Handler handler, Optional<ServerTls> tls) {
        this(name, host, port, direction, handler, tls, Optional.empty());
    }

    public ListenerConfig {
        Check.notEmpty(name, "listener");
        Check.range(port, 0, 65535, "listener " + name + ": port");
        chains = List.copyOf(chains);
        if (chains.isEmpty() && fallback.isEmpty()) {
            throw new IllegalArgumentException("listener " + name + ": filter_chains: none (expected: at least one)");
        }
    }

    /** The fallback last, if there is one. */
    public List<Chain> allChains() {
        if (fallback.isEmpty()) {
            return chains;
        }
        List<Chain> all = new ArrayList<>(chains);
        all.add(fallback.get());
        return List.copyOf(all);
    }

    /**
     * What the chain is known by.
     *
     * @param index in {@link #allChains}
     */
    public ChainKey key(int index) {
        return new ChainKey(
                name, index < chains.size() ? Optional.of(chains.get(index).match()) : Optional.empty());
    }

    /** The same with other chains, in the order of {@link #allChains}. */
    public ListenerConfig withAllChains(List<Chain> all) {
        return new ListenerConfig(
                name,
                host,
                port,
                direction,
                all.subList(0, chains.size()),
                fallback.map(before -> all.getLast()),
                proxyProtocol,
                inspection);
    }
}
