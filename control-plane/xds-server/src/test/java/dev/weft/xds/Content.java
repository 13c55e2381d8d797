package dev.weft.xds;

import com.google.protobuf.Any;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.AggregatedConfigSource;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.endpoint.v3.Endpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LbEndpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LocalityLbEndpoints;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.Rds;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;

/** Small resources to serve; {@code detail} is anything whose change changes the version. */
final class Content {
    private static final ConfigSource ADS = ConfigSource.newBuilder()
            .setAds(AggregatedConfigSource.getDefaultInstance())
            .build();

    private Content() {}

    /** A cluster that needs no endpoints from the server. */
    static XdsResource cluster(String name, String detail) {
        return XdsResource.of(
                ResourceType.CLUSTER,
                name,
                Cluster.newBuilder().setName(name).setAltStatName(detail).build());
    }

    static XdsResource edsCluster(String name, String detail) {
        return XdsResource.of(
                ResourceType.CLUSTER,
                name,
                Cluster.newBuilder()
                        .setName(name)
                        .setAltStatName(detail)
                        .setType(Cluster.DiscoveryType.EDS)
                        .setEdsClusterConfig(
                                Cluster.EdsClusterConfig.newBuilder().setEdsConfig(ADS))
                        .build());
    }

    static XdsResource endpoints(String cluster, int port) {
        Address address = Address.newBuilder()
                .setSocketAddress(
                        SocketAddress.newBuilder().setAddress("127.0.0.1").setPortValue(port))
                .build();
        return XdsResource.of(
                ResourceType.ENDPOINT,
                cluster,
                ClusterLoadAssignment.newBuilder()
                        .setClusterName(cluster)
                        .addEndpoints(LocalityLbEndpoints.newBuilder()
                                .addLbEndpoints(LbEndpoint.newBuilder()
                                        .setEndpoint(Endpoint.newBuilder().setAddress(address))))
                        .build());
    }

    /** A listener that takes its routes from the server under the given name. */
    static XdsResource listener(String name, String routes) {
        HttpConnectionManager manager = HttpConnectionManager.newBuilder()
                .setStatPrefix(name)
                .setRds(Rds.newBuilder().setRouteConfigName(routes).setConfigSource(ADS))
                .build();
        return XdsResource.of(
                ResourceType.LISTENER,
                name,
                Listener.newBuilder()
                        .setName(name)
                        .addFilterChains(FilterChain.newBuilder()
                                .addFilters(Filter.newBuilder().setName("http").setTypedConfig(Any.pack(manager))))
                        .build());
    }

    static XdsResource routes(String name, String... clusters) {
        VirtualHost.Builder host = VirtualHost.newBuilder().setName("all").addDomains("*");
        for (String cluster : clusters) {
            host.addRoutes(Route.newBuilder()
                    .setMatch(RouteMatch.newBuilder().setPrefix("/" + cluster))
                    .setRoute(RouteAction.newBuilder().setCluster(cluster)));
        }
        return XdsResource.of(
                ResourceType.ROUTE,
                name,
                RouteConfiguration.newBuilder()
                        .setName(name)
                        .addVirtualHosts(host)
                        .build());
    }

    static XdsResource secret(String name) {
        return XdsResource.of(
                ResourceType.SECRET, name, Secret.newBuilder().setName(name).build());
    }

    static Snapshot snapshot(long revision, XdsResource... resources) {
        Snapshot.Builder snapshot = Snapshot.builder(revision);
        for (XdsResource resource : resources) {
            snapshot.put(resource);
        }
        return snapshot.build();
    }
}
