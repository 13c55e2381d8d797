package dev.weft.sidecar.xds.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Struct;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.UInt32Value;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.HttpProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.endpoint.v3.Endpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LbEndpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LocalityLbEndpoints;
import io.envoyproxy.envoy.config.route.v3.RetryPolicy;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MessageTest {
    private static final String CLUSTER = "envoy.config.cluster.v3.Cluster";
    private static final String ROUTE = "envoy.config.route.v3.Route";

    private final Problems problems = new Problems();

    @Test
    void theWireFormReadsAsItsJsonForm() throws Exception {
        Cluster cluster = richCluster();
        TypeRegistry types = TypeRegistry.newBuilder()
                .add(io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions.getDescriptor())
                .build();
        String json = JsonFormat.printer()
                .usingTypeRegistry(types)
                .preservingProtoFieldNames()
                .print(cluster);

        Message message = Message.ofWire(CLUSTER, cluster.toByteString(), problems);

        assertThat(problems.list()).isEmpty();
        Cluster.Builder back = Cluster.newBuilder();
        JsonFormat.parser().usingTypeRegistry(types).merge(Json.pretty(message.json()), back);
        assertThat(back.build())
                .isEqualTo(Cluster.newBuilder(parsed(json, types)).build());
    }

    private static Cluster parsed(String json, TypeRegistry types) throws InvalidProtocolBufferException {
        Cluster.Builder builder = Cluster.newBuilder();
        JsonFormat.parser().usingTypeRegistry(types).merge(json, builder);
        return builder.build();
    }

    private static Cluster richCluster() {
        var endpoint = Endpoint.newBuilder()
                .setAddress(Address.newBuilder()
                        .setSocketAddress(SocketAddress.newBuilder()
                                .setAddress("10.0.0.1")
                                .setPortValue(80)));
        var hashKey = Struct.newBuilder()
                .putFields("hash_key", Value.newBuilder().setStringValue("a").build())
                .putFields("n", Value.newBuilder().setNumberValue(2.5).build());
        var options = io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions.newBuilder()
                .setCommonHttpProtocolOptions(HttpProtocolOptions.newBuilder()
                        .setIdleTimeout(Duration.newBuilder().setSeconds(3).setNanos(500_000_000)))
                .build();
        return Cluster.newBuilder()
                .setName("web")
                .setType(Cluster.DiscoveryType.STATIC)
                .setLbPolicy(Cluster.LbPolicy.MAGLEV)
                .setConnectTimeout(Duration.newBuilder().setNanos(250_000_000))
                .putTypedExtensionProtocolOptions("http", Any.pack(options))
                .setLoadAssignment(ClusterLoadAssignment.newBuilder()
                        .addEndpoints(LocalityLbEndpoints.newBuilder()
                                .addLbEndpoints(LbEndpoint.newBuilder()
                                        .setEndpoint(endpoint)
                                        .setLoadBalancingWeight(UInt32Value.of(7))
                                        .setMetadata(
                                                Metadata.newBuilder().putFilterMetadata("envoy.lb", hashKey.build())))))
                .build();
    }

    @Test
    void packedNumbersAreReadOneByOne() throws Exception {
        Route route = Route.newBuilder()
                .setRoute(RouteAction.newBuilder()
                        .setRetryPolicy(RetryPolicy.newBuilder()
                                .addRetriableStatusCodes(409)
                                .addRetriableStatusCodes(425)))
                .build();

        Message message = Message.ofWire(ROUTE, route.toByteString(), problems);

        assertThat(message.message("route").message("retry_policy").numbers("retriable_status_codes"))
                .containsExactly(409L, 425L);
    }

    @Test
    void aFieldThatIsNotSupportedIsNamedByItsPathOnTheWire() throws Exception {
        Route route = Route.newBuilder()
                .setRoute(RouteAction.newBuilder().setEarlyDataPolicy(TypedExtensionConfig.getDefaultInstance()))
                .build();

        Message.ofWire(ROUTE, route.toByteString(), problems);

        assertThat(problems.list()).containsExactly("route.early_data_policy: not supported");
    }

    @Test
    void everythingWrongInJsonIsToldAtOnce() {
        Message.ofJson(
                ROUTE,
                Map.of(
                        "route",
                        Map.of(
                                "timeot",
                                "3s",
                                "timeout",
                                "soon",
                                "upgrade_configs",
                                List.of(Map.of("upgrade_type", 3), "websocket"),
                                "retry_policy",
                                Map.of("num_retries", -1))),
                problems);

        assertThat(problems.list())
                .containsExactlyInAnyOrder(
                        "route.timeot: not supported; did you mean: timeout",
                        "route.timeout: \"soon\" (expected: a duration in seconds, for instance \"0.5s\")",
                        "route.upgrade_configs[0].upgrade_type: 3 (expected: a string)",
                        "route.upgrade_configs[1]: \"websocket\" (expected: an object)",
                        "route.retry_policy.num_retries: -1 (expected: a whole number >= 0)");
    }

    @Test
    void twoOfOneGroupAreRefused() {
        Message.ofJson("envoy.config.route.v3.RouteMatch", Map.of("prefix", "/", "path", "/a"), problems);

        assertThat(problems.list()).singleElement().asString().contains("(expected: one of the two)");
    }

    @Test
    void bothCasesOfFieldNamesAreRead() {
        Message message = Message.ofJson(
                "envoy.config.cluster.v3.OutlierDetection",
                Map.of("consecutive5xx", 3, "max_ejection_percent", 20),
                problems);

        assertThat(problems.list()).isEmpty();
        assertThat(message.number("consecutive_5xx")).isEqualTo(3);
        assertThat(message.number("max_ejection_percent")).isEqualTo(20);
    }

    @Test
    void anUnknownExtensionIsLeftToWhoeverMayDoWithoutIt() {
        Message filter = Message.ofJson(
                "envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter",
                Map.of("name", "x", "typed_config", Map.of("@type", "type.googleapis.com/acme.Filter", "a", 1)),
                problems);

        assertThat(problems.list()).isEmpty();
        assertThat(filter.message("typed_config").type()).isEqualTo("acme.Filter");
    }

    @Test
    void bytesThatAreNoMessageAreRefused() {
        assertThatThrownBy(() -> Message.ofWire(CLUSTER, ByteString.copyFromUtf8("\u0008"), problems))
                .isInstanceOf(InvalidProtocolBufferException.class);
    }

    @Test
    void aStructNestedWithoutEndIsRefusedInsteadOfOverflowingTheStack() {
        Value value = Value.getDefaultInstance();
        for (int i = 0; i < 200; i++) {
            value = Value.newBuilder()
                    .setStructValue(Struct.newBuilder().putFields("v", value))
                    .build();
        }
        Cluster cluster = Cluster.newBuilder()
                .setMetadata(Metadata.newBuilder()
                        .putFilterMetadata(
                                "x", Struct.newBuilder().putFields("v", value).build()))
                .build();

        assertThatThrownBy(() -> Message.ofWire(CLUSTER, cluster.toByteString(), problems))
                .isInstanceOf(InvalidProtocolBufferException.class)
                .hasMessageContaining("nested deeper");
    }
}
