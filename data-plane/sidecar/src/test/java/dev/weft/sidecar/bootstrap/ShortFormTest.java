package dev.weft.sidecar.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.TypeRegistry;
import com.google.protobuf.util.JsonFormat;
import dev.weft.proxy.model.HttpOptions.AccessLog;
import dev.weft.proxy.model.ListenerConfig;
import dev.weft.sidecar.ads.AdsClient.Variant;
import dev.weft.sidecar.live.StaticResources;
import dev.weft.sidecar.xds.FileText;
import dev.weft.sidecar.xds.ListenerDraft;
import dev.weft.sidecar.xds.ListenerDraft.Inline;
import dev.weft.sidecar.xds.ListenerDraft.Remote;
import dev.weft.sidecar.xds.ResourceType;
import dev.weft.sidecar.xds.message.Json;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.extensions.access_loggers.stream.v3.StdoutAccessLog;
import io.envoyproxy.envoy.extensions.filters.http.cors.v3.Cors;
import io.envoyproxy.envoy.extensions.filters.http.fault.v3.HTTPFault;
import io.envoyproxy.envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ShortFormTest {
    private static ShortForm sidecar(String accessLog, HostPort... controlPlanes) {
        return new ShortForm(
                ShortForm.Role.SIDECAR,
                "web",
                "web.host.15006",
                List.of(controlPlanes),
                8080,
                "auto",
                Optional.of(new HostPort("0.0.0.0", 15006)),
                Optional.of(new HostPort("127.0.0.1", 15001)),
                new HostPort("127.0.0.1", 15020),
                Map.of("version", "v1"),
                2,
                "eu-1a",
                "10.0.0.5",
                accessLog,
                false,
                Optional.empty());
    }

    private static Bootstrap read(ShortForm form) throws BadBootstrap {
        return BootstrapReader.read(form.bootstrap(), FileText.DISK);
    }

    @Test
    void aSidecarHasAnInboundListenerForItsServiceAndAnOutboundOneForTheMesh() throws Exception {
        StaticResources statics =
                read(sidecar("off", new HostPort("127.0.0.1", 15010))).statics();

        ListenerDraft inbound = statics.listeners().get(0);
        ListenerDraft outbound = statics.listeners().get(1);
        assertThat(inbound.config().name()).isEqualTo("inbound");
        assertThat(inbound.config().direction()).isEqualTo(ListenerConfig.Direction.INBOUND);
        assertThat(inbound.sources().getFirst().routes()).isInstanceOf(Inline.class);
        assertThat(outbound.config().name()).isEqualTo("outbound");
        assertThat(outbound.sources().getFirst().routes())
                .isInstanceOfSatisfying(
                        Remote.class, remote -> assertThat(remote.name()).isEqualTo("outbound"));
    }

    @Test
    void aGatewayAsksForItsOwnRoutes() throws Exception {
        ShortForm gateway = new ShortForm(
                ShortForm.Role.GATEWAY,
                "edge",
                "edge.host.8000",
                List.of(new HostPort("127.0.0.1", 15010)),
                0,
                "auto",
                Optional.of(new HostPort("0.0.0.0", 8000)),
                Optional.empty(),
                new HostPort("127.0.0.1", 15020),
                Map.of(),
                1,
                "",
                "",
                "off",
                false,
                Optional.empty());

        Bootstrap bootstrap = read(gateway);

        assertThat(bootstrap.statics().listeners())
                .singleElement()
                .satisfies(listener -> assertThat(listener.sources().getFirst().routes())
                        .isInstanceOfSatisfying(
                                Remote.class,
                                remote -> assertThat(remote.name()).isEqualTo("gateway/edge")));
        assertThat(bootstrap.node().weft("gateway")).isEqualTo("edge");
        assertThat(bootstrap.node().weft("role")).isEqualTo("gateway");
    }

    @Test
    void controlPlanesAreAskedInTheirOrderForEverything() throws Exception {
        Bootstrap bootstrap = read(sidecar("off", new HostPort("10.0.0.1", 15010), new HostPort("cp.example", 15011)));

        assertThat(bootstrap.ads()).hasValueSatisfying(ads -> {
            assertThat(ads.variant()).isEqualTo(Variant.DELTA);
            assertThat(ads.addresses())
                    .containsExactly(new HostPort("10.0.0.1", 15010), new HostPort("cp.example", 15011));
            assertThat(ads.types()).containsExactlyInAnyOrder(ResourceType.CLUSTER, ResourceType.LISTENER);
        });
    }

    @Test
    void noServiceOfTheMeshCanHaveTheNameOfAClusterOfItsOwn() throws Exception {
        assertThat(read(sidecar("off", new HostPort("127.0.0.1", 15010)))
                        .statics()
                        .clusters())
                .extracting(draft -> draft.config().name().value())
                .allSatisfy(name -> assertThat(name).doesNotMatch("[a-z0-9].*"));
    }

    @Test
    void theNodeSaysWhatIsToBeRegistered() throws Exception {
        Node node = Node.parseFrom(
                read(sidecar("off", new HostPort("127.0.0.1", 15010))).node().message());

        var weft = node.getMetadata().getFieldsOrThrow("weft").getStructValue();
        assertThat(node.getId()).isEqualTo("web.host.15006");
        assertThat(node.getCluster()).isEqualTo("web");
        assertThat(node.getUserAgentName()).isEqualTo("weft");
        assertThat(node.getLocality().getZone()).isEqualTo("eu-1a");
        assertThat(weft.getFieldsOrThrow("role").getStringValue()).isEqualTo("sidecar");
        assertThat(weft.getFieldsOrThrow("service").getStringValue()).isEqualTo("web");
        assertThat(weft.getFieldsOrThrow("address").getStringValue()).isEqualTo("10.0.0.5");
        assertThat(weft.getFieldsOrThrow("port").getNumberValue()).isEqualTo(15006);
        assertThat(weft.getFieldsOrThrow("weight").getNumberValue()).isEqualTo(2);
        assertThat(weft.getFieldsOrThrow("labels")
                        .getStructValue()
                        .getFieldsOrThrow("version")
                        .getStringValue())
                .isEqualTo("v1");
    }

    @Test
    void aPortLeftToTheSystemIsRegisteredAsItWasBound() throws Exception {
        NodeIdentity node = new NodeIdentity(
                "a", "web", Map.of("weft", Map.of("port", 0, "service", "web")), "", "", "", "", "", List.of());

        assertThat(Node.parseFrom(node.withPort(41234).message())
                        .getMetadata()
                        .getFieldsOrThrow("weft")
                        .getStructValue()
                        .getFieldsOrThrow("port")
                        .getNumberValue())
                .isEqualTo(41234);
    }

    @Test
    void theAccessLogIsPartOfIt() throws Exception {
        StaticResources statics =
                read(sidecar("json", new HostPort("127.0.0.1", 15010))).statics();

        assertThat(statics.listeners())
                .allSatisfy(listener -> assertThat(
                                listener.config().chains().getFirst().handler())
                        .isInstanceOfSatisfying(
                                ListenerConfig.Http.class,
                                http -> assertThat(http.options().accessLog()).isEqualTo(AccessLog.JSON)));
    }

    @Test
    void whatIsPrintedIsEnvoysOwnMessage() throws Exception {
        TypeRegistry types = TypeRegistry.newBuilder()
                .add(HttpConnectionManager.getDescriptor())
                .add(Router.getDescriptor())
                .add(Cors.getDescriptor())
                .add(HTTPFault.getDescriptor())
                .add(LocalRateLimit.getDescriptor())
                .add(StdoutAccessLog.getDescriptor())
                .add(HttpProtocolOptions.getDescriptor())
                .build();
        var envoy = io.envoyproxy.envoy.config.bootstrap.v3.Bootstrap.newBuilder();

        JsonFormat.parser()
                .usingTypeRegistry(types)
                .merge(
                        Json.pretty(sidecar("json", new HostPort("127.0.0.1", 15010))
                                .bootstrap()),
                        envoy);

        assertThat(envoy.getStaticResources().getListenersCount()).isEqualTo(2);
    }
}
