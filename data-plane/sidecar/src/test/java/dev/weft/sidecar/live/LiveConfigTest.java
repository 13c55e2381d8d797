package dev.weft.sidecar.live;

import static dev.weft.sidecar.live.Protos.edsCluster;
import static dev.weft.sidecar.live.Protos.endpoints;
import static dev.weft.sidecar.live.Protos.listener;
import static dev.weft.sidecar.live.Protos.received;
import static dev.weft.sidecar.live.Protos.routes;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import dev.weft.proxy.listener.ListenerException;
import dev.weft.proxy.model.Balancing;
import dev.weft.proxy.model.ClusterConfig;
import dev.weft.proxy.model.ClusterConfig.Fixed;
import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.EndpointConfig;
import dev.weft.proxy.model.ProxyConfig;
import dev.weft.proxy.model.RouteAction.Forward;
import dev.weft.proxy.model.RouteTable;
import dev.weft.sidecar.xds.FileText;
import dev.weft.sidecar.xds.ResourceType;
import dev.weft.sidecar.xds.Translation;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.AggregatedConfigSource;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes live, when, and what stays while something is missing. */
class LiveConfigTest {
    private final HandCrankedTimers timers = new HandCrankedTimers();
    private final List<ProxyConfig> applied = new ArrayList<>();
    private final LiveConfig config = new LiveConfig(
            new StaticResources(List.of(), List.of()), new Translation(FileText.DISK), timers, applied::add);

    @BeforeEach
    void start() {
        config.start();
    }

    private List<String> send(ResourceType type, String version, Message... resources) {
        return config.receive(new Delivery(
                type.typeUrl(),
                Arrays.stream(resources)
                        .map(resource -> received("", version, resource))
                        .toList(),
                List.of(),
                false));
    }

    private List<String> remove(ResourceType type, String... names) {
        return config.receive(new Delivery(type.typeUrl(), List.of(), List.of(names), false));
    }

    private List<String> sendAll(ResourceType type, Message... resources) {
        return config.receive(new Delivery(
                type.typeUrl(),
                Stream.of(resources).map(r -> received("", "1", r)).toList(),
                List.of(),
                true));
    }

    private List<Integer> ports(String cluster) {
        return ((Fixed) live(cluster).discovery())
                .endpoints().stream().map(EndpointConfig::port).toList();
    }

    private ClusterConfig live(String cluster) {
        return requireNonNull(config.live().clusters().get(new ClusterName(cluster)));
    }

    private RouteTable table(String name) {
        return requireNonNull(config.live().routeTables().get(name));
    }

    private String routedTo(String table) {
        return ((Forward) table(table)
                        .virtualHosts()
                        .getFirst()
                        .rules()
                        .getFirst()
                        .action())
                .clusters()
                .getFirst()
                .cluster()
                .value();
    }

    private void serveWeb() {
        send(ResourceType.CLUSTER, "1", edsCluster("web"));
        send(ResourceType.ENDPOINTS, "1", endpoints("web", 81));
        send(ResourceType.LISTENER, "1", listener("out", 1, "r"));
        send(ResourceType.ROUTES, "1", routes("r", "web"));
    }

    @Test
    void aClusterIsUsedOnceItsEndpointsCame() {
        send(ResourceType.CLUSTER, "1", edsCluster("web"));
        assertThat(config.live().clusters()).isEmpty();
        assertThat(config.wanted(ResourceType.ENDPOINTS)).containsExactly("web");
        assertThat(config.waiting()).containsExactly("cluster web: its endpoints");

        send(ResourceType.ENDPOINTS, "1", endpoints("web", 81, 82));

        assertThat(ports("web")).containsExactly(81, 82);
    }

    @Test
    void aListenerWaitsForItsRoutesAndTheyForTheirClusters() {
        send(ResourceType.LISTENER, "1", listener("out", 1, "r"));
        assertThat(config.wanted(ResourceType.ROUTES)).containsExactly("r");
        send(ResourceType.ROUTES, "1", routes("r", "web"));
        assertThat(config.live().listeners()).isEmpty();
        send(ResourceType.CLUSTER, "1", edsCluster("web"));
        assertThat(config.live().listeners()).isEmpty();

        send(ResourceType.ENDPOINTS, "1", endpoints("web", 81));

        assertThat(config.live().listeners()).hasSize(1);
        assertThat(routedTo("r")).isEqualTo("web");
    }

