package dev.weft.proxy;

import dev.weft.balance.Address;
import dev.weft.proxy.model.Balancing;
import dev.weft.proxy.model.ChainMatch;
import dev.weft.proxy.model.ClientTls;
import dev.weft.proxy.model.ClusterConfig;
import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.EndpointConfig;
import dev.weft.proxy.model.FilterConfig;
import dev.weft.proxy.model.HeaderRules;
import dev.weft.proxy.model.HealthCheck;
import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.model.Inspection;
import dev.weft.proxy.model.Lifetimes;
import dev.weft.proxy.model.ListenerConfig;
import dev.weft.proxy.model.ListenerFilter;
import dev.weft.proxy.model.ProxyConfig;
import dev.weft.proxy.model.ProxyProtocol;
import dev.weft.proxy.model.RetryPolicy;
import dev.weft.proxy.model.RouteAction;
import dev.weft.proxy.model.RouteMatch;
import dev.weft.proxy.model.RouteMatch.PathMatch;
import dev.weft.proxy.model.RouteRule;
import dev.weft.proxy.model.RouteTable;
import dev.weft.proxy.model.ServerTls;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A short way to write the configuration of a proxy by hand: one HTTP listener, its routes in order, and the clusters they name.
 * What it cannot say is said with the records of {@code dev.weft.proxy.model}, which it makes.
 *
 * <p>Confined to the thread that builds.
 */
public final class Setup {
    private static final String NAME = "http";

    private final String host;
    private final int port;
    private HttpOptions options = HttpOptions.DEFAULT;
    private Optional<ServerTls> tls = Optional.empty();
    private Optional<ProxyProtocol> proxyProtocol = Optional.empty();
    private final List<ListenerConfig.Chain> before = new ArrayList<>();
    private final List<ListenerFilter> filters = new ArrayList<>();
    private final List<RouteRule> rules = new ArrayList<>();
    private final Map<ClusterName, Cluster> clusters = new LinkedHashMap<>();

    private Setup(String host, int port) {
        this.host = host;
        this.port = port;
    }

    /** Accepts HTTP/1 and HTTP/2 there; port 0 takes a free one. */
    public static Setup listen(String host, int port) {
        return new Setup(host, port);
    }

    public Setup options(HttpOptions httpOptions) {
        this.options = httpOptions;
        return this;
    }

    /** Adds a filter with these settings, behind those added before. */
    public Setup filter(String name, FilterConfig settings) {
        filters.add(new ListenerFilter(name, settings));
        return this;
    }

    public Setup tls(ServerTls serverTls) {
        this.tls = Optional.of(serverTls);
        return this;
    }

    /** A load balancer in front tells by the PROXY protocol who the client is. */
    public Setup proxyProtocol(ProxyProtocol settings) {
        this.proxyProtocol = Optional.of(settings);
        return this;
    }

    /**
     * Carries some connections to a cluster as they are, TLS included; all others are served as the rest of this says.
     *
     * @param match for instance {@code ChainMatch.serverNames("*.db.example")}
     */
    public Setup passThrough(ChainMatch match, String cluster) {
        before.add(new ListenerConfig.Chain(match, new ListenerConfig.Tcp(new ClusterName(cluster)), Optional.empty()));
        return this;
    }

    /**
     * Names endpoints, each {@code host:port}.
     *
     * @return the cluster, to be refined; {@link Cluster#and} leads back
     */
    public Cluster cluster(String name, String... endpoints) {
        Cluster cluster = new Cluster(name, endpoints);
        clusters.put(cluster.name, cluster);
        return cluster;
    }

    /**
     * Sends what begins with these segments to a cluster, retried once where it is safe; routes are tried in the order given.
     *
     * @throws IllegalArgumentException where no path could begin so
     */
    public Setup route(String pathPrefix, String cluster) {
        if (!pathPrefix.startsWith("/")) {
            throw new IllegalArgumentException(
                    "path prefix: \"" + pathPrefix + "\" (expected: one that begins with /)");
        }
        return route(new RouteRule(
                "",
                new RouteMatch(new PathMatch.SegmentPrefix(pathPrefix, true), List.of(), List.of(), false),
                forwardTo(cluster),
                HeaderRules.NONE));
    }

    public Setup route(RouteRule rule) {
        rules.add(rule);
        return this;
    }

    /** The plainest forwarding action: no rewrite, 15 s, repeated where that is certainly safe. */
    public static RouteAction.Forward forwardTo(String cluster) {
        return RouteAction.Forward.builder()
                .cluster(new ClusterName(cluster))
                .upgrades(List.of("websocket"))
                .build();
    }

    /** Retries of resets and of 502 to 504, so many times, with the usual backoff. */
    public static RetryPolicy retries(int times) {
        return RetryPolicy.builder()
                .on(Set.of(RetryPolicy.Condition.GATEWAY_ERROR, RetryPolicy.Condition.RESET))
                .retries(times)
                .build();
    }

