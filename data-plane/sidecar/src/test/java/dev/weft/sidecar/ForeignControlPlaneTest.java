package dev.weft.sidecar;

import static dev.weft.sidecar.live.Protos.edsCluster;
import static dev.weft.sidecar.live.Protos.endpoints;
import static dev.weft.sidecar.live.Protos.listener;
import static dev.weft.sidecar.live.Protos.routes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weft.proxy.model.ClusterConfig.Fixed;
import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.EndpointConfig;
import dev.weft.proxy.model.ProxyConfig;
import dev.weft.sidecar.ads.AdsClient;
import dev.weft.sidecar.ads.GrpcControlPlanes;
import dev.weft.sidecar.live.LiveConfig;
import dev.weft.sidecar.live.StaticResources;
import dev.weft.sidecar.xds.FileText;
import dev.weft.sidecar.xds.ResourceType;
import dev.weft.sidecar.xds.Translation;
import io.envoyproxy.controlplane.cache.v3.SimpleCache;
import io.envoyproxy.controlplane.cache.v3.Snapshot;
import io.envoyproxy.controlplane.server.V3DiscoveryServer;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Against java-control-plane, which is nobody's but Envoy's: both variants, over a real connection. */
class ForeignControlPlaneTest {
    private final SimpleCache<String> cache = new SimpleCache<>(node -> "all");
    private final ConfigThread thread = new ConfigThread();
    private final LiveConfig config = new LiveConfig(
            new StaticResources(List.of(), List.of()), new Translation(FileText.DISK), thread, next -> live = next);
    private volatile ProxyConfig live = ProxyConfig.EMPTY;
    private Optional<Server> server = Optional.empty();
    private Optional<GrpcControlPlanes> controlPlanes = Optional.empty();

    @BeforeEach
    void serve() throws Exception {
        V3DiscoveryServer discovery = new V3DiscoveryServer(cache);
        server = Optional.of(NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
                .addService(discovery.getAggregatedDiscoveryServiceImpl())
                .build()
                .start());
    }

    @AfterEach
    void stop() {
        controlPlanes.ifPresent(GrpcControlPlanes::close);
        server.ifPresent(Server::shutdownNow);
        thread.close();
    }

    private void connect(AdsClient.Variant variant) {
        GrpcControlPlanes dialed = new GrpcControlPlanes(
                List.of(new GrpcControlPlanes.Address(
                        "127.0.0.1", server.orElseThrow().getPort(), true)),
                Optional.empty(),
                "",
                Optional.empty(),
                thread);
        controlPlanes = Optional.of(dialed);
        AdsClient client = new AdsClient(
                new AdsClient.Settings(
                        variant,
                        Node.newBuilder()
                                .setId("web-1")
                                .setCluster("web")
                                .build()
                                .toByteString(),
                        Set.of(ResourceType.CLUSTER, ResourceType.LISTENER),
                        new Metadata()),
                dialed,
                config,
                thread,
                thread,
                new Random(1),
                new AdsClient.Observer() {
                    @Override
                    public void unreachable(String reason) {}

                    @Override
                    public void answered(ResourceType type) {}
                });
        thread.execute(() -> {
            config.start();
            config.onChange(client::refresh);
            client.start();
        });
    }

    private List<Integer> ports(String cluster) {
        var found = live.clusters().get(new ClusterName(cluster));
        return found == null
                ? List.of()
                : ((Fixed) found.discovery())
                        .endpoints().stream().map(EndpointConfig::port).toList();
    }

    private static Snapshot snapshot(String version, int... ports) {
        return Snapshot.create(
                List.of(edsCluster("web")),
                List.of(endpoints("web", ports)),
                List.of(listener("out", 0, "r")),
                List.of(routes("r", "web")),
                List.of(),
                version);
    }

    @ParameterizedTest
    @EnumSource(AdsClient.Variant.class)
    void theWholeTreeArrivesAndFollowsEveryChange(AdsClient.Variant variant) {
        cache.setSnapshot("all", snapshot("1", 81));
        connect(variant);
        await().until(() -> live.listeners().size() == 1);
        assertThat(ports("web")).containsExactly(81);

        for (int version = 2; version < 20; version++) {
            int port = 80 + version;
            cache.setSnapshot("all", snapshot(String.valueOf(version), port));
            await().until(() -> ports("web").equals(List.of(port)));
        }
    }

    @ParameterizedTest
    @EnumSource(AdsClient.Variant.class)
    void aRefusedClusterLeavesTheOthersLive(AdsClient.Variant variant) {
        cache.setSnapshot("all", snapshot("1", 81));
        connect(variant);
        await().until(() -> live.listeners().size() == 1);
        Cluster wrong = edsCluster("wrong").toBuilder()
                .setType(Cluster.DiscoveryType.ORIGINAL_DST)
                .build();

        cache.setSnapshot(
                "all",
                Snapshot.create(
                        List.of(edsCluster("web"), edsCluster("api"), wrong),
                        List.of(endpoints("web", 81), endpoints("api", 91)),
                        List.of(listener("out", 0, "r")),
                        List.of(routes("r", "web")),
                        List.of(),
                        "2"));

        await().until(() -> ports("api").equals(List.of(91)));
        assertThat(thread.ask(config::refused).join())
                .singleElement()
                .satisfies(refused -> assertThat(refused.name()).isEqualTo("wrong"));
    }

    @ParameterizedTest
    @EnumSource(AdsClient.Variant.class)
    void manyResourcesArriveAtOnce(AdsClient.Variant variant) {
        cache.setSnapshot(
                "all",
                Snapshot.create(
                        IntStream.range(0, 500)
                                .mapToObj(i -> edsCluster("c" + i))
                                .toList(),
                        IntStream.range(0, 500)
                                .mapToObj(i -> endpoints("c" + i, i + 1))
                                .toList(),
                        List.of(),
                        List.of(),
                        List.of(),
                        "1"));

        connect(variant);

        await().until(() -> live.clusters().size() == 500);
        assertThat(ports("c499")).containsExactly(500);
    }
}
