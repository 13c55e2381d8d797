package dev.weft.sidecar.ads;

import static dev.weft.sidecar.live.Protos.edsCluster;
import static dev.weft.sidecar.live.Protos.endpoints;
import static dev.weft.sidecar.live.Protos.listener;
import static dev.weft.sidecar.live.Protos.routes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.sidecar.xds.ResourceType;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a conformant client does on an incremental stream. */
class DeltaRulesTest extends AdsRules {
    private AdsClient client = client(AdsClient.Variant.DELTA, first);

    @BeforeEach
    void connect() {
        first.start();
        client = client(AdsClient.Variant.DELTA, first);
        client.start();
    }

    private static Cluster wrong(String name) {
        return edsCluster(name).toBuilder()
                .setType(Cluster.DiscoveryType.ORIGINAL_DST)
                .build();
    }

    private void serveWeb() {
        first.respond(ResourceType.CLUSTER, "1", edsCluster("web"));
        first.respond(ResourceType.ENDPOINTS, "1", endpoints("web", 81));
        first.respond(ResourceType.LISTENER, "1", listener("out", 1, "r"));
        first.respond(ResourceType.ROUTES, "1", routes("r", "web"));
    }

    @Test
    void onlyTheFirstMessageCarriesTheNodeWithItsFeatures() {
        assertThat(first.delta).hasSize(2);
        assertThat(first.delta.getFirst().getNode().getId()).isEqualTo("web-1");
        assertThat(first.delta.getFirst().getNode().getClientFeaturesList()).contains("xds.config.resource-in-sotw");
        assertThat(first.delta.get(1).hasNode()).isFalse();
    }

    @Test
    void listenersAndClustersAreAskedForAsAWildcard() {
        assertThat(first.delta)
                .extracting(DeltaDiscoveryRequest::getTypeUrl)
                .containsExactly(ResourceType.CLUSTER.typeUrl(), ResourceType.LISTENER.typeUrl());
        assertThat(first.delta).allMatch(request -> request.getResourceNamesSubscribeCount() == 0);
    }

    @Test
    void referencesAreSubscribedAndGivenBack() {
        serveWeb();
        assertThat(first.delta)
                .anyMatch(request -> request.getTypeUrl().equals(ResourceType.ENDPOINTS.typeUrl())
                        && request.getResourceNamesSubscribeList().equals(List.of("web")))
                .anyMatch(request -> request.getTypeUrl().equals(ResourceType.ROUTES.typeUrl())
                        && request.getResourceNamesSubscribeList().equals(List.of("r")));

        first.respond(ResourceType.CLUSTER, "2", List.of(edsCluster("api")), List.of("web"));

        DeltaDiscoveryRequest change = first.last(ResourceType.ENDPOINTS);
        assertThat(change.getResourceNamesSubscribeList()).containsExactly("api");
        assertThat(change.getResourceNamesUnsubscribeList()).containsExactly("web");
    }

    @Test
    void anAcknowledgementIsSentOnlyAfterTheConfigurationIsLive() {
        serveWeb();
        int before = applied.size();

        first.respond(ResourceType.ENDPOINTS, "2", endpoints("web", 82));

        assertThat(applied).hasSize(before + 1);
        assertThat(first.last(ResourceType.ENDPOINTS).getResponseNonce()).isEqualTo("n5");
        assertThat(first.last(ResourceType.ENDPOINTS).hasErrorDetail()).isFalse();
    }

    @Test
    void aRefusalNamesAllErrorsByResourceAndTheValidPartIsTaken() {
        first.respond(ResourceType.CLUSTER, "1", edsCluster("web"), wrong("a"), wrong("b"));

        DeltaDiscoveryRequest refusal = first.last(ResourceType.CLUSTER);
        assertThat(refusal.getErrorDetail().getMessage()).contains("a: type: ").contains("b: type: ");
        assertThat(config.wanted(ResourceType.ENDPOINTS)).containsExactly("web");
    }

    @Test
    void aTypeThatIsNotKnownIsRefusedToo() {
        serveWeb();
        int before = first.delta.size();

        first.respond(ResourceType.LISTENER, "2", endpoints("web", 1));

        assertThat(first.delta).hasSize(before + 1);
        assertThat(first.delta.getLast().hasErrorDetail()).isTrue();
    }

    @Test
    void aResponseIsAnsweredWithNoSubscriptionLeft() {
        serveWeb();
        first.respond(ResourceType.CLUSTER, "2", List.of(), List.of("web"));

        first.respond(ResourceType.ENDPOINTS, "3", endpoints("web", 83));

        assertThat(first.last(ResourceType.ENDPOINTS).getResponseNonce()).isEqualTo("n6");
        assertThat(config.accepted(ResourceType.ENDPOINTS)).isEmpty();
    }

    @Test
    void aNewStreamSaysWhatWeHaveWithoutANonce() {
        serveWeb();
        first.delta.clear();

        first.endStream();
        timers.pass(Duration.ofSeconds(1));

        assertThat(first.streams).isEqualTo(2);
        assertThat(first.delta)
                .hasSize(4)
                .allMatch(request -> request.getResponseNonce().isEmpty());
        assertThat(first.delta.getFirst().hasNode()).isTrue();
        assertThat(first.last(ResourceType.CLUSTER).getInitialResourceVersionsMap())
                .containsEntry("web", "1");
        assertThat(first.last(ResourceType.ROUTES).getInitialResourceVersionsMap())
                .containsEntry("r", "1");
        assertThat(first.last(ResourceType.ROUTES).getResourceNamesSubscribeList())
                .containsExactly("r");
    }

    @Test
    void aStreamThatEndsAfterAResponseIsNoFailureAndTheConfigurationServesOn() {
        serveWeb();

        first.endStream();
        timers.pass(Duration.ofMillis(50));

        assertThat(unreachable).isEmpty();
        assertThat(first.streams).isEqualTo(2);
        assertThat(config.live().listeners()).hasSize(1);
    }

    @Test
    void aStreamThatEndsBeforeAnyResponseIsTriedAgainAfterAGrowingDelay() {
        first.refuseStreams(true);
        first.endStream();
        assertThat(unreachable).hasSize(1);
        int before = first.streams;

        timers.pass(Duration.ofSeconds(1));
        assertThat(first.streams).isGreaterThan(before);
        timers.pass(Duration.ofMinutes(10));

        assertThat(first.streams).isBetween(before + 30, before + 400);
        first.refuseStreams(false);
        timers.pass(Duration.ofSeconds(15));
        assertThat(client.connected()).isTrue();
    }

    @Test
    void whatDoesNotComeWithin15SecondsOfBeingConnectedDoesNotExist() {
        first.respond(ResourceType.LISTENER, "1", listener("out", 1, "r"));
        assertThat(config.live().listeners()).isEmpty();

        timers.pass(Duration.ofSeconds(15));

        assertThat(config.live().listeners()).hasSize(1);
    }

    @Test
    void leavingHalfClosesTheStream() {
        serveWeb();

        var left = client.leave();

        assertThat(first.halfClosed).isEqualTo(1);
        assertThat(first.broken).isZero();
        assertThat(left).isCompleted();
        timers.pass(Duration.ofMinutes(1));
        assertThat(first.streams).isEqualTo(1);
    }
}
