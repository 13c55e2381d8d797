package dev.weft.sidecar;

import static dev.weft.sidecar.live.Protos.edsCluster;
import static dev.weft.sidecar.live.Protos.endpoints;
import static dev.weft.sidecar.live.Protos.received;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.util.JsonFormat;
import dev.weft.sidecar.bootstrap.NodeIdentity;
import dev.weft.sidecar.live.Delivery;
import dev.weft.sidecar.live.HandCrankedTimers;
import dev.weft.sidecar.live.LiveConfig;
import dev.weft.sidecar.live.Protos;
import dev.weft.sidecar.live.StaticResources;
import dev.weft.sidecar.xds.FileText;
import dev.weft.sidecar.xds.Pem;
import dev.weft.sidecar.xds.ResourceType;
import dev.weft.sidecar.xds.Translation;
import dev.weft.sidecar.xds.message.Json;
import io.envoyproxy.envoy.admin.v3.ClientResourceStatus;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CommonTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.TlsCertificate;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import io.envoyproxy.envoy.service.status.v3.ClientConfig;
import io.envoyproxy.envoy.service.status.v3.ClientConfig.GenericXdsConfig;
import io.envoyproxy.envoy.service.status.v3.ClientStatusResponse;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What CSDS tells is its own message, which others can read. */
class ClientStatusTest {
    private final LiveConfig config = new LiveConfig(
            new StaticResources(List.of(), List.of()),
            new Translation(FileText.DISK),
            new HandCrankedTimers(),
            applied -> {});

    private void take(ResourceType type, String name, String version, Message resource) {
        config.receive(new Delivery(type.typeUrl(), List.of(received(name, version, resource)), List.of(), false));
    }

    private ClientConfig status() throws Exception {
        NodeIdentity node = new NodeIdentity("web-1", "web", Map.of(), "", "", "", "", "", List.of());
        ClientStatusResponse.Builder response = ClientStatusResponse.newBuilder();
        TypeRegistry types = TypeRegistry.newBuilder()
                .add(Cluster.getDescriptor())
                .add(ClusterLoadAssignment.getDescriptor())
                .add(UpstreamTlsContext.getDescriptor())
                .build();
        JsonFormat.parser().usingTypeRegistry(types).merge(Json.pretty(ClientStatus.of(node, config)), response);
        assertThat(response.getConfigCount()).isEqualTo(1);
        return response.getConfig(0);
    }

    private static GenericXdsConfig of(ClientConfig status, String type, String name) {
        return status.getGenericXdsConfigsList().stream()
                .filter(entry ->
                        entry.getTypeUrl().endsWith(type) && entry.getName().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void eachResourceIsAcceptedRefusedOrAwaited() throws Exception {
        take(ResourceType.CLUSTER, "web", "1", edsCluster("web"));
        take(ResourceType.CLUSTER, "api", "1", edsCluster("api"));
        take(ResourceType.ENDPOINTS, "web", "7", endpoints("web", 81));
        take(
                ResourceType.CLUSTER,
                "api",
                "2",
                edsCluster("api").toBuilder()
                        .setType(Cluster.DiscoveryType.ORIGINAL_DST)
                        .build());

        ClientConfig status = status();

        assertThat(status.getNode().getId()).isEqualTo("web-1");
        GenericXdsConfig web = of(status, "ClusterLoadAssignment", "web");
        assertThat(web.getClientStatus()).isEqualTo(ClientResourceStatus.ACKED);
        assertThat(web.getVersionInfo()).isEqualTo("7");
        assertThat(web.getXdsConfig().unpack(ClusterLoadAssignment.class)).isEqualTo(endpoints("web", 81));
        GenericXdsConfig refused = of(status, ".Cluster", "api");
        assertThat(refused.getClientStatus()).isEqualTo(ClientResourceStatus.NACKED);
        assertThat(refused.getVersionInfo()).as("what serves").isEqualTo("1");
        assertThat(refused.getErrorState().getVersionInfo()).isEqualTo("2");
        assertThat(refused.getErrorState().getDetails()).contains("ORIGINAL_DST");
        assertThat(of(status, "ClusterLoadAssignment", "api").getClientStatus())
                .isEqualTo(ClientResourceStatus.REQUESTED);
    }

    @Test
    void privateKeysStayHere() {
        TlsCertificate own = TlsCertificate.newBuilder()
                .setCertificateChain(DataSource.newBuilder().setInlineString(Pem.CHAIN))
                .setPrivateKey(DataSource.newBuilder().setInlineString(Pem.KEY))
                .build();
        UpstreamTlsContext tls = UpstreamTlsContext.newBuilder()
                .setCommonTlsContext(CommonTlsContext.newBuilder()
                        .addTlsCertificates(own)
                        .setValidationContextSdsSecretConfig(Protos.sent("peers")))
                .build();
        take(
                ResourceType.CLUSTER,
                "web",
                "1",
                edsCluster("web").toBuilder()
                        .setTransportSocket(Protos.secured(tls))
                        .build());
        take(
                ResourceType.CLUSTER,
                "api",
                "1",
                edsCluster("api").toBuilder()
                        .setTransportSocket(Protos.secured(UpstreamTlsContext.newBuilder()
                                .setCommonTlsContext(CommonTlsContext.newBuilder()
                                        .addTlsCertificateSdsSecretConfigs(Protos.sent("own")))
                                .build()))
                        .build());
        take(ResourceType.SECRET, "own", "1", Protos.certificate("own", Pem.OWN));
        assertThat(config.accepted(ResourceType.SECRET)).hasSize(1);
        NodeIdentity node = new NodeIdentity("web-1", "web", Map.of(), "", "", "", "", "", List.of());
        String key = Pem.KEY.lines().skip(1).findFirst().orElseThrow();
        String chain = Pem.CHAIN.lines().skip(1).findFirst().orElseThrow();

        assertThat(Json.pretty(ClientStatus.of(node, config)))
                .doesNotContain(key)
                .contains(chain);
        assertThat(Json.pretty(ConfigDump.of(config, Optional.empty(), Map.of())))
                .doesNotContain(key)
                .contains(chain);
        assertThat(config.accepted(ResourceType.SECRET).toString()).doesNotContain(key);
    }
}
