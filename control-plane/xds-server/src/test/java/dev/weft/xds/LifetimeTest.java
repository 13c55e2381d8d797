package dev.weft.xds;

import static dev.weft.xds.Content.cluster;
import static dev.weft.xds.Content.endpoints;
import static dev.weft.xds.ResourceType.CLUSTER;
import static dev.weft.xds.ResourceType.ENDPOINT;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.rpc.Code;
import com.google.rpc.Status;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** S37–S38: time to live, and resources that exist but cannot be served. */
class LifetimeTest {
    private static final Duration TTL = Duration.ofSeconds(9);
    private static final Node WITH_TTL =
            TestServer.node("n1", "xds.config.supports-resource-ttl", "xds.config.resource-in-sotw");

    private final TestServer server = new TestServer();

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void s37AClientThatDoesNotKnowTimeToLiveIsSentNone() {
        server.publish(1, endpoints("a", 1).withTtl(TTL));
        DeltaClient client = server.delta();
        client.subscribe(ENDPOINT, "a");

        assertThat(client.nextAcked(ENDPOINT).getResources(0).hasTtl()).isFalse();

        server.pass(TTL.multipliedBy(3));
        assertThat(client.isSilent()).isTrue();
    }

    @Test
    void s37AClientThatKnowsTimeToLiveIsSentHeartbeatsInTime() {
        server.publish(1, endpoints("a", 1).withTtl(TTL), endpoints("b", 1));
        DeltaClient client = server.delta(WITH_TTL);
        client.subscribe(ENDPOINT, "a", "b");
        assertThat(client.nextAcked(ENDPOINT).getResources(0).getTtl().getSeconds())
                .isEqualTo(TTL.toSeconds());

        for (int i = 0; i < 5; i++) {
            server.pass(TTL.dividedBy(2));
            DeltaDiscoveryResponse beat = client.nextAcked(ENDPOINT);
            assertThat(DeltaClient.namesOf(beat)).containsExactly("a");
            assertThat(beat.getResources(0).hasResource()).isFalse();
            assertThat(beat.getResources(0).getTtl().getSeconds()).isEqualTo(TTL.toSeconds());
            client.responses.all().clear();
        }
        assertThat(server.status().liveAt(1)).isTrue();
    }

    @Test
    void s37TheSameHoldsForTheStateOfTheWorld() throws Exception {
        server.publish(1, endpoints("a", 1).withTtl(TTL));
        SotwClient client = server.sotw(WITH_TTL);
        client.request(ENDPOINT, "a");
        Resource first = client.nextAcked(ENDPOINT).getResources(0).unpack(Resource.class);
        assertThat(first.getTtl().getSeconds()).isEqualTo(TTL.toSeconds());

        server.pass(TTL.dividedBy(2));

        Resource beat = client.nextAcked(ENDPOINT).getResources(0).unpack(Resource.class);
        assertThat(beat.getName()).isEqualTo("a");
        assertThat(beat.hasResource()).isFalse();
    }

    @Test
    void s37HeartbeatsEndWithTheResource() {
        server.publish(1, endpoints("a", 1).withTtl(TTL));
        DeltaClient client = server.delta(WITH_TTL);
        client.subscribe(ENDPOINT, "a");
        client.nextAcked(ENDPOINT);

        server.publish(2);
        client.nextAcked(ENDPOINT);
        server.pass(TTL.multipliedBy(3));

        assertThat(client.isSilent()).isTrue();
        assertThat(server.clock.waiting()).isZero();
    }

    @Test
    void s38WhatCannotBeServedIsToldWithTheReasonAndWhatTheClientHasStays() {
        server.publish(1, cluster("a", "1"), cluster("b", "1"));
        SotwClient sotw = server.sotw();
        DeltaClient delta = server.delta();
        sotw.request(CLUSTER);
        sotw.nextAcked(CLUSTER);
        delta.subscribe(CLUSTER);
        delta.nextAcked(CLUSTER);
        Status reason = Status.newBuilder()
                .setCode(Code.INTERNAL_VALUE)
                .setMessage("a: its secret is gone")
                .build();

        server.publish(2, XdsResource.unavailable(CLUSTER, "a", reason), cluster("b", "1"));

        DiscoveryResponse response = sotw.nextAcked(CLUSTER);
        assertThat(SotwClient.namesOf(response)).containsExactlyInAnyOrder("a", "b");
        assertThat(response.getResourceErrors(0).getResourceName().getName()).isEqualTo("a");
        assertThat(response.getResourceErrors(0).getErrorDetail()).isEqualTo(reason);
        DeltaDiscoveryResponse change = delta.nextAcked(CLUSTER);
        assertThat(change.getResourceErrors(0).getErrorDetail()).isEqualTo(reason);
        assertThat(change.getResourcesList()).isEmpty();
        assertThat(change.getRemovedResourcesList()).isEmpty();
        server.publish(3, cluster("a", "1"), cluster("b", "1"));
        assertThat(DeltaClient.namesOf(delta.nextAcked(CLUSTER))).containsExactly("a");
    }

    @Test
    void s38AClientWithoutAnOlderVersionIsToldAlsoThatThereIsNone() {
        Status reason = Status.newBuilder().setMessage("no").build();
        server.publish(1, XdsResource.unavailable(ENDPOINT, "a", reason));
        SotwClient sotw = server.sotw();
        DeltaClient delta = server.delta();

        sotw.request(ENDPOINT, "a");
        delta.subscribe(ENDPOINT, "a");

        DiscoveryResponse response = sotw.next(ENDPOINT);
        assertThat(response.getResourcesList()).isEmpty();
        assertThat(response.getResourceErrors(0).getErrorDetail()).isEqualTo(reason);
        DeltaDiscoveryResponse missing = delta.next(ENDPOINT);
        assertThat(missing.getRemovedResourcesList()).containsExactly("a");
        assertThat(missing.getResourceErrorsCount()).isEqualTo(1);
    }
}
