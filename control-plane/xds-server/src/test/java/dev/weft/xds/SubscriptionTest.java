package dev.weft.xds;

import static dev.weft.xds.Content.cluster;
import static dev.weft.xds.Content.endpoints;
import static dev.weft.xds.Content.listener;
import static dev.weft.xds.Content.routes;
import static dev.weft.xds.Content.secret;
import static dev.weft.xds.ResourceType.CLUSTER;
import static dev.weft.xds.ResourceType.ENDPOINT;
import static dev.weft.xds.ResourceType.LISTENER;
import static dev.weft.xds.ResourceType.ROUTE;
import static dev.weft.xds.ResourceType.SECRET;
import static org.assertj.core.api.Assertions.assertThat;

import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** S12–S19: which names a client hears of. */
class SubscriptionTest {
    private final TestServer server = new TestServer();

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void s12AStateOfTheWorldNameIsSentWhenItIsNewlyAskedThoughNothingChanged() {
        server.publish(1, endpoints("a", 1), endpoints("b", 1));
        SotwClient client = server.sotw();
        client.request(ENDPOINT, "a");

        client.ack(client.next(ENDPOINT), "a", "b");

        assertThat(SotwClient.namesOf(client.next(ENDPOINT))).containsExactly("b");
    }

    @Test
    void s12ANameThatIsLeftOutIsNoLongerServed() {
        server.publish(1, endpoints("a", 1), endpoints("b", 1));
        SotwClient client = server.sotw();
        client.request(ENDPOINT, "a", "b");

        client.ack(client.next(ENDPOINT), "b");
        server.publish(2, endpoints("a", 2), endpoints("b", 1));

        assertThat(client.isSilent()).isTrue();
    }

    @Test
    void s12ANameThatWasLeftOutAndComesBackIsSentAgain() {
        server.publish(1, endpoints("a", 1), endpoints("b", 1));
        SotwClient client = server.sotw();
        client.request(ENDPOINT, "a", "b");
        DiscoveryResponse response = client.next(ENDPOINT);
        client.ack(response, "b");

        client.ack(response, "a", "b");

        assertThat(SotwClient.namesOf(client.next(ENDPOINT))).containsExactly("a");
    }

    @Test
    void s13ListenersAndClustersWithoutNamesMeanAllOfThem() {
        server.publish(1, cluster("a", "1"), cluster("b", "1"), listener("l", "r"));
        SotwClient client = server.sotw();

        client.request(CLUSTER).request(LISTENER);

        assertThat(SotwClient.namesOf(client.nextAcked(CLUSTER))).containsExactlyInAnyOrder("a", "b");
        assertThat(SotwClient.namesOf(client.nextAcked(LISTENER))).containsExactly("l");
        server.publish(2, cluster("a", "1"), cluster("b", "1"), cluster("c", "1"), listener("l", "r"));
        assertThat(SotwClient.namesOf(client.next(CLUSTER))).containsExactlyInAnyOrder("a", "b", "c");
    }

    @Test
    void s14AStarAndANameMeanBothAndThenTheNameAloneAndThenNothing() {
        server.publish(1, cluster("a", "1"), cluster("b", "1"));
        SotwClient client = server.sotw();
        client.request(CLUSTER, "*", "a");
        DiscoveryResponse both = client.next(CLUSTER);
        assertThat(SotwClient.namesOf(both)).containsExactlyInAnyOrder("a", "b");

        client.ack(both, "a");
        assertThat(client.isSilent()).isTrue();
        server.publish(2, cluster("a", "2"), cluster("b", "2"));
        DiscoveryResponse onlyA = client.next(CLUSTER);
        assertThat(SotwClient.namesOf(onlyA)).containsExactly("a");

        client.ack(onlyA, new String[0]);
        server.publish(3, cluster("a", "3"), cluster("b", "3"));
        assertThat(client.isSilent()).isTrue();
    }

    @Test
    void s14ANamelessStreamThatAsksForANameIsNoWildcardAnyMore() {
        server.publish(1, cluster("a", "1"), cluster("b", "1"));
        SotwClient client = server.sotw();
        client.request(CLUSTER);

        client.ack(client.next(CLUSTER), "a");
        assertThat(SotwClient.namesOf(client.nextAcked(CLUSTER))).containsExactly("a");
        server.publish(2, cluster("a", "1"), cluster("b", "2"));

        assertThat(client.isSilent()).isTrue();
    }

    @Test
    void s15TheDeltaWildcardAndNamesComeAndGoEachByItsOwn() {
        server.publish(1, cluster("a", "1"), cluster("b", "1"));
        DeltaClient client = server.delta();
        client.subscribe(CLUSTER);
        assertThat(DeltaClient.namesOf(client.nextAcked(CLUSTER))).containsExactlyInAnyOrder("a", "b");

        client.subscribe(CLUSTER, "a");
        assertThat(DeltaClient.namesOf(client.nextAcked(CLUSTER))).containsExactly("a");
        server.publish(2, cluster("a", "1"), cluster("b", "2"));
        assertThat(DeltaClient.namesOf(client.nextAcked(CLUSTER))).containsExactly("b");

        client.unsubscribe(CLUSTER, "*");
        server.publish(3, cluster("a", "3"), cluster("b", "3"));
        assertThat(DeltaClient.namesOf(client.nextAcked(CLUSTER))).containsExactly("a");

        client.unsubscribe(CLUSTER, "a");
        client.subscribe(CLUSTER);
        server.publish(4, cluster("a", "4"), cluster("b", "4"));
        assertThat(client.isSilent()).isTrue();
    }