    @Test
    void routesKeepTheirOldVersionUntilTheClustersOfTheNewOneAreWarm() {
        serveWeb();

        send(ResourceType.ROUTES, "2", routes("r", "api"));
        send(ResourceType.CLUSTER, "2", edsCluster("api"));
        assertThat(routedTo("r")).isEqualTo("web");

        send(ResourceType.ENDPOINTS, "2", endpoints("api", 91));
        assertThat(routedTo("r")).isEqualTo("api");
    }

    @Test
    void noSnapshotEverHoldsARouteWithoutItsCluster() {
        send(ResourceType.ROUTES, "1", routes("r", "web"));
        serveWeb();
        send(ResourceType.ROUTES, "2", routes("r", "api"));
        remove(ResourceType.CLUSTER, "web");
        send(ResourceType.CLUSTER, "3", edsCluster("api"));
        timers.pass(Duration.ofMinutes(1));

        for (ProxyConfig snapshot : applied) {
            snapshot.routeTables()
                    .values()
                    .forEach(
                            table -> assertThat(snapshot.clusters().keySet()).containsAll(ClusterReferences.of(table)));
        }
    }

    @Test
    void anUpdatedClusterTakesTheEndpointsItHadAtOnce() {
        serveWeb();

        send(
                ResourceType.CLUSTER,
                "2",
                edsCluster("web").toBuilder()
                        .setLbPolicy(Cluster.LbPolicy.RANDOM)
                        .build());

        assertThat(ports("web")).containsExactly(81);
        assertThat(live("web").balancing()).isEqualTo(new Balancing.Random());
    }

    @Test
    void theOldVersionOfAClusterServesUntilTheEndpointsOfTheNewOneCome() {
        serveWeb();
        Cluster moved = edsCluster("web").toBuilder()
                .setEdsClusterConfig(Cluster.EdsClusterConfig.newBuilder()
                        .setServiceName("web-2")
                        .setEdsConfig(ConfigSource.newBuilder().setAds(AggregatedConfigSource.getDefaultInstance())))
                .build();

        send(ResourceType.CLUSTER, "2", moved);
        assertThat(ports("web")).containsExactly(81);

        send(ResourceType.ENDPOINTS, "2", endpoints("web-2", 99));
        assertThat(ports("web")).containsExactly(99);
    }

    @Test
    void afterTheInitialFetchTimeoutAClusterIsUsedWithoutEndpoints() {
        send(ResourceType.CLUSTER, "1", edsCluster("web"));

        timers.pass(Duration.ofSeconds(15));

        assertThat(ports("web")).isEmpty();
        send(ResourceType.ENDPOINTS, "1", endpoints("web", 81));
        assertThat(ports("web")).containsExactly(81);
    }

    @Test
    void anInitialFetchTimeoutOfZeroWaitsUntilConnectedAndThen15Seconds() {
        Cluster patient = edsCluster("web").toBuilder()
                .setEdsClusterConfig(Cluster.EdsClusterConfig.newBuilder()
                        .setEdsConfig(ConfigSource.newBuilder()
                                .setAds(AggregatedConfigSource.getDefaultInstance())
                                .setInitialFetchTimeout(com.google.protobuf.Duration.getDefaultInstance())))
                .build();
        send(ResourceType.CLUSTER, "1", patient);
        timers.pass(Duration.ofHours(1));
        assertThat(config.live().clusters()).isEmpty();

        config.connected();
        timers.pass(Duration.ofMillis(14_999));
        assertThat(config.live().clusters()).isEmpty();
        timers.pass(Duration.ofMillis(1));

        assertThat(ports("web")).isEmpty();
    }

