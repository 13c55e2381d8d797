package dev.weft.xds;

import static dev.weft.xds.Content.cluster;
import static dev.weft.xds.Content.endpoints;
import static dev.weft.xds.Content.routes;
import static dev.weft.xds.ResourceType.CLUSTER;
import static dev.weft.xds.ResourceType.ENDPOINT;
import static dev.weft.xds.ResourceType.ROUTE;
import static org.assertj.core.api.Assertions.assertThat;

import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** S5–S11: what accepting, refusing and stale nonces mean. */
class AcknowledgementTest {
    private final TestServer server = new TestServer();

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void s5ARequestWithAnOldVersionButNoErrorAcceptsTheResponse() {
        server.publish(1, cluster("a", "1"));
        SotwClient client = server.sotw();
        client.request(CLUSTER);
        DiscoveryResponse response = client.next();

        client.send(DiscoveryRequest.newBuilder()
                .setTypeUrl(CLUSTER.typeUrl())
                .setVersionInfo("some older version")
                .setResponseNonce(response.getNonce()));

        assertThat(server.observer.events).contains("acked n1 cluster@1");
    }

    @Test
    void s5ARequestWithAnErrorRefusesEvenIfItNamesTheNewVersion() {
        server.publish(1, cluster("a", "1"));
        SotwClient client = server.sotw();
        client.request(CLUSTER);
        DiscoveryResponse response = client.next();

        client.send(DiscoveryRequest.newBuilder()
                .setTypeUrl(CLUSTER.typeUrl())
                .setVersionInfo(response.getVersionInfo())
                .setResponseNonce(response.getNonce())
                .setErrorDetail(com.google.rpc.Status.getDefaultInstance()));

        assertThat(server.observer.events).contains("nacked n1 cluster@1: ");
    }

    @Test
    void s6AfterAnAckThereIsSilenceUntilSomethingChanges() {
        server.publish(1, cluster("a", "1"));
        SotwClient client = server.sotw();
        client.request(CLUSTER);
        client.nextAcked(CLUSTER);
        assertThat(client.isSilent()).isTrue();

        server.publish(2, cluster("a", "2"));

        client.next(CLUSTER);
    }

    @Test
    void s7ARefusedVersionIsNotSentAgainAndTheRefusalIsOnRecord() {
        server.publish(1, cluster("a", "1"));
        SotwClient client = server.sotw();
        client.request(CLUSTER);
        client.nextAcked(CLUSTER);
        server.publish(2, cluster("a", "bad"));

        client.nack(client.next(CLUSTER), "a: I do not like it");

        assertThat(client.isSilent()).isTrue();
        StreamStatus.TypeStatus status = server.status().types().get(CLUSTER);
        assertThat(status).isNotNull();
        assertThat(status.acked().orElseThrow().revision()).isEqualTo(1);
        StreamStatus.Refusal refusal = status.refusal().orElseThrow();
        assertThat(refusal.revision()).isEqualTo(2);
        assertThat(refusal.reason()).isEqualTo("a: I do not like it");
        assertThat(server.observer.events).contains("nacked n1 cluster@2: a: I do not like it");
        server.publish(3, cluster("a", "bad"));
        assertThat(client.isSilent()).isTrue();
    }

    @Test
    void s7BesideARefusedClusterOthersStillChangeAndItsLastGoodVersionStandsIn() {
        XdsResource good = cluster("a", "1");
        server.publish(1, good, cluster("b", "1"));
        SotwClient client = server.sotw();
        client.request(CLUSTER);
        client.nextAcked(CLUSTER);
        server.publish(2, cluster("a", "bad"), cluster("b", "1"));
        client.nack(client.next(CLUSTER), "a: bad");

        server.publish(3, cluster("a", "bad"), cluster("b", "2"));

        DiscoveryResponse response = client.next(CLUSTER);
        assertThat(response.getResourcesList())
                .containsExactlyInAnyOrder(good.body(), cluster("b", "2").body());
    }

    @Test
    void s7WhatWasRefusedTogetherWithTheBadIsOfferedAgainBesideItsCorrection() {
        DeltaClient client = server.delta();
        server.publish(1, cluster("good", "1"), cluster("bad", "1"));
        client.subscribe(CLUSTER);
        client.nack(client.next(CLUSTER), "bad: wrong");
        server.publish(2, cluster("good", "1"), cluster("bad", "1"), cluster("other", "1"));
        assertThat(DeltaClient.namesOf(client.nextAcked(CLUSTER))).containsExactly("other");

        server.publish(3, cluster("good", "1"), cluster("bad", "corrected"), cluster("other", "1"));

        assertThat(DeltaClient.namesOf(client.nextAcked(CLUSTER))).containsExactlyInAnyOrder("good", "bad");
        assertThat(server.status().liveAt(3)).isTrue();
    }

