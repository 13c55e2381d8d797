package dev.weft.xds;

import static dev.weft.xds.Content.cluster;
import static dev.weft.xds.Content.endpoints;
import static dev.weft.xds.Content.routes;
import static dev.weft.xds.ResourceType.CLUSTER;
import static dev.weft.xds.ResourceType.ENDPOINT;
import static dev.weft.xds.ResourceType.LISTENER;
import static dev.weft.xds.ResourceType.ROUTE;
import static org.assertj.core.api.Assertions.assertThat;

import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** S25–S31: the incremental variant. */
class DeltaTest {
    private final TestServer server = new TestServer();

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void s25OnlyWhatChangedIsSentWithNameAndVersion() {
        server.publish(1, cluster("a", "1"), cluster("b", "1"));
        DeltaClient client = server.delta();
        client.subscribe(CLUSTER);
        client.nextAcked(CLUSTER);

        server.publish(2, cluster("a", "1"), cluster("b", "2"));

        DeltaDiscoveryResponse response = client.next(CLUSTER);
        assertThat(DeltaClient.namesOf(response)).containsExactly("b");
        assertThat(response.getResources(0).getVersion())
                .isEqualTo(cluster("b", "2").version());
        assertThat(response.getResources(0).getResource())
                .isEqualTo(cluster("b", "2").body());
        assertThat(response.getRemovedResourcesList()).isEmpty();
        assertThat(response.getSystemVersionInfo()).isEqualTo("2");
    }

    @Test
    void s25WhatIsGoneIsRemovedByName() {
        server.publish(1, cluster("a", "1"), cluster("b", "1"));
        DeltaClient client = server.delta();
        client.subscribe(CLUSTER);
        client.nextAcked(CLUSTER);

        server.publish(2, cluster("a", "1"));

        DeltaDiscoveryResponse response = client.next(CLUSTER);
        assertThat(response.getResourcesList()).isEmpty();
        assertThat(response.getRemovedResourcesList()).containsExactly("b");
    }

    @Test
    void s26ANameThatIsSubscribedAgainIsSentAgain() {
        server.publish(1, endpoints("a", 1));
        DeltaClient client = server.delta();
        client.subscribe(ENDPOINT, "a");
        client.nextAcked(ENDPOINT);

        client.subscribe(ENDPOINT, "a");

        assertThat(DeltaClient.namesOf(client.next(ENDPOINT))).containsExactly("a");
    }

    @Test
    void s27AMissingNameIsToldAtOnceAndSentWhenItIsCreated() {
        server.publish(1, routes("other", "a"));
        DeltaClient client = server.delta();
        client.subscribe(ROUTE, "r");
        DeltaDiscoveryResponse missing = client.nextAcked(ROUTE);
        assertThat(missing.getRemovedResourcesList()).containsExactly("r");

        server.publish(2, routes("other", "a"), routes("r", "a"));

        assertThat(DeltaClient.namesOf(client.next(ROUTE))).containsExactly("r");
    }

    @Test
    void s28ANeedlessUnsubscribeIsIgnored() {
        server.publish(1, cluster("a", "1"));
        DeltaClient client = server.delta();
        client.subscribe(CLUSTER);
        client.nextAcked(CLUSTER);

        client.unsubscribe(CLUSTER, "a", "never heard of").unsubscribe(ENDPOINT, "a");

        assertThat(client.isSilent()).isTrue();
        server.publish(2, cluster("a", "2"));
        assertThat(DeltaClient.namesOf(client.next(CLUSTER))).containsExactly("a");
    }

    @Test
    void s29ANameDroppedUnderAWildcardIsAnsweredWithTheResource() {
        server.publish(1, cluster("a", "1"), cluster("b", "1"));
        DeltaClient client = server.delta();
        client.subscribe(CLUSTER, "*", "a");
        client.nextAcked(CLUSTER);

        client.unsubscribe(CLUSTER, "a");

        assertThat(DeltaClient.namesOf(client.next(CLUSTER))).containsExactly("a");
    }

    @Test
    void s29ANameDroppedUnderAWildcardIsAnsweredWithItsRemovalWhenThereIsNone() {
        server.publish(1, cluster("b", "1"));
        DeltaClient client = server.delta();
        client.subscribe(CLUSTER, "*", "a");
        client.nextAcked(CLUSTER);

        client.unsubscribe(CLUSTER, "a");

        assertThat(client.next(CLUSTER).getRemovedResourcesList()).containsExactly("a");
    }

    @Test
    void s30AReturningClientIsSentWhatDiffersAndWhatIsGoneAndNothingElse() {
        server.publish(3, cluster("same", "1"), cluster("changed", "2"), cluster("new", "1"));
        DeltaClient client = server.delta();

        client.resume(
                CLUSTER,
                Map.of(
                        "same", cluster("same", "1").version(),
                        "changed", cluster("changed", "1").version(),
                        "gone", cluster("gone", "1").version()));

        DeltaDiscoveryResponse response = client.nextAcked(CLUSTER);
        assertThat(DeltaClient.namesOf(response)).containsExactlyInAnyOrder("changed", "new");
        assertThat(response.getRemovedResourcesList()).containsExactly("gone");
        assertThat(client.isSilent()).isTrue();
        server.publish(4, cluster("changed", "2"), cluster("new", "1"));
        assertThat(client.next(CLUSTER).getRemovedResourcesList()).containsExactly("same");
    }

    @Test
    void s30AReturningClientThatNamesResourcesIsTreatedAlike() {
        server.publish(3, endpoints("same", 1), endpoints("changed", 2));
        DeltaClient client = server.delta();

        client.resume(
                ENDPOINT,
                Map.of(
                        "same",
                        endpoints("same", 1).version(),
                        "changed",
                        endpoints("changed", 1).version(),
                        "gone",
                        "x",
                        "not subscribed",
                        "y"),
                "same",
                "changed",
                "gone");

        DeltaDiscoveryResponse response = client.nextAcked(ENDPOINT);
        assertThat(DeltaClient.namesOf(response)).containsExactly("changed");
        assertThat(response.getRemovedResourcesList()).containsExactly("gone");
        assertThat(client.isSilent()).isTrue();
    }

    @Test
    void s31AFirstWildcardRequestIsAnsweredEvenWhenThereIsNothing() {
        server.publish(1, cluster("a", "1"));
        DeltaClient client = server.delta();

        client.subscribe(LISTENER);

        DeltaDiscoveryResponse response = client.nextAcked(LISTENER);
        assertThat(response.getResourcesList()).isEmpty();
        assertThat(response.getRemovedResourcesList()).isEmpty();
        assertThat(client.isSilent()).isTrue();
        SotwClient sotw = server.sotw();
        sotw.request(LISTENER);
        assertThat(sotw.next(LISTENER).getResourcesList()).isEmpty();
    }
}