    @Test
    void aTableWhoseClusterNobodySendsGoesLiveWithoutItInTheEnd() {
        config.connected();
        send(ResourceType.LISTENER, "1", listener("out", 1, "r"));
        send(ResourceType.ROUTES, "1", routes("r", "nowhere"));
        assertThat(config.live().listeners()).isEmpty();

        timers.pass(Duration.ofSeconds(15));

        assertThat(routedTo("r")).isEqualTo("nowhere");
        assertThat(ports("nowhere")).isEmpty();
    }

    @Test
    void routesThatDoNotExistLeaveAListenerWithAnEmptyTable() {
        send(ResourceType.LISTENER, "1", listener("out", 1, "r"));

        remove(ResourceType.ROUTES, "r");

        assertThat(config.live().listeners()).hasSize(1);
        assertThat(table("r").virtualHosts()).isEmpty();
    }

    @Test
    void theValidPartOfAResponseIsTakenAndTheRestNamedWithAllItsErrors() {
        serveWeb();

        List<String> errors = send(
                ResourceType.CLUSTER,
                "2",
                edsCluster("api"),
                edsCluster("web").toBuilder()
                        .setConnectTimeout(com.google.protobuf.Duration.getDefaultInstance())
                        .build(),
                Cluster.newBuilder()
                        .setName("old")
                        .setType(Cluster.DiscoveryType.ORIGINAL_DST)
                        .setLbPolicy(Cluster.LbPolicy.CLUSTER_PROVIDED)
                        .build());

        assertThat(errors)
                .containsExactly(
                        "web: connect_timeout: 0ms (expected: > 0)",
                        "old: type: ORIGINAL_DST: not supported (expected: EDS, STATIC, STRICT_DNS or LOGICAL_DNS)",
                        "old: lb_policy: CLUSTER_PROVIDED: not supported"
                                + " (expected: ROUND_ROBIN, LEAST_REQUEST, RANDOM, RING_HASH or MAGLEV)");
        assertThat(config.wanted(ResourceType.ENDPOINTS)).containsExactlyInAnyOrder("web", "api");
        assertThat(ports("web")).containsExactly(81);
        assertThat(config.refused()).extracting(Refused::name).containsExactly("web", "old");
    }

    @Test
    void aNameTwiceInOneResponseIsRefused() {
        assertThat(send(ResourceType.CLUSTER, "1", edsCluster("web"), edsCluster("web")))
                .containsExactly("web: twice in one response (expected: once)");
        assertThat(config.accepted(ResourceType.CLUSTER)).isEmpty();
    }

    @Test
    void aForeignTypeInAResponseIsRefused() {
        assertThat(send(ResourceType.CLUSTER, "1", edsCluster("web"), endpoints("x")))
                .singleElement()
                .asString()
                .contains("ClusterLoadAssignment (expected: type.googleapis.com/envoy.config.cluster.v3.Cluster)");
        assertThat(config.accepted(ResourceType.CLUSTER)).hasSize(1);
    }

    @Test
    void aResourceUnderAnotherNameThanItsOwnIsRefused() {
        send(ResourceType.CLUSTER, "1", edsCluster("web"));

        List<String> errors = config.receive(new Delivery(
                ResourceType.ENDPOINTS.typeUrl(),
                List.of(received("web", "1", endpoints("api", 1))),
                List.of(),
                false));

        assertThat(errors).containsExactly("web: cluster_name: api (expected: web)");
    }

    @Test
    void whatNobodyAskedForIsIgnored() {
        assertThat(send(ResourceType.ENDPOINTS, "1", endpoints("stranger", 1))).isEmpty();
        assertThat(config.accepted(ResourceType.ENDPOINTS)).isEmpty();
    }

    @Test
    void inTheStateOfTheWorldAbsenceDeletesListenersAndClusters() {
        serveWeb();
        sendAll(ResourceType.CLUSTER, edsCluster("web"), edsCluster("api"));

        sendAll(ResourceType.CLUSTER, edsCluster("api"));

        assertThat(config.accepted(ResourceType.CLUSTER))
                .extracting(Accepted::name)
                .containsExactly("api");
        assertThat(config.wanted(ResourceType.ENDPOINTS)).containsExactly("api");
    }

