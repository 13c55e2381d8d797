package dev.weft.xds;

import static dev.weft.xds.Content.cluster;
import static dev.weft.xds.Content.edsCluster;
import static dev.weft.xds.Content.endpoints;
import static dev.weft.xds.Content.listener;
import static dev.weft.xds.Content.routes;
import static dev.weft.xds.ResourceType.CLUSTER;
import static dev.weft.xds.ResourceType.ENDPOINT;
import static dev.weft.xds.ResourceType.LISTENER;
import static dev.weft.xds.ResourceType.ROUTE;
import static org.assertj.core.api.Assertions.assertThat;

import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** S32–S36: make before break. */
class OrderTest {
    private final TestServer server = new TestServer();

    @AfterEach
    void stop() {
        server.close();
    }

    /** A state-of-the-world client that runs cluster {@code old} with endpoints, a listener and a route to it. */
    private SotwClient runningSotw() {
        server.publish(1, edsCluster("old", "1"), endpoints("old", 1), listener("l", "r"), routes("r", "old"));
        SotwClient client = server.sotw();
        client.request(CLUSTER);
        client.nextAcked(CLUSTER);
        client.request(ENDPOINT, "old");
        client.nextAcked(ENDPOINT);
        client.request(LISTENER);
        client.nextAcked(LISTENER);
        client.request(ROUTE, "r");
        client.nextAcked(ROUTE);
        assertThat(client.isSilent()).isTrue();
        return client;
    }

    private DeltaClient runningDelta() {
        server.publish(1, edsCluster("old", "1"), endpoints("old", 1), listener("l", "r"), routes("r", "old"));
        DeltaClient client = server.delta();
        client.subscribe(CLUSTER);
        client.nextAcked(CLUSTER);
        client.subscribe(ENDPOINT, "old");
        client.nextAcked(ENDPOINT);
        client.subscribe(LISTENER);
        client.nextAcked(LISTENER);
        client.subscribe(ROUTE, "r");
        client.nextAcked(ROUTE);
        assertThat(client.isSilent()).isTrue();
        return client;
    }

    @Test
    void s32AdditionsGoClustersEndpointsListenersRoutesEachAfterTheAckOfTheOneBefore() {
        SotwClient client = runningSotw();

        server.publish(
                2,
                edsCluster("old", "1"),
                endpoints("old", 1),
                edsCluster("new", "1"),
                endpoints("new", 1),
                listener("l", "r"),
                listener("l2", "r2"),
                routes("r", "old", "new"),
                routes("r2", "new"));

        DiscoveryResponse clusters = client.next(CLUSTER);
        assertThat(client.isSilent()).isTrue();
        client.ack(clusters);
        assertThat(client.isSilent()).isTrue();
        client.request(ENDPOINT, "old", "new");
        DiscoveryResponse endpoints = client.next(ENDPOINT);
        assertThat(SotwClient.namesOf(endpoints)).containsExactly("new");
        assertThat(client.isSilent()).isTrue();
        client.ack(endpoints);
        DiscoveryResponse listeners = client.next(LISTENER);
        assertThat(SotwClient.namesOf(listeners)).containsExactlyInAnyOrder("l", "l2");
        DiscoveryResponse routes = client.nextAcked(ROUTE);
        assertThat(SotwClient.namesOf(routes)).containsExactly("r");
        client.ack(listeners);
        client.request(ROUTE, "r", "r2");
        assertThat(SotwClient.namesOf(client.nextAcked(ROUTE))).containsExactly("r2");
        assertThat(server.status().liveAt(2)).isTrue();
    }

    @Test
    void s32ARouteWaitsForTheChangedListenerThatNamesIt() {
        SotwClient client = runningSotw();
        XdsResource changed = listener("l", "r");
        XdsResource other = XdsResource.of(
                LISTENER,
                "l",
                io.envoyproxy.envoy.config.listener.v3.Listener.newBuilder()
                        .setName("l")
                        .setStatPrefix("changed")
                        .build(),
                changed.references());

        server.publish(2, edsCluster("old", "1"), endpoints("old", 1), other, routes("r", "old", "old"));

        DiscoveryResponse listeners = client.next(LISTENER);
        assertThat(client.isSilent()).isTrue();
        client.ack(listeners);
        client.next(ROUTE);
    }

