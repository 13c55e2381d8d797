package dev.weft.sidecar.live;

import static dev.weft.sidecar.live.Protos.edsCluster;
import static dev.weft.sidecar.live.Protos.endpoints;
import static dev.weft.sidecar.live.Protos.listener;
import static dev.weft.sidecar.live.Protos.received;
import static dev.weft.sidecar.live.Protos.routes;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.BoolValue;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.weft.proxy.model.RouteAction.Forward;
import dev.weft.sidecar.xds.FileText;
import dev.weft.sidecar.xds.ResourceType;
import dev.weft.sidecar.xds.Translation;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteAction.UpgradeConfig;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a route says of an upgrade goes before what its listener says; of others the listener's word holds. */
class UpgradesTest {
    private final LiveConfig config = new LiveConfig(
            new StaticResources(List.of(), List.of()),
            new Translation(FileText.DISK),
            new HandCrankedTimers(),
            applied -> {});

    @Test
    void aRouteForbidsWhatItsListenerAllows() throws Exception {
        assertThat(allowed(route("WebSocket", false))).containsExactly("h2c");
    }

    @Test
    void aRouteAllowsMoreThanItsListener() throws Exception {
        assertThat(allowed(route("CONNECT", true))).containsExactly("CONNECT", "websocket", "h2c");
    }

    @Test
    void aRouteThatAllowsTheSameAllowsItOnce() throws Exception {
        assertThat(allowed(route("WEBSOCKET", true))).containsExactly("WEBSOCKET", "h2c");
    }

    private static UpgradeConfig route(String type, boolean enabled) {
        return UpgradeConfig.newBuilder()
                .setUpgradeType(type)
                .setEnabled(BoolValue.of(enabled))
                .build();
    }

    /** What one route may switch to, whose listener allows websocket and h2c. */
    private List<String> allowed(UpgradeConfig ofRoute) throws InvalidProtocolBufferException {
        config.start();
        send(ResourceType.CLUSTER, edsCluster("web"));
        send(ResourceType.ENDPOINTS, endpoints("web", 81));
        send(ResourceType.LISTENER, allowing("websocket", "h2c"));
        RouteConfiguration.Builder routes = routes("r", "web").toBuilder();
        routes.getVirtualHostsBuilder(0).getRoutesBuilder(0).getRouteBuilder().addUpgradeConfigs(ofRoute);
        send(ResourceType.ROUTES, routes.build());
        return config.live().routeTables().values().stream()
                .flatMap(table -> table.virtualHosts().stream())
                .flatMap(host -> host.rules().stream())
                .map(rule -> ((Forward) rule.action()).upgrades())
                .findFirst()
                .orElseThrow();
    }

    private static Listener allowing(String... types) throws InvalidProtocolBufferException {
        Listener.Builder listener = listener("edge", 1, "r").toBuilder();
        var filter = listener.getFilterChainsBuilder(0).getFiltersBuilder(0);
        HttpConnectionManager.Builder manager = filter.getTypedConfig().unpack(HttpConnectionManager.class).toBuilder();
        for (String type : types) {
            manager.addUpgradeConfigs(
                    HttpConnectionManager.UpgradeConfig.newBuilder().setUpgradeType(type));
        }
        filter.setTypedConfig(Any.pack(manager.build()));
        return listener.build();
    }

    private void send(ResourceType type, Message resource) {
        List<String> refused =
                config.receive(new Delivery(type.typeUrl(), List.of(received("", "1", resource)), List.of(), false));
        assertThat(refused).isEmpty();
    }
}
