package dev.weft.xds;

import static dev.weft.xds.Content.edsCluster;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Any;
import com.google.protobuf.StringValue;
import com.google.protobuf.UInt32Value;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.AggregatedConfigSource;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;
import io.envoyproxy.envoy.config.core.v3.Locality;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.endpoint.v3.Endpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LbEndpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LocalityLbEndpoints;
import io.envoyproxy.envoy.config.listener.v3.ApiListener;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.Rds;
import io.grpc.CallOptions;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.NameResolverRegistry;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCalls;
import io.grpc.xds.XdsNameResolverProvider;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A foreign client: grpc-java's own xDS, over loopback, makes calls through what this server tells it. */
class GrpcXdsClientTest {
    private static final String SCHEME = "weft-test-xds";
    private static final MethodDescriptor<StringValue, StringValue> WHO =
            MethodDescriptor.<StringValue, StringValue>newBuilder()
                    .setType(MethodDescriptor.MethodType.UNARY)
                    .setFullMethodName("test.Greeter/Who")
                    .setRequestMarshaller(ProtoUtils.marshaller(StringValue.getDefaultInstance()))
                    .setResponseMarshaller(ProtoUtils.marshaller(StringValue.getDefaultInstance()))
                    .build();

    private final SnapshotGroups<ClientKind> groups = new SnapshotGroups<>(new SnapshotGroups.Membership<>() {
        @Override
        public ClientKind groupOf(XdsClient client) {
            return client.kind();
        }

        @Override
        public void opened(ClientKind key, XdsClient client) {
            publish(1, "blue", blue.getPort());
        }
    });
    private final XdsServer xds = XdsServer.builder(groups).build();
    private Server blue;
    private Server green;
    private Server controlPlane;
    private XdsNameResolverProvider resolver;
    private ManagedChannel channel;