    @Test
    void s33AChangedClusterIsFollowedByItsEndpointsThoughUnchangedAndBeforeItIsAcknowledged() {
        SotwClient sotw = runningSotw();

        server.publish(2, edsCluster("old", "2"), endpoints("old", 1), listener("l", "r"), routes("r", "old"));

        DiscoveryResponse clusters = sotw.next(CLUSTER);
        // An Envoy acknowledges clusters only when none of them warms, and a changed one warms until these come.
        assertThat(SotwClient.namesOf(sotw.nextAcked(ENDPOINT))).containsExactly("old");
        assertThat(sotw.isSilent()).isTrue();
        sotw.ack(clusters);
        assertThat(sotw.isSilent()).isTrue();
    }

    @Test
    void s33TheSameHoldsForDelta() {
        DeltaClient delta = runningDelta();

        server.publish(2, edsCluster("old", "2"), endpoints("old", 1), listener("l", "r"), routes("r", "old"));

        delta.nextAcked(CLUSTER);
        assertThat(DeltaClient.namesOf(delta.nextAcked(ENDPOINT))).containsExactly("old");
        assertThat(delta.isSilent()).isTrue();
    }

    @Test
    void s34ASwapOfAClusterNeverLeavesARouteWithoutOne() {
        SotwClient client = runningSotw();

        server.publish(2, edsCluster("new", "1"), endpoints("new", 1), listener("l", "r"), routes("r", "new"));

        DiscoveryResponse both = client.next(CLUSTER);
        assertThat(SotwClient.namesOf(both)).containsExactlyInAnyOrder("old", "new");
        client.ack(both);
        client.request(ENDPOINT, "old", "new");
        DiscoveryResponse endpoints = client.next(ENDPOINT);
        assertThat(SotwClient.namesOf(endpoints)).containsExactly("new");
        assertThat(client.isSilent()).isTrue();
        client.ack(endpoints);
        DiscoveryResponse routes = client.next(ROUTE);
        assertThat(client.isSilent()).isTrue();
        assertThat(server.status().liveAt(2)).isFalse();
        client.ack(routes);
        DiscoveryResponse without = client.next(CLUSTER);
        assertThat(SotwClient.namesOf(without)).containsExactly("new");
        client.ack(without);
        client.request(ENDPOINT, "new");
        assertThat(client.isSilent()).isTrue();
        assertThat(server.status().liveAt(2)).isTrue();
    }

    @Test
    void s34TheSwapIsTheSameInDelta() {
        DeltaClient client = runningDelta();

        server.publish(2, edsCluster("new", "1"), endpoints("new", 1), listener("l", "r"), routes("r", "new"));

        DeltaDiscoveryResponse added = client.nextAcked(CLUSTER);
        assertThat(DeltaClient.namesOf(added)).containsExactly("new");
        assertThat(added.getRemovedResourcesList()).isEmpty();
        client.subscribe(ENDPOINT, "new");
        client.nextAcked(ENDPOINT);
        DeltaDiscoveryResponse routes = client.next(ROUTE);
        assertThat(client.isSilent()).isTrue();
        client.ack(routes);
        DeltaDiscoveryResponse removed = client.nextAcked(CLUSTER);
        assertThat(removed.getRemovedResourcesList()).containsExactly("old");
        assertThat(client.nextAcked(ENDPOINT).getRemovedResourcesList()).containsExactly("old");
        assertThat(client.isSilent()).isTrue();
        assertThat(server.status().liveAt(2)).isTrue();
    }

    @Test
    void s34ARefusedRouteKeepsTheClusterThatTheOldOneUses() {
        DeltaClient client = runningDelta();
        server.publish(2, cluster("new", "1"), listener("l", "r"), routes("r", "new"));
        client.nextAcked(CLUSTER);

        client.nack(client.next(ROUTE), "r: refused");
        server.pass(Settings.DEFAULTS.patience().multipliedBy(3));

        assertThat(client.isSilent()).isTrue();
    }