    /** Sends everything to one origin, {@code host:port}. */
    public ProxyConfig to(String origin) {
        return cluster("origin", origin).and().route("/", "origin").build();
    }

    /** @throws IllegalArgumentException where a route leads to a cluster that is not there */
    public ProxyConfig build() {
        Stream.concat(
                        rules.stream().map(RouteRule::action).flatMap(Setup::clustersOf),
                        before.stream().map(ListenerConfig.Chain::handler).flatMap(Setup::clustersOf))
                .filter(name -> !clusters.containsKey(name))
                .findFirst()
                .ifPresent(name -> {
                    throw new IllegalArgumentException("cluster: \"" + name.value() + "\" (expected: one of "
                            + clusters.keySet().stream().map(ClusterName::value).toList() + ")");
                });
        RouteTable.VirtualHost everything = new RouteTable.VirtualHost("all", List.of("*"), rules, HeaderRules.NONE);
        RouteTable table = new RouteTable(NAME, List.of(everything), HeaderRules.NONE);
        ListenerConfig.Chain http =
                new ListenerConfig.Chain(ChainMatch.ANY, new ListenerConfig.Http(NAME, options, filters), tls);
        List<ListenerConfig.Chain> chains = new ArrayList<>(before);
        chains.add(http);
        ListenerConfig listener = new ListenerConfig(
                NAME,
                host,
                port,
                ListenerConfig.Direction.GATEWAY,
                chains,
                Optional.empty(),
                proxyProtocol,
                Inspection.DEFAULT);
        Map<ClusterName, ClusterConfig> configs = new LinkedHashMap<>();
        clusters.forEach((name, cluster) -> configs.put(name, cluster.config.build()));
        return new ProxyConfig(List.of(listener), configs, Map.of(NAME, table));
    }

    private static Stream<ClusterName> clustersOf(RouteAction action) {
        return action instanceof RouteAction.Forward forward
                ? Stream.concat(
                        forward.clusters().stream().map(RouteAction.WeightedCluster::cluster),
                        forward.mirrors().stream().map(RouteAction.Mirror::cluster))
                : Stream.empty();
    }

    private static Stream<ClusterName> clustersOf(ListenerConfig.Handler handler) {
        return handler instanceof ListenerConfig.Tcp tcp
                ? tcp.clusters().stream().map(ListenerConfig.TcpCluster::cluster)
                : Stream.empty();
    }

    /** A cluster in the making. */
    public final class Cluster {
        private final ClusterName name;
        private final ClusterConfig.Builder config;
        private final List<HealthCheck> healthChecks = new ArrayList<>();

        private Cluster(String name, String... addresses) {
            this.name = new ClusterName(name);
            List<EndpointConfig> endpoints =
                    Arrays.stream(addresses).map(Cluster::endpoint).toList();
            boolean names = endpoints.stream().anyMatch(e -> !e.host().matches("[0-9.]+|.*:.*"));
            this.config = ClusterConfig.builder(
                    this.name,
                    names
                            ? new ClusterConfig.Dns(endpoints, Duration.ofSeconds(5), true)
                            : new ClusterConfig.Fixed(endpoints));
        }

        public Cluster protocol(ClusterConfig.UpstreamProtocol upstreamProtocol) {
            config.protocol(upstreamProtocol);
            return this;
        }

        public Cluster balancing(Balancing policy) {
            config.balancing(policy);
            return this;
        }

        /** Asks {@code path} of every endpoint; two failures in a row take it out, a success brings it back. */
        public Cluster healthCheck(String path, Duration interval) {
            healthChecks.add(new HealthCheck(
                    new HealthCheck.HttpProbe(path, "", false, List.of()), interval, interval, 2, 1, 0));
            config.healthChecks(healthChecks);
            return this;
        }

        public Cluster tls(ClientTls tlsToEndpoints) {
            config.tls(tlsToEndpoints);
            return this;
        }

        /** Tells endpoints by a PROXY header who the client is. */
        public Cluster proxyProtocol(ProxyProtocol.Version version) {
            config.proxyProtocol(version);
            return this;
        }

        /** Sets what has no method here, for instance {@code with(c -> c.connectTimeout(Duration.ofSeconds(1)))}. */
        public Cluster with(Consumer<ClusterConfig.Builder> settings) {
            settings.accept(config);
            return this;
        }

        /** How long connections to its endpoints, and streams on them, may live. */
        public Cluster lifetimes(Lifetimes limits) {
            config.lifetimes(limits);
            return this;
        }

        public Setup and() {
            return Setup.this;
        }

        private static EndpointConfig endpoint(String address) {
            if (address.indexOf('/') >= 0) {
                throw new IllegalArgumentException(
                        "endpoint: \"" + address + "\" (expected: host:port, without a scheme or a path)");
            }
            Address parsed = Address.parse(address);
            return EndpointConfig.of(parsed.host(), parsed.port());
        }
    }
}
