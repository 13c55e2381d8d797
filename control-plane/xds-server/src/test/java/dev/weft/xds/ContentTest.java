package dev.weft.xds;

import static dev.weft.xds.Content.cluster;
import static dev.weft.xds.Content.endpoints;
import static dev.weft.xds.Content.listener;
import static dev.weft.xds.ResourceType.CLUSTER;
import static dev.weft.xds.ResourceType.ENDPOINT;
import static dev.weft.xds.ResourceType.LISTENER;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** S20–S24: what a state-of-the-world response contains. */
class ContentTest {
    private final TestServer server = new TestServer();

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void s20ResponsesOfClustersAndListenersAreCompleteAndAbsenceDeletes() {
        server.publish(1, cluster("a", "1"), cluster("b", "1"), listener("l", "r"), listener("m", "r"));
        SotwClient client = server.sotw();
        client.request(CLUSTER).request(LISTENER);
        client.nextAcked(CLUSTER);
        client.nextAcked(LISTENER);

        server.publish(2, cluster("a", "2"), cluster("b", "1"), listener("m", "r"));

        assertThat(SotwClient.namesOf(client.nextAcked(CLUSTER))).containsExactlyInAnyOrder("a", "b");
        assertThat(SotwClient.namesOf(client.nextAcked(LISTENER))).containsExactly("m");
        server.publish(3);
        assertThat(client.nextAcked(CLUSTER).getResourcesList()).isEmpty();
        assertThat(client.nextAcked(LISTENER).getResourcesList()).isEmpty();
    }

    @Test
    void s21OtherTypesCarryOnlyWhatChangedAndNoDeletion() {
        server.publish(1, endpoints("a", 1), endpoints("b", 1), endpoints("c", 1));
        SotwClient client = server.sotw();
        client.request(ENDPOINT, "a", "b", "c");
        client.nextAcked(ENDPOINT);

        server.publish(2, endpoints("a", 2), endpoints("b", 1));

        assertThat(SotwClient.namesOf(client.nextAcked(ENDPOINT))).containsExactly("a");
        assertThat(client.isSilent()).isTrue();
        server.publish(3, endpoints("a", 2), endpoints("b", 1), endpoints("c", 1));
        assertThat(SotwClient.namesOf(client.next(ENDPOINT))).containsExactly("c");
    }

    @Test
    void s22ANameThatIsAskedTwiceIsAnsweredOnce() {
        server.publish(1, endpoints("a", 1), cluster("a", "1"));
        SotwClient client = server.sotw();

        client.request(ENDPOINT, "a", "a").request(CLUSTER, "*", "a", "*", "a");

        assertThat(SotwClient.namesOf(client.next(ENDPOINT))).containsExactly("a");
        assertThat(SotwClient.namesOf(client.next(CLUSTER))).containsExactly("a");
    }

    @Test
    void s23NothingIsPushedWhenNothingChangedForTheNode() {
        server.publish(1, endpoints("a", 1), endpoints("b", 1), cluster("a", "1"));
        SotwClient sotw = server.sotw();
        DeltaClient delta = server.delta();
        sotw.request(CLUSTER).request(ENDPOINT, "a");
        sotw.nextAcked(CLUSTER);
        sotw.nextAcked(ENDPOINT);
        delta.subscribe(CLUSTER).subscribe(ENDPOINT, "a");
        delta.nextAcked(CLUSTER);
        delta.nextAcked(ENDPOINT);

        server.publish(2, endpoints("a", 1), endpoints("b", 2), cluster("a", "1"));
        server.publish(3, cluster("a", "1"), endpoints("b", 3), endpoints("a", 1));

        assertThat(sotw.isSilent()).isTrue();
        assertThat(delta.isSilent()).isTrue();
        assertThat(server.xds.behind(3)).isEmpty();
    }

    @Test
    void s24ResourcesAreBareForAClientThatDoesNotSayOtherwise() {
        server.publish(1, cluster("a", "1"));
        SotwClient client = server.sotw();

        client.request(CLUSTER);

        assertThat(client.next().getResources(0)).isEqualTo(cluster("a", "1").body());
    }

    @ParameterizedTest
    @ValueSource(strings = {"xds.config.resource-in-sotw", "xds.config.supports-resource-in-sotw"})
    void s24ResourcesComeInTheirEnvelopeForAClientThatTakesIt(String feature) throws InvalidProtocolBufferException {
        server.publish(1, cluster("a", "1"));
        SotwClient client = server.sotw(TestServer.node("n1", feature));

        client.request(CLUSTER);

        Resource resource = client.next().getResources(0).unpack(Resource.class);
        assertThat(resource.getName()).isEqualTo("a");
        assertThat(resource.getVersion()).isEqualTo(cluster("a", "1").version());
        assertThat(resource.getResource()).isEqualTo(cluster("a", "1").body());
    }
}