    @Test
    void s16RoutesEndpointsAndSecretsWithoutNamesMeanNothing() {
        server.publish(1, routes("r", "a"), endpoints("a", 1), secret("s"));
        SotwClient sotw = server.sotw();
        DeltaClient delta = server.delta();

        sotw.request(ROUTE).request(ENDPOINT).request(SECRET);
        delta.subscribe(ROUTE).subscribe(ENDPOINT).subscribe(SECRET);

        assertThat(sotw.isSilent()).isTrue();
        assertThat(delta.isSilent()).isTrue();
    }

    @Test
    void s16AGrpcClientNeverMeansAWildcardByAnEmptyRequest() {
        server.publish(1, cluster("a", "1"));
        Node grpc =
                TestServer.node("g1").toBuilder().setUserAgentName("gRPC Java").build();
        SotwClient client = server.sotw(grpc);

        client.request(CLUSTER);
        assertThat(client.isSilent()).isTrue();

        client.request(CLUSTER, "a");
        assertThat(SotwClient.namesOf(client.next(CLUSTER))).containsExactly("a");
    }

    @Test
    void s17AMissingNameIsRememberedAndSentWhenItAppears() {
        server.publish(1, routes("other", "a"));
        SotwClient sotw = server.sotw();
        sotw.request(ROUTE, "late");
        assertThat(sotw.isSilent()).isTrue();

        server.publish(2, routes("other", "a"), routes("late", "a"));

        assertThat(SotwClient.namesOf(sotw.next(ROUTE))).containsExactly("late");
    }

    @Test
    void s18OneMissingNameDoesNotHoldBackTheOthers() {
        server.publish(1, endpoints("a", 1));
        SotwClient client = server.sotw();

        client.request(ENDPOINT, "missing", "a");

        assertThat(SotwClient.namesOf(client.next(ENDPOINT))).containsExactly("a");
    }

    @Test
    void s18AMissingClusterIsToldByItsAbsence() {
        server.publish(1, cluster("a", "1"));
        SotwClient client = server.sotw();

        client.request(CLUSTER, "missing");

        assertThat(client.next(CLUSTER).getResourcesList()).isEmpty();
    }

    @Test
    void s19ThousandsOfNamesInOneRequestAreServedInResponsesOfBoundedSize() {
        try (TestServer small =
                new TestServer(Settings.builder().maxResponseBytes(20_000).build())) {
            XdsResource[] many = IntStream.range(0, 3_000)
                    .mapToObj(i -> endpoints("cluster-" + i, 1 + i))
                    .toArray(XdsResource[]::new);
            small.publish(1, many);
            DeltaClient client = small.delta();

            client.subscribe(
                    ENDPOINT,
                    IntStream.range(0, 3_000).mapToObj(i -> "cluster-" + i).toArray(String[]::new));

            int seen = 0;
            while (seen < 3_000) {
                DeltaDiscoveryResponse response = client.nextAcked(ENDPOINT);
                assertThat(response.getSerializedSize()).isLessThan(25_000);
                seen += response.getResourcesCount();
            }
            assertThat(seen).isEqualTo(3_000);
            assertThat(client.isSilent()).isTrue();
        }
    }

    @Test
    void s19ManyStreamsForOneTypeAreEachServed() {
        server.publish(1, endpoints("a", 1), endpoints("b", 1));
        SotwClient first = server.sotw();
        SotwClient second = server.sotw();

        first.request(ENDPOINT, "a");
        second.request(ENDPOINT, "b");

        assertThat(SotwClient.namesOf(first.next(ENDPOINT))).containsExactly("a");
        assertThat(SotwClient.namesOf(second.next(ENDPOINT))).containsExactly("b");
    }

    @Test
    void aClientThatComesBeforeTheFirstSnapshotIsServedWhenItComes() {
        SotwClient sotw = server.sotw();
        DeltaClient delta = server.delta();
        sotw.request(CLUSTER).request(ENDPOINT, "a");
        delta.subscribe(CLUSTER).subscribe(ENDPOINT, "a", "b");
        assertThat(sotw.isSilent()).isTrue();
        assertThat(delta.isSilent()).isTrue();

        server.publish(1, cluster("a", "1"), endpoints("a", 1));

        assertThat(SotwClient.namesOf(sotw.next(CLUSTER))).containsExactly("a");
        assertThat(SotwClient.namesOf(sotw.next(ENDPOINT))).containsExactly("a");
        assertThat(DeltaClient.namesOf(delta.next(CLUSTER))).containsExactly("a");
        DeltaDiscoveryResponse endpoints = delta.next(ENDPOINT);
        assertThat(DeltaClient.namesOf(endpoints)).containsExactly("a");
        assertThat(endpoints.getRemovedResourcesList()).containsExactly("b");
    }
}