    @BeforeEach
    void start() throws IOException {
        blue = greeter("blue");
        green = greeter("green");
        var builder = Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create());
        xds.services().forEach(builder::addService);
        controlPlane = builder.build().start();
        resolver = XdsNameResolverProvider.createForTest(SCHEME, bootstrap(controlPlane.getPort()));
        NameResolverRegistry.getDefaultRegistry().register(resolver);
        channel = Grpc.newChannelBuilder(SCHEME + ":///greeter", InsecureChannelCredentials.create())
                .build();
    }

    @AfterEach
    void stop() throws InterruptedException {
        NameResolverRegistry.getDefaultRegistry().deregister(resolver);
        channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
        for (Server server : List.of(controlPlane, blue, green)) {
            server.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
        }
    }

    @Test
    void aProxylessClientIsRoutedAndFollowsASwapOfItsClusterWithoutAFailedCall() {
        assertThat(who()).isEqualTo("blue");
        await().atMost(Duration.ofSeconds(5)).until(() -> xds.behind(1).isEmpty());
        assertThat(xds.streams()).singleElement().satisfies(stream -> {
            assertThat(stream.client().kind()).isEqualTo(ClientKind.GRPC);
            assertThat(stream.types().keySet())
                    .containsExactlyInAnyOrder(
                            ResourceType.LISTENER, ResourceType.ROUTE, ResourceType.CLUSTER, ResourceType.ENDPOINT);
        });

        publish(2, "green", green.getPort());

        await().atMost(Duration.ofSeconds(5)).until(() -> who().equals("green"));
        await().atMost(Duration.ofSeconds(5)).until(() -> xds.behind(2).isEmpty());
    }

    @Test
    void aResourceThatTheClientRefusesIsOnRecordWithItsOwnWords() {
        assertThat(who()).isEqualTo("blue");
        groups.publish(
                ClientKind.GRPC,
                groups.snapshot(ClientKind.GRPC).orElseThrow().toBuilder(2)
                        .put(ResourceType.ENDPOINT, "blue", withAGapInPriorities())
                        .build());
        groups.settled(2);

        await().atMost(Duration.ofSeconds(5))
                .untilAsserted(() -> assertThat(xds.behind(2))
                        .singleElement()
                        .satisfies(stream -> assertThat(java.util.Objects.requireNonNull(
                                                stream.types().get(ResourceType.ENDPOINT))
                                        .refusal())
                                .get()
                                .extracting(StreamStatus.Refusal::reason)
                                .asString()
                                .contains("priorit")));
        assertThat(who()).isEqualTo("blue");
    }

    private String who() {
        return ClientCalls.blockingUnaryCall(
                        channel,
                        WHO,
                        CallOptions.DEFAULT
                                .withDeadlineAfter(10, TimeUnit.SECONDS)
                                .withWaitForReady(),
                        StringValue.of("?"))
                .getValue();
    }

    private void publish(long revision, String cluster, int port) {
        groups.publish(
                ClientKind.GRPC,
                Snapshot.builder(revision)
                        .put(ResourceType.LISTENER, "greeter", listener())
                        .put(ResourceType.ROUTE, "greeter-routes", routes(cluster))
                        .put(edsCluster(cluster, ""))
                        .put(ResourceType.ENDPOINT, cluster, endpoints(cluster, port, 0))
                        .build());
        groups.settled(revision);
    }

    private static Map<String, ?> bootstrap(int port) {
        return Map.of(
                "node", Map.of("id", "proxyless-1"),
                "xds_servers",
                        List.of(Map.of(
                                "server_uri", "127.0.0.1:" + port,
                                "channel_creds", List.of(Map.of("type", "insecure")),
                                "server_features", List.of("xds_v3"))));
    }

    private static Server greeter(String name) throws IOException {
        ServerServiceDefinition service = ServerServiceDefinition.builder("test.Greeter")
                .addMethod(WHO, ServerCalls.asyncUnaryCall((_, response) -> {
                    response.onNext(StringValue.of(name));
                    response.onCompleted();
                }))
                .build();
        return Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
                .addService(service)
                .build()
                .start();
    }

    private static Listener listener() {
        HttpConnectionManager manager = HttpConnectionManager.newBuilder()
                .setStatPrefix("greeter")
                .setRds(Rds.newBuilder()
                        .setRouteConfigName("greeter-routes")
                        .setConfigSource(ConfigSource.newBuilder().setAds(AggregatedConfigSource.getDefaultInstance())))
                .addHttpFilters(
                        HttpFilter.newBuilder().setName("router").setTypedConfig(Any.pack(Router.getDefaultInstance())))
                .build();
        return Listener.newBuilder()
                .setName("greeter")
                .setApiListener(ApiListener.newBuilder().setApiListener(Any.pack(manager)))
                .build();
    }

    private static RouteConfiguration routes(String cluster) {
        return RouteConfiguration.newBuilder()
                .setName("greeter-routes")
                .addVirtualHosts(VirtualHost.newBuilder()
                        .setName("greeter")
                        .addDomains("*")
                        .addRoutes(Route.newBuilder()
                                .setMatch(RouteMatch.newBuilder().setPrefix(""))
                                .setRoute(RouteAction.newBuilder().setCluster(cluster))))
                .build();
    }

    private static ClusterLoadAssignment endpoints(String cluster, int port, int priority) {
        Address address = Address.newBuilder()
                .setSocketAddress(
                        SocketAddress.newBuilder().setAddress("127.0.0.1").setPortValue(port))
                .build();
        return ClusterLoadAssignment.newBuilder()
                .setClusterName(cluster)
                .addEndpoints(LocalityLbEndpoints.newBuilder()
                        .setLocality(Locality.newBuilder().setZone("here"))
                        .setPriority(priority)
                        .setLoadBalancingWeight(UInt32Value.of(1))
                        .addLbEndpoints(LbEndpoint.newBuilder()
                                .setEndpoint(Endpoint.newBuilder().setAddress(address))))
                .build();
    }

    /** Priorities must start at 0. */
    private ClusterLoadAssignment withAGapInPriorities() {
        return endpoints("blue", blue.getPort(), 3);
    }
}