    @Test
    void s34ARefusedNewClusterKeepsTheRouteThatServes() {
        DeltaClient client = runningDelta();
        server.publish(
                2,
                edsCluster("old", "1"),
                endpoints("old", 1),
                cluster("new", "bad"),
                listener("l", "r"),
                routes("r", "new"));

        client.nack(client.next(CLUSTER), "new: refused");
        server.pass(Settings.DEFAULTS.patience().multipliedBy(3));
        assertThat(client.isSilent()).isTrue();

        server.publish(3, cluster("new", "good"), listener("l", "r"), routes("r", "new"));
        assertThat(DeltaClient.namesOf(client.nextAcked(CLUSTER))).containsExactly("new");
        client.nextAcked(ROUTE);
        assertThat(client.nextAcked(CLUSTER).getRemovedResourcesList()).containsExactly("old");
    }

    @Test
    void anUnrelatedRouteDoesNotWaitForASlowCluster() {
        DeltaClient client = runningDelta();
        client.subscribe(ROUTE, "other");
        client.nextAcked(ROUTE);

        server.publish(
                2,
                edsCluster("old", "2"),
                endpoints("old", 1),
                listener("l", "r"),
                routes("r", "old"),
                routes("other", "elsewhere"));

        client.next(CLUSTER);
        client.next(ENDPOINT);
        assertThat(DeltaClient.namesOf(client.next(ROUTE))).containsExactly("other");
    }

    @Test
    void aRouteWaitsABoundedTimeForEndpointsThatTheClientNeverAsksFor() {
        DeltaClient client = runningDelta();
        server.publish(
                2,
                edsCluster("old", "1"),
                endpoints("old", 1),
                edsCluster("new", "1"),
                endpoints("new", 1),
                listener("l", "r"),
                routes("r", "new"));
        client.nextAcked(CLUSTER);
        server.pass(Settings.DEFAULTS.patience().minusMillis(1));
        assertThat(client.isSilent()).isTrue();

        server.pass(Settings.DEFAULTS.patience());

        assertThat(DeltaClient.namesOf(client.nextAcked(ROUTE))).containsExactly("r");
        server.pass(Settings.DEFAULTS.patience());
        assertThat(server.status().liveAt(2)).isTrue();
        assertThat(server.clock.waiting()).isZero();
    }

    @Test
    void s35AReturningClientThatAsksForUnknownEndpointsGetsAnEmptyAssignment() throws Exception {
        server.publish(1, cluster("a", "1"));
        SotwClient client = server.sotw();

        client.send(DiscoveryRequest.newBuilder()
                .setTypeUrl(ENDPOINT.typeUrl())
                .setVersionInfo("from an earlier stream")
                .addResourceNames("unknown"));

        DiscoveryResponse response = client.nextAcked(ENDPOINT);
        assertThat(response.getResources(0).unpack(ClusterLoadAssignment.class))
                .isEqualTo(ClusterLoadAssignment.newBuilder()
                        .setClusterName("unknown")
                        .build());
        server.publish(2, cluster("a", "1"), endpoints("unknown", 1));
        assertThat(SotwClient.namesOf(client.next(ENDPOINT))).containsExactly("unknown");
    }

    @Test
    void s35InDeltaItGetsARemoval() {
        server.publish(1, cluster("a", "1"));
        DeltaClient client = server.delta();

        client.resume(ENDPOINT, java.util.Map.of("unknown", "1"), "unknown");

        assertThat(client.next(ENDPOINT).getRemovedResourcesList()).containsExactly("unknown");
    }

    @Test
    void s36TypesMayBeAskedForInAnyOrder() {
        server.publish(1, edsCluster("a", "1"), endpoints("a", 1), listener("l", "r"), routes("r", "a"));
        List<ResourceType> backwards = List.of(ROUTE, LISTENER, ENDPOINT, CLUSTER);
        SotwClient sotw = server.sotw();
        DeltaClient delta = server.delta();

        for (ResourceType type : backwards) {
            String[] names = type.equals(ROUTE)
                    ? new String[] {"r"}
                    : type.equals(ENDPOINT) ? new String[] {"a"} : new String[0];
            sotw.request(type, names);
            delta.subscribe(type, names);
            assertThat(SotwClient.namesOf(sotw.next(type))).hasSize(1);
            assertThat(DeltaClient.namesOf(delta.next(type))).hasSize(1);
        }
    }
}
