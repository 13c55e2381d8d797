package dev.weft.proxy.model;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A named destination, made by a {@link #builder}.
 *
 * @param discovery where its endpoints come from
 * @param protocol what is spoken to it
 * @param balancing how an endpoint is chosen
 * @param connectTimeout for TCP and TLS together
 * @param idleTimeout an upstream connection without requests is closed after it
 * @param outlierDetection of what real traffic tells of endpoints; absent ejects none
 * @param limits what it may hold at once
 * @param tls absent where connections are not encrypted
 * @param healthChecks active checks; an endpoint is healthy only while all pass
 * @param panicThreshold percent of healthy endpoints below which all are used; 0 turns it off
 * @param http2 windows and limits where HTTP/2 is spoken
 * @param proxyProtocol the PROXY header with which connections begin, before TLS, where endpoints are to be told who the client is;
 *     then a connection is never shared by clients
 * @param lifetimes how long connections to endpoints and streams on them may live
 * @param maxResponseHeaders number of fields of a response's head, and of its trailers
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
        Optional<ProxyProtocol.Version> proxyProtocol,
        Lifetimes lifetimes,
        int maxResponseHeaders) {
    public static final int MAX_RESPONSE_HEADERS = 100;

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

    public ClusterConfig {
        healthChecks = List.copyOf(healthChecks);
        Check.positive(connectTimeout, "connect_timeout");
        Check.positive(idleTimeout, "idle_timeout");
        Check.range(panicThreshold, 0, 100, "panic_threshold");
        Check.range(maxResponseHeaders, 1, 10_000, "max_headers_count");
    }

    /** Begins with the defaults. */
    public static Builder builder(ClusterName name, Discovery discovery) {
        return new Builder(name, discovery);
    }

    /** Begins with what is here. */
    public Builder toBuilder() {
        return new Builder(this);
    }

    /**
     * A cluster in the making; what each setting is, the record says. Without TLS, and watched for outliers, where nothing is said.
     * Confined to the thread that builds.
     */
    public static final class Builder {
        private final ClusterName name;
        private Discovery discovery;
        private UpstreamProtocol protocol = UpstreamProtocol.HTTP1;
        private Balancing balancing = new Balancing.RoundRobin();
        private Duration connectTimeout = Duration.ofSeconds(5);
        private Duration idleTimeout = Duration.ofHours(1);
        private List<HealthCheck> healthChecks = List.of();
        private Optional<OutlierDetection> outlierDetection = Optional.of(OutlierDetection.DEFAULT);
        private CircuitLimits limits = CircuitLimits.DEFAULT;
        private int panicThreshold = 50;
        private Optional<ClientTls> tls = Optional.empty();
        private Http2Options http2 = Http2Options.DEFAULT;
        private Optional<ProxyProtocol.Version> proxyProtocol = Optional.empty();
        private Lifetimes lifetimes = Lifetimes.UNLIMITED;
        private int maxResponseHeaders = MAX_RESPONSE_HEADERS;

        private Builder(ClusterName name, Discovery discovery) {
            this.name = name;
            this.discovery = discovery;
        }

        private Builder(ClusterConfig from) {
            name = from.name;
            discovery = from.discovery;
            protocol = from.protocol;
            balancing = from.balancing;
            connectTimeout = from.connectTimeout;
            idleTimeout = from.idleTimeout;
            healthChecks = from.healthChecks;
            outlierDetection = from.outlierDetection;
            limits = from.limits;
            panicThreshold = from.panicThreshold;
            tls = from.tls;
            http2 = from.http2;
            proxyProtocol = from.proxyProtocol;
            lifetimes = from.lifetimes;
            maxResponseHeaders = from.maxResponseHeaders;
        }

        public Builder discovery(Discovery value) {
            discovery = value;
            return this;
        }

        public Builder protocol(UpstreamProtocol value) {
            protocol = value;
            return this;
        }

        public Builder balancing(Balancing value) {
            balancing = value;
            return this;
        }

        public Builder connectTimeout(Duration value) {
            connectTimeout = value;
            return this;
        }

        public Builder idleTimeout(Duration value) {
            idleTimeout = value;
            return this;
        }

        /** Replaces those that are there. */
        public Builder healthChecks(List<HealthCheck> checks) {
            healthChecks = checks;
            return this;
        }

        public Builder outlierDetection(OutlierDetection value) {
            outlierDetection = Optional.of(value);
            return this;
        }

        public Builder noOutlierDetection() {
            outlierDetection = Optional.empty();
            return this;
        }

        public Builder limits(CircuitLimits value) {
            limits = value;
            return this;
        }

        public Builder panicThreshold(int value) {
            panicThreshold = value;
            return this;
        }

        public Builder tls(ClientTls value) {
            tls = Optional.of(value);
            return this;
        }

        public Builder http2(Http2Options value) {
            http2 = value;
            return this;
        }

        public Builder proxyProtocol(ProxyProtocol.Version value) {
            proxyProtocol = Optional.of(value);
            return this;
        }

        public Builder lifetimes(Lifetimes value) {
            lifetimes = value;
            return this;
        }

        public Builder maxResponseHeaders(int value) {
            maxResponseHeaders = value;
            return this;
        }

        /**
         * @throws IllegalArgumentException where a value is out of its range; the message names the field
         */
        public ClusterConfig build() {
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
                    proxyProtocol,
                    lifetimes,
                    maxResponseHeaders);
        }
    }
}