    @Test
    void s7ARefusalEndsWhenTheContentGoesBackToWhatTheClientHas() {
        server.publish(1, cluster("a", "1"));
        SotwClient client = server.sotw();
        client.request(CLUSTER);
        client.nextAcked(CLUSTER);
        server.publish(2, cluster("a", "bad"));
        client.nack(client.next(CLUSTER), "bad");

        server.publish(3, cluster("a", "1"));
        client.nextAcked(CLUSTER);

        assertThat(server.status().types().get(CLUSTER))
                .matches(status -> status.refusal().isEmpty());
        assertThat(server.status().liveAt(3)).isTrue();
    }

    @Test
    void s8AStaleNonceTriggersNothingButItsNamesAreServedAfterTheAck() {
        server.publish(1, endpoints("a", 1), endpoints("b", 1));
        SotwClient client = server.sotw();
        client.request(ENDPOINT, "a");
        DiscoveryResponse first = client.nextAcked(ENDPOINT);
        server.publish(2, endpoints("a", 2), endpoints("b", 1));
        DiscoveryResponse second = client.next(ENDPOINT);

        client.ack(first, "a", "b");
        assertThat(client.isSilent()).isTrue();

        client.ack(second);
        assertThat(SotwClient.namesOf(client.next(ENDPOINT))).containsExactly("b");
    }

    @Test
    void s9ADeltaRequestWithAStaleNonceStillSubscribes() {
        server.publish(1, endpoints("a", 1), endpoints("b", 1));
        DeltaClient client = server.delta();
        client.subscribe(ENDPOINT, "a");
        DeltaDiscoveryResponse first = client.nextAcked(ENDPOINT);

        client.send(DeltaDiscoveryRequest.newBuilder()
                .setTypeUrl(ENDPOINT.typeUrl())
                .setResponseNonce(first.getNonce() + "-stale")
                .addResourceNamesSubscribe("b"));

        assertThat(DeltaClient.namesOf(client.next(ENDPOINT))).containsExactly("b");
    }

    @Test
    void s10NamesAskedWhileAResponseIsOutstandingAreServed() {
        server.publish(1, routes("r1", "a"), routes("r2", "a"));
        DeltaClient client = server.delta();
        client.subscribe(ROUTE, "r1");
        DeltaDiscoveryResponse outstanding = client.next(ROUTE);

        client.subscribe(ROUTE, "r2");
        client.ack(outstanding);

        assertThat(DeltaClient.namesOf(client.next(ROUTE))).containsExactly("r2");
    }

    @Test
    void s11AWildcardClientThatReturnsWithTheSameSetIsNotSentItAgain() {
        server.publish(1, cluster("a", "1"), cluster("b", "1"));
        SotwClient before = server.sotw();
        before.request(CLUSTER);
        String version = before.nextAcked(CLUSTER).getVersionInfo();
        before.breakOff();

        SotwClient after = server.sotw();
        after.send(DiscoveryRequest.newBuilder().setTypeUrl(CLUSTER.typeUrl()).setVersionInfo(version));

        assertThat(after.isSilent()).isTrue();
        assertThat(server.status().liveAt(1)).isTrue();
        server.publish(2, cluster("a", "1"), cluster("b", "2"));
        assertThat(SotwClient.namesOf(after.next(CLUSTER))).containsExactlyInAnyOrder("a", "b");
    }

    @Test
    void s11AClientThatReturnsWithAnotherVersionIsSentEverything() {
        server.publish(1, cluster("a", "1"));
        SotwClient client = server.sotw();

        client.send(DiscoveryRequest.newBuilder().setTypeUrl(CLUSTER.typeUrl()).setVersionInfo("something else"));

        assertThat(SotwClient.namesOf(client.next(CLUSTER))).containsExactly("a");
    }

    @Test
    void s11AClientThatNamesWhatItWantsIsAnsweredWhateverItsVersion() {
        server.publish(1, cluster("a", "1"));
        SotwClient before = server.sotw();
        before.request(CLUSTER, "a");
        String version = before.nextAcked(CLUSTER).getVersionInfo();

        SotwClient after = server.sotw();
        after.send(DiscoveryRequest.newBuilder()
                .setTypeUrl(CLUSTER.typeUrl())
                .setVersionInfo(version)
                .addResourceNames("a"));

        after.next(CLUSTER);
    }

    @Test
    void twoServersSayTheSameVersionForTheSameContentAtDifferentRevisions() {
        try (TestServer other = new TestServer()) {
            server.publish(5, cluster("a", "1"), cluster("b", "1"));
            other.publish(9, cluster("b", "1"), cluster("a", "1"));
            SotwClient here = server.sotw();
            SotwClient there = other.sotw();

            here.request(CLUSTER);
            there.request(CLUSTER);

            assertThat(here.next().getVersionInfo()).isEqualTo(there.next().getVersionInfo());
        }
    }
}
