package dev.weft.xds;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster;
import io.envoyproxy.envoy.extensions.clusters.aggregate.v3.ClusterConfig;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Confined to the thread that makes a resource. Finds the resources that a message refers to, as far as the order of
 * updates needs them: routes and TCP proxies name clusters, listeners name route configurations, clusters name their
 * load assignments. A cluster that a request chooses by header cannot be known, and is not.
 */
final class References {
    private final Set<ResourceKey> found = new LinkedHashSet<>();

    static Set<ResourceKey> of(Message message) {
        References references = new References();
        switch (message) {
            case Listener listener -> references.listener(listener);
            case RouteConfiguration routes -> references.routes(routes);
            case Cluster cluster -> references.cluster(cluster);
            default -> {}
        }
        return references.found;
    }

    private void listener(Listener listener) {
        listener.getFilterChainsList().forEach(this::filterChain);
        if (listener.hasDefaultFilterChain()) {
            filterChain(listener.getDefaultFilterChain());
        }
        if (listener.hasApiListener()) {
            networkFilter(listener.getApiListener().getApiListener());
        }
    }

    private void filterChain(FilterChain chain) {
        chain.getFiltersList().stream().filter(Filter::hasTypedConfig).forEach(f -> networkFilter(f.getTypedConfig()));
    }

    private void networkFilter(Any config) {
        if (config.is(HttpConnectionManager.class)) {
            httpConnectionManager(unpack(config, HttpConnectionManager.class));
        } else if (config.is(TcpProxy.class)) {
            tcpProxy(unpack(config, TcpProxy.class));
        }
    }

    private void httpConnectionManager(HttpConnectionManager manager) {
        if (manager.hasRouteConfig()) {
            routes(manager.getRouteConfig());
        }
        if (manager.hasRds() && comesFromThisServer(manager.getRds().getConfigSource())) {
            found.add(new ResourceKey(ResourceType.ROUTE, manager.getRds().getRouteConfigName()));
        }
    }

    private void tcpProxy(TcpProxy proxy) {
        clusterNamed(proxy.getCluster());
        proxy.getWeightedClusters().getClustersList().forEach(c -> clusterNamed(c.getName()));
    }

    private void routes(RouteConfiguration routes) {
        mirrors(routes.getRequestMirrorPoliciesList());
        for (VirtualHost host : routes.getVirtualHostsList()) {
            mirrors(host.getRequestMirrorPoliciesList());
            host.getRoutesList().stream()
                    .filter(Route::hasRoute)
                    .map(Route::getRoute)
                    .forEach(this::action);
        }
    }

    private void action(RouteAction action) {
        clusterNamed(action.getCluster());
        action.getWeightedClusters().getClustersList().stream()
                .map(WeightedCluster.ClusterWeight::getName)
                .forEach(this::clusterNamed);
        mirrors(action.getRequestMirrorPoliciesList());
    }

    private void mirrors(Iterable<RouteAction.RequestMirrorPolicy> mirrors) {
        mirrors.forEach(m -> clusterNamed(m.getCluster()));
    }

    private void cluster(Cluster cluster) {
        if (cluster.getType() == Cluster.DiscoveryType.EDS
                && comesFromThisServer(cluster.getEdsClusterConfig().getEdsConfig())) {
            String service = cluster.getEdsClusterConfig().getServiceName();
            found.add(new ResourceKey(ResourceType.ENDPOINT, service.isEmpty() ? cluster.getName() : service));
        }
        Any custom = cluster.getClusterType().getTypedConfig();
        if (custom.is(ClusterConfig.class)) {
            unpack(custom, ClusterConfig.class).getClustersList().forEach(this::clusterNamed);
        }
    }

    private void clusterNamed(String name) {
        if (!name.isEmpty()) {
            found.add(new ResourceKey(ResourceType.CLUSTER, name));
        }
    }

    private static boolean comesFromThisServer(ConfigSource source) {
        return source.hasAds() || source.hasSelf();
    }

    private static <M extends Message> M unpack(Any any, Class<M> type) {
        try {
            return any.unpack(type);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalArgumentException(any.getTypeUrl() + ": not parseable: " + e.getMessage(), e);
        }
    }
}
