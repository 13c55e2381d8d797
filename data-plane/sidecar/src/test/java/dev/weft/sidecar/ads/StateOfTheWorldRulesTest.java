package dev.weft.sidecar.ads;

import static dev.weft.sidecar.live.Protos.edsCluster;
import static dev.weft.sidecar.live.Protos.endpoints;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import dev.weft.sidecar.live.Accepted;
import dev.weft.sidecar.xds.ResourceType;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a conformant client does on a state-of-the-world stream. */
class StateOfTheWorldRulesTest extends AdsRules {
    private static final String CDS = ResourceType.CLUSTER.typeUrl();
    private static final String EDS = ResourceType.ENDPOINTS.typeUrl();

    @BeforeEach
    void connect() {
        first.start();
        client(AdsClient.Variant.STATE_OF_THE_WORLD, first).start();
    }

    @Test
    void everyRequestSaysAllNames() {
        first.respondSotw(CDS, "1", edsCluster("web"), edsCluster("api"));

        assertThat(first.lastSotw(ResourceType.ENDPOINTS).getResourceNamesList())
                .containsExactlyInAnyOrder("web", "api");
    }

    @Test
    void anAcknowledgementHasTheVersionAndTheNonce() {
        first.respondSotw(CDS, "7", edsCluster("web"));

        assertThat(first.lastSotw(ResourceType.CLUSTER).getVersionInfo()).isEqualTo("7");
        assertThat(first.lastSotw(ResourceType.CLUSTER).getResponseNonce()).isEqualTo("n1");
    }

    @Test
    void aRefusalHasTheLastGoodVersionAndTheNewNonce() {
        first.respondSotw(CDS, "7", edsCluster("web"));

        first.respondSotw(
                CDS,
                "8",
                edsCluster("web").toBuilder()
                        .setType(Cluster.DiscoveryType.ORIGINAL_DST)
                        .build());

        DiscoveryRequest refusal = first.lastSotw(ResourceType.CLUSTER);
        assertThat(refusal.getVersionInfo()).isEqualTo("7");
        assertThat(refusal.getResponseNonce()).isEqualTo("n2");
        assertThat(refusal.getErrorDetail().getMessage()).startsWith("web: type: ORIGINAL_DST");
        assertThat(config.accepted(ResourceType.CLUSTER))
                .extracting(Accepted::version)
                .containsExactly("7");
    }

    @Test
    void absenceDeletesClustersAndNotEndpoints() {
        first.respondSotw(CDS, "1", edsCluster("web"), edsCluster("api"));
        first.respondSotw(EDS, "1", endpoints("web", 81), endpoints("api", 82));
        first.respondSotw(EDS, "2", endpoints("web", 83));
        assertThat(config.live().clusters()).hasSize(2);

        first.respondSotw(CDS, "2", edsCluster("web"));

        assertThat(config.live().clusters()).hasSize(1);
        assertThat(first.lastSotw(ResourceType.ENDPOINTS).getResourceNamesList())
                .containsExactly("web");
    }

    @Test
    void aNewStreamKeepsVersionsAndNotNonces() {
        first.respondSotw(CDS, "7", edsCluster("web"));
        first.sotw.clear();

        first.endStream();
        timers.pass(Duration.ofSeconds(1));

        assertThat(first.lastSotw(ResourceType.CLUSTER).getVersionInfo()).isEqualTo("7");
        assertThat(first.sotw).allMatch(request -> request.getResponseNonce().isEmpty());
        assertThat(first.lastSotw(ResourceType.ENDPOINTS).getResourceNamesList())
                .containsExactly("web");
    }

    @Test
    void aResourceInItsWrapperIsReadAsWell() {
        Resource wrapped = Resource.newBuilder()
                .setName("web")
                .setResource(Any.pack(edsCluster("web")))
                .build();

        first.respondSotw(CDS, "1", Any.pack(wrapped));

        assertThat(config.accepted(ResourceType.CLUSTER)).hasSize(1);
        assertThat(first.lastSotw(ResourceType.CLUSTER).hasErrorDetail()).isFalse();
    }

    @Test
    void aTypeThatIsNotKnownIsRefused() {
        first.respondSotw("type.googleapis.com/acme.Thing", "1");

        assertThat(first.sotw.getLast().getTypeUrl()).isEqualTo("type.googleapis.com/acme.Thing");
        assertThat(first.sotw.getLast().hasErrorDetail()).isTrue();
    }
}
