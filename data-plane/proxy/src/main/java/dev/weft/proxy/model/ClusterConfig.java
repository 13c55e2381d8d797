package dev.weft.proxy.model;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A named destination.
 *
 * @param discovery where its endpoints come from
 * @param protocol what is spoken to it
 * @param balancing how an endpoint is chosen
 * @param connectTimeout for TCP and TLS together
 * @param idleTimeout an upstream connection without requests is closed after it
 * @param healthChecks active checks; an endpoint is healthy only while all pass
 * @param panicThreshold percent of healthy endpoints below which all are used; 0 turns it off
 * @param http2 windows and limits where HTTP/2 is spoken
 * @param proxyProtocol the PROXY header with which connections begin, before TLS, where endpoints are to be told who the client is;
 *     then a connection is never shared by clients
 */
public record ClusterConfig(
        ClusterName name,
        Discovery discovery,
        UpstreamProtocol protocol,
        Balancing balancing,
        Duration connectTimeout,
        Duration idleTimeout,
        List<HealthCheck> healthChecks,
        Optional<OutlierDetection> outlierDetection,
        CircuitLimits limits,
        int panicThreshold,
        Optional<ClientTls> tls,
        Http2Options http2,
        Optional<ProxyProtocol.Version> proxyProtocol) {
    /** What is spoken to the endpoints. */
    public enum UpstreamProtocol {
        HTTP1,
        HTTP2,
        /** The version of the downstream request; over TLS what ALPN settles. */
        AUTO
    }

    /** Where endpoints come from. */
    public sealed interface Discovery permits Fixed, Dns {}

    /** A list: static configuration, or the last one that EDS sent. */
    public record Fixed(List<EndpointConfig> endpoints) implements Discovery {
        public Fixed {
            endpoints = List.copyOf(endpoints);
        }
    }

    /**
     * Addresses of names, looked up again and again.
     *
     * @param strict every address is an endpoint; otherwise the first answer is used as one logical endpoint
     * @param family which of their addresses are used
     */
    public record Dns(List<EndpointConfig> names, Duration refresh, boolean strict, AddressFamily family)
            implements Discovery {
        public Dns {
            names = List.copyOf(names);
            Check.positive(refresh, "dns_refresh_rate");
        }

        /** With addresses of IPv6 where there are no others. */
        public Dns(List<EndpointConfig> names, Duration refresh, boolean strict) {
            this(names, refresh, strict, AddressFamily.IPV4_PREFERRED);
        }
    }

    /** Addresses of a name that has both mean the same process twice, as a rule. */
    public enum AddressFamily {
        IPV4_PREFERRED,
        IPV4_ONLY,
        IPV6_ONLY
    }

    /** With the defaults of HTTP/2, and endpoints are not told who the client is. */
    public ClusterConfig(
            ClusterName name,
            Discovery discovery,
            UpstreamProtocol protocol,
            Balancing balancing,
            Duration connectTimeout,
            Duration idleTimeout,
            List<HealthCheck> healthChecks,
            Optional<OutlierDetection> outlierDetection,
            CircuitLimits limits,
            int panicThreshold,
            Optional<ClientTls> tls) {
        this(
                name,
                discovery,
                protocol,
                balancing,
                connectTimeout,
                idleTimeout,
                healthChecks,
                outlierDetection,
                limits,
                panicThreshold,
                tls,
                Http2Options.DEFAULT,
                Optional.empty());
    }

    public ClusterConfig {
        healthChecks = List.copyOf(healthChecks);
        Check.positive(connectTimeout, "connect_timeout");
        Check.positive(idleTimeout, "idle_timeout");
        Check.range(panicThreshold, 0, 100, "panic_threshold");
    }

    /** The same cluster, with endpoints from elsewhere. */
    public ClusterConfig withDiscovery(Discovery other) {
        return new ClusterConfig(
                name,
                other,
                protocol,
                balancing,
                connectTimeout,
                idleTimeout,
                healthChecks,
                outlierDetection,
                limits,
                panicThreshold,
                tls,
                http2,
                proxyProtocol);
    }

    /** The same cluster, its connections secured so. */
    public ClusterConfig withTls(ClientTls other) {
        return new ClusterConfig(
                name,
                discovery,
                protocol,
                balancing,
                connectTimeout,
                idleTimeout,
                healthChecks,
                outlierDetection,
                limits,
                panicThreshold,
                Optional.of(other),
                http2,
                proxyProtocol);
    }

    /** The same cluster, spoken to in another protocol. */
    public ClusterConfig withProtocol(UpstreamProtocol other) {
        return new ClusterConfig(
                name,
                discovery,
                other,
                balancing,
                connectTimeout,
                idleTimeout,
                healthChecks,
                outlierDetection,
                limits,
                panicThreshold,
                tls,
                http2,
                proxyProtocol);
    }

    /** The same cluster, whose endpoints are told by a PROXY header who the client is. */
    public ClusterConfig withProxyProtocol(ProxyProtocol.Version version) {
        return new ClusterConfig(
                name,
                discovery,
                protocol,
                balancing,
                connectTimeout,
                idleTimeout,
                healthChecks,
                outlierDetection,
                limits,
                panicThreshold,
                tls,
                http2,
                Optional.of(version));
    }
}