    @Test
    void aRefusedVersionInTheStateOfTheWorldDeletesNothing() {
        serveWeb();

        sendAll(
                ResourceType.CLUSTER,
                edsCluster("web").toBuilder()
                        .setType(Cluster.DiscoveryType.ORIGINAL_DST)
                        .build());

        assertThat(ports("web")).containsExactly(81);
    }

    @Test
    void whatNothingRefersToIsDropped() {
        serveWeb();

        remove(ResourceType.LISTENER, "out");
        remove(ResourceType.CLUSTER, "web");

        assertThat(config.wanted(ResourceType.ROUTES)).isEmpty();
        assertThat(config.wanted(ResourceType.ENDPOINTS)).isEmpty();
        assertThat(config.accepted(ResourceType.ROUTES)).isEmpty();
        assertThat(config.accepted(ResourceType.ENDPOINTS)).isEmpty();
        assertThat(timers.pending()).isZero();
    }

    @Test
    void endpointsAndRoutesThatAreRemovedWhileReferredToGoOnServing() {
        serveWeb();

        remove(ResourceType.ENDPOINTS, "web");
        remove(ResourceType.ROUTES, "r");

        assertThat(ports("web")).containsExactly(81);
        assertThat(routedTo("r")).isEqualTo("web");
    }

    @Test
    void whatIsSentAgainUnchangedAppliesNothing() {
        serveWeb();
        int before = applied.size();

        send(ResourceType.CLUSTER, "2", edsCluster("web"));
        send(ResourceType.ROUTES, "2", routes("r", "web"));

        assertThat(applied).hasSize(before);
        assertThat(config.accepted(ResourceType.CLUSTER))
                .extracting(Accepted::version)
                .containsExactly("2");
    }

    @Test
    void aListenerThatCannotBeBoundIsToldOnceAndTheRestIsLive() {
        AtomicBoolean inUse = new AtomicBoolean(true);
        LiveConfig unbound = new LiveConfig(
                new StaticResources(List.of(), List.of()), new Translation(FileText.DISK), timers, next -> {
                    applied.add(next);
                    if (inUse.get() && !next.listeners().isEmpty()) {
                        throw new ListenerException("listener out: 127.0.0.1:1: in use", new IOException());
                    }
                });
        unbound.start();
        unbound.receive(new Delivery(
                ResourceType.LISTENER.typeUrl(),
                List.of(received("", "1", listener("out", 1, "r"))),
                List.of(),
                false));

        List<String> errors =
                unbound.receive(new Delivery(ResourceType.ROUTES.typeUrl(), List.of(), List.of("r"), false));

        assertThat(errors).singleElement().asString().contains("in use");
        assertThat(unbound.receive(new Delivery(
                        ResourceType.CLUSTER.typeUrl(),
                        List.of(received("", "1", edsCluster("web"))),
                        List.of(),
                        false)))
                .isEmpty();
        assertThat(unbound.live().listeners()).isEmpty();

        inUse.set(false);
        unbound.retry();

        assertThat(unbound.live().listeners()).hasSize(1);
    }

    @Test
    void whatTheProxyRefusesAsAWholeIsTakenBack() {
        serveWeb();
        LiveConfig picky = new LiveConfig(
                new StaticResources(List.of(), List.of()), new Translation(FileText.DISK), timers, next -> {
                    if (next.clusters().containsKey(new ClusterName("bad"))) {
                        throw new IllegalArgumentException("cluster bad: no");
                    }
                    applied.add(next);
                });
        picky.start();
        Cluster bad = Cluster.newBuilder()
                .setName("bad")
                .setType(Cluster.DiscoveryType.STATIC)
                .build();

        List<String> errors = picky.receive(
                new Delivery(ResourceType.CLUSTER.typeUrl(), List.of(received("bad", "1", bad)), List.of(), false));

        assertThat(errors).containsExactly("cluster bad: no");
        assertThat(picky.accepted(ResourceType.CLUSTER)).isEmpty();
    }
}
