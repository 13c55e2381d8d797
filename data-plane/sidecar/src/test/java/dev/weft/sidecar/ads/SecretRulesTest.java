package dev.weft.sidecar.ads;

import static dev.weft.sidecar.live.Protos.certificate;
import static dev.weft.sidecar.live.Protos.edsCluster;
import static dev.weft.sidecar.live.Protos.endpoints;
import static dev.weft.sidecar.live.Protos.listener;
import static dev.weft.sidecar.live.Protos.routes;
import static dev.weft.sidecar.live.Protos.sent;
import static dev.weft.sidecar.live.Protos.validation;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import dev.weft.sidecar.xds.Pem;
import dev.weft.sidecar.xds.ResourceType;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CommonTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Secrets over the aggregated stream: asked for by name, answered truly, given back. */
class SecretRulesTest extends AdsRules {
    private static final Listener SECURED = listener(
            "in",
            1,
            "r",
            DownstreamTlsContext.newBuilder()
                    .setCommonTlsContext(CommonTlsContext.newBuilder().addTlsCertificateSdsSecretConfigs(sent("own")))
                    .build());

    private void connect(AdsClient.Variant variant) {
        first.start();
        AdsClient client = client(variant, first);
        config.onChange(client::refresh);
        client.start();
    }

    private void serveByDelta() {
        connect(AdsClient.Variant.DELTA);
        first.respond(ResourceType.CLUSTER, "1", edsCluster("web"));
        first.respond(ResourceType.ENDPOINTS, "1", endpoints("web", 81));
        first.respond(ResourceType.LISTENER, "1", SECURED);
        first.respond(ResourceType.ROUTES, "1", routes("r", "web"));
    }

    private void respond(ResourceType type, String version, Message resource) {
        first.respondSotw(type.typeUrl(), version, resource);
    }

    @Test
    void aSecretIsAskedForOnceAListenerNamesIt() {
        connect(AdsClient.Variant.DELTA);
        assertThat(first.delta).noneMatch(request -> request.getTypeUrl().equals(ResourceType.SECRET.typeUrl()));

        first.respond(ResourceType.LISTENER, "1", SECURED);

        assertThat(first.last(ResourceType.SECRET).getResourceNamesSubscribeList())
                .containsExactly("own");
    }

    @Test
    void theAcknowledgementComesOnceItIsLive() {
        serveByDelta();
        assertThat(config.live().listeners()).isEmpty();

        first.respond(ResourceType.SECRET, "1", certificate("own", Pem.OWN));

        assertThat(config.live().listeners()).hasSize(1);
        DeltaDiscoveryRequest answer = first.last(ResourceType.SECRET);
        assertThat(answer.getResponseNonce()).isEqualTo("n5");
        assertThat(answer.hasErrorDetail()).isFalse();
    }

    @Test
    void aBadSecretIsRefusedByItsPathAndTheLastGoodOneServes() {
        serveByDelta();
        first.respond(ResourceType.SECRET, "1", certificate("own", Pem.OWN));
        var before = config.live();

        first.respond(ResourceType.SECRET, "2", validation("own", "nonsense"));

        assertThat(first.last(ResourceType.SECRET).getErrorDetail().getMessage())
                .startsWith("own: validation_context.trusted_ca: ");
        assertThat(config.live()).isEqualTo(before);
    }

    @Test
    void aSecretThatNothingNamesAnyMoreIsGivenBack() {
        serveByDelta();
        first.respond(ResourceType.SECRET, "1", certificate("own", Pem.OWN));

        first.respond(ResourceType.LISTENER, "2", listener("in", 1, "r"));

        assertThat(first.last(ResourceType.SECRET).getResourceNamesUnsubscribeList())
                .containsExactly("own");
    }

    @Test
    void aNewStreamSaysWhichVersionIsHere() {
        serveByDelta();
        first.respond(ResourceType.SECRET, "7", certificate("own", Pem.OWN));

        first.endStream();
        timers.pass(java.time.Duration.ofSeconds(1));

        DeltaDiscoveryRequest again = first.last(ResourceType.SECRET);
        assertThat(again.getResourceNamesSubscribeList()).containsExactly("own");
        assertThat(again.getInitialResourceVersionsMap()).containsEntry("own", "7");
    }

    @Test
    void stateOfTheWorldKeepsTheVersionThroughARefusal() {
        connect(AdsClient.Variant.STATE_OF_THE_WORLD);
        respond(ResourceType.CLUSTER, "1", edsCluster("web"));
        respond(ResourceType.ENDPOINTS, "1", endpoints("web", 81));
        respond(ResourceType.LISTENER, "1", SECURED);
        respond(ResourceType.ROUTES, "1", routes("r", "web"));
        assertThat(first.lastSotw(ResourceType.SECRET).getResourceNamesList()).containsExactly("own");

        respond(ResourceType.SECRET, "1", certificate("own", Pem.OWN));
        assertThat(config.live().listeners()).hasSize(1);
        respond(ResourceType.SECRET, "2", validation("own", Pem.AUTHORITY));

        DiscoveryRequest refusal = first.lastSotw(ResourceType.SECRET);
        assertThat(refusal.getVersionInfo()).isEqualTo("1");
        assertThat(refusal.getErrorDetail().getMessage())
                .isEqualTo("own: validation_context (expected: tls_certificate)");

        respond(ResourceType.LISTENER, "2", listener("in", 1, "r"));
        assertThat(first.lastSotw(ResourceType.SECRET).getResourceNamesList()).isEqualTo(List.of());
    }
}
