package dev.weft.xds;

import static dev.weft.xds.Content.cluster;
import static dev.weft.xds.Content.endpoints;
import static dev.weft.xds.ResourceType.CLUSTER;
import static dev.weft.xds.ResourceType.ENDPOINT;
import static org.assertj.core.api.Assertions.assertThat;

import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.cluster.v3.ClusterDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.grpc.Status;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** S1–S4: what every stream owes, whatever it carries. */
class StreamBasicsTest {
    private final TestServer server = new TestServer();

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void s1AnAggregatedRequestWithoutATypeIsAnInvalidArgument() {
        SotwClient client = server.sotw();

        client.send(DiscoveryRequest.newBuilder());

        Status end = Objects.requireNonNull(client.responses.end());
        assertThat(end.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(end.getDescription()).contains("type_url");
    }

    @Test
    void s1APerTypeStreamImpliesItsType() {
        server.publish(1, cluster("a", "1"));
        SotwClient client = new SotwClient(
                TestServer.node("n1"), ClusterDiscoveryServiceGrpc.newStub(server.channel())::streamClusters);

        client.send(DiscoveryRequest.newBuilder());

        assertThat(SotwClient.namesOf(client.next(CLUSTER))).containsExactly("a");
    }

    @Test
    void s1APerTypeStreamRefusesAnotherType() {
        SotwClient client = new SotwClient(
                TestServer.node("n1"), ClusterDiscoveryServiceGrpc.newStub(server.channel())::streamClusters);

        client.request(ENDPOINT, "a");

        assertThat(Objects.requireNonNull(client.responses.end()).getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    }

    @Test
    void s2TheNodeOfTheFirstRequestHoldsForLaterOnesWithoutOne() {
        server.publish(1, cluster("a", "1"), endpoints("a", 80));
        SotwClient client = server.sotw();

        client.request(CLUSTER);
        client.send(DiscoveryRequest.newBuilder()
                .setNode(Node.getDefaultInstance())
                .setTypeUrl(ENDPOINT.typeUrl())
                .addResourceNames("a"));

        assertThat(server.status().client().nodeId()).isEqualTo("n1");
        client.next(CLUSTER);
        client.next(ENDPOINT);
    }

    @Test
    void s2AFirstRequestWithoutANodeIsAnInvalidArgument() {
        SotwClient client = server.sotw(Node.getDefaultInstance());

        client.request(CLUSTER);

        Status end = Objects.requireNonNull(client.responses.end());
        assertThat(end.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(end.getDescription()).contains("node.id");
    }

    @Test
    void s3EveryResponseHasItsOwnNonceItsTypeAndTheControlPlanesName() {
        server.publish(1, cluster("a", "1"), endpoints("a", 80));
        SotwClient client = server.sotw();
        Set<String> nonces = new HashSet<>();

        client.request(CLUSTER);
        client.request(ENDPOINT, "a");
        DiscoveryResponse clusters = client.nextAcked(CLUSTER);
        DiscoveryResponse endpoints = client.nextAcked(ENDPOINT);
        server.publish(2, cluster("a", "2"), endpoints("a", 80));
        DiscoveryResponse changed = client.next(CLUSTER);

        for (DiscoveryResponse response : new DiscoveryResponse[] {clusters, endpoints, changed}) {
            assertThat(nonces.add(response.getNonce())).isTrue();
            assertThat(response.getNonce()).isNotEmpty();
            assertThat(response.getControlPlane().getIdentifier()).isEqualTo("weft");
        }
    }

    @Test
    void s4AStateOfTheWorldStreamStaysSilentOnAnUnknownTypeAndOpen() {
        server.publish(1, cluster("a", "1"));
        SotwClient client = server.sotw();

        client.request(ResourceType.of("some.unheard.of.Type"), "x");
        assertThat(client.isSilent()).isTrue();

        client.request(CLUSTER);
        client.next(CLUSTER);
    }

    @Test
    void s4ADeltaStreamAnswersAnUnknownTypeWithRemovals() {
        server.publish(1, cluster("a", "1"));
        DeltaClient client = server.delta();

        client.subscribe(ResourceType.of("some.unheard.of.Type"), "x", "y");

        DeltaDiscoveryResponse response = client.next();
        assertThat(response.getResourcesList()).isEmpty();
        assertThat(response.getRemovedResourcesList()).containsExactly("x", "y");
        assertThat(client.isSilent()).isTrue();
    }

    @Test
    void aRefusedNodeIsToldWhy() {
        SotwClient client = server.sotw(TestServer.node("unwelcome"));

        client.request(CLUSTER);

        Status end = Objects.requireNonNull(client.responses.end());
        assertThat(end.getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
        assertThat(end.getDescription()).isEqualTo("node unwelcome: not of this mesh");
        assertThat(server.observer.events).isEmpty();
    }
}
