package dev.weft.sidecar.live;

import static dev.weft.sidecar.live.Protos.edsCluster;
import static dev.weft.sidecar.live.Protos.endpoints;
import static dev.weft.sidecar.live.Protos.listener;
import static dev.weft.sidecar.live.Protos.received;
import static dev.weft.sidecar.live.Protos.routes;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.Message;
import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.ListenerConfig;
import dev.weft.proxy.model.TcpOptions;
import dev.weft.sidecar.xds.FileText;
import dev.weft.sidecar.xds.ResourceType;
import dev.weft.sidecar.xds.Translation;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.FilterChainMatch;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A listener of several chains is live once all that any of them needs is. */
class ChainsGoLiveTest {
    private final LiveConfig config = new LiveConfig(
            new StaticResources(List.of(), List.of()),
            new Translation(FileText.DISK),
            new HandCrankedTimers(),
            applied -> {});

    @BeforeEach
    void start() {
        config.start();
    }

    private List<String> send(ResourceType type, Message... resources) {
        return config.receive(new Delivery(
                type.typeUrl(),
                Arrays.stream(resources)
                        .map(resource -> received("", "1", resource))
                        .toList(),
                List.of(),
                false));
    }

    private static FilterChain opaque(String serverName, String cluster) {
        return FilterChain.newBuilder()
                .setFilterChainMatch(FilterChainMatch.newBuilder().addServerNames(serverName))
                .addFilters(Filter.newBuilder()
                        .setName("tcp")
                        .setTypedConfig(Any.pack(TcpProxy.newBuilder()
                                .setStatPrefix("t")
                                .setCluster(cluster)
                                .build())))
                .build();
    }

    private void serveWeb() {
        send(ResourceType.CLUSTER, edsCluster("web"));
        send(ResourceType.ENDPOINTS, endpoints("web", 81));
        send(ResourceType.LISTENER, listener("edge", 1, "r"));
        send(ResourceType.ROUTES, routes("r", "web"));
    }

    private List<ListenerConfig.Chain> live() {
        return config.live().listeners().getFirst().allChains();
    }

    @Test
    void aNewChainIsUsedOnceItsClusterIsAndTheOldOnesServeUntilThen() {
        serveWeb();
        Listener both = listener("edge", 1, "r").toBuilder()
                .addFilterChains(opaque("db.example", "db"))
                .build();

        send(ResourceType.LISTENER, both);
        assertThat(live()).hasSize(1);
        assertThat(config.waiting()).containsExactly("listener edge: its routes or their clusters");
        send(ResourceType.CLUSTER, edsCluster("db"));
        assertThat(live()).hasSize(1);
        send(ResourceType.ENDPOINTS, endpoints("db", 91));

        assertThat(live()).hasSize(2);
        assertThat(live().getLast().handler()).isEqualTo(opaque("db"));
        assertThat(config.live().clusters()).containsKey(new ClusterName("db"));
        assertThat(config.waiting()).isEmpty();
    }

    @Test
    void theRoutesOfAllChainsAreAskedForAtOnce() {
        FilterChain named = listener("edge", 1, "s").getFilterChains(0).toBuilder()
                .setFilterChainMatch(FilterChainMatch.newBuilder().addServerNames("s.example"))
                .build();
        FilterChain rest = listener("edge", 1, "t").getFilterChains(0);

        send(
                ResourceType.LISTENER,
                listener("edge", 1, "r").toBuilder()
                        .addFilterChains(named)
                        .setDefaultFilterChain(rest)
                        .build());

        assertThat(config.wanted(ResourceType.ROUTES)).containsExactlyInAnyOrder("r", "s", "t");
    }

    @Test
    void aRefusedChainIsToldByItsPathAndTheListenerStays() {
        serveWeb();

        List<String> problems = send(
                ResourceType.LISTENER,
                listener("edge", 1, "r").toBuilder()
                        .addFilterChains(opaque("a", "x"))
                        .addFilterChains(opaque("a", "y"))
                        .build());

        assertThat(problems)
                .singleElement()
                .asString()
                .contains("edge")
                .contains("filter_chains[2].filter_chain_match: matches what filter_chains[1] matches too");
        assertThat(live()).hasSize(1);
    }

    private static ListenerConfig.Tcp opaque(String cluster) {
        return new ListenerConfig.Tcp(
                List.of(new ListenerConfig.TcpCluster(new ClusterName(cluster), 1)),
                TcpOptions.DEFAULT.withConnectAttempts(1));
    }
}
