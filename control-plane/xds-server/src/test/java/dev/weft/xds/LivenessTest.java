package dev.weft.xds;

import static dev.weft.xds.Content.cluster;
import static dev.weft.xds.Content.edsCluster;
import static dev.weft.xds.Content.endpoints;
import static dev.weft.xds.ResourceType.CLUSTER;
import static dev.weft.xds.ResourceType.ENDPOINT;
import static org.assertj.core.api.Assertions.assertThat;

import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When a node runs a revision, and who is told. */
class LivenessTest {
    private final TestServer server = new TestServer();

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void aNodeIsLiveOnceEverythingItSubscribesToIsAcknowledged() {
        server.publish(1, cluster("a", "1"), endpoints("a", 1));
        DeltaClient client = server.delta();
        client.subscribe(CLUSTER).subscribe(ENDPOINT, "a");
        DeltaDiscoveryResponse clusters = client.next(CLUSTER);
        DeltaDiscoveryResponse endpoints = client.next(ENDPOINT);

        client.ack(clusters);
        assertThat(server.xds.behind(1)).hasSize(1);
        client.ack(endpoints);

        assertThat(server.xds.behind(1)).isEmpty();
        assertThat(server.observer.events).endsWith("live n1@1");
    }

    @Test
    void aNodeThatARevisionDoesNotTouchIsLiveAtOnce() {
        server.publish(1, cluster("a", "1"));
        DeltaClient client = server.delta();
        client.subscribe(CLUSTER);
        client.nextAcked(CLUSTER);

        server.groups.settled(7);

        assertThat(server.xds.behind(7)).isEmpty();
        assertThat(server.xds.behind(8)).hasSize(1);
        assertThat(client.isSilent()).isTrue();
    }

    @Test
    void aNodeThatHasNotAcknowledgedAnOlderChangeIsNotLiveAtNewerRevisions() {
        server.publish(1, cluster("a", "1"), endpoints("a", 1));
        DeltaClient client = server.delta();
        client.subscribe(CLUSTER).subscribe(ENDPOINT, "a");
        client.nextAcked(CLUSTER);
        client.nextAcked(ENDPOINT);

        server.publish(5, cluster("a", "2"), endpoints("a", 1));
        server.publish(6, cluster("a", "2"), endpoints("a", 2));

        DeltaDiscoveryResponse five = client.next(CLUSTER);
        assertThat(server.status().liveRevision()).isEqualTo(4);
        client.nextAcked(ENDPOINT);
        assertThat(server.status().liveRevision()).isEqualTo(4);
        client.ack(five);
        assertThat(server.status().liveRevision()).isEqualTo(6);
        assertThat(server.observer.events).endsWith("live n1@6");
    }

    @Test
    void aNodeThatRefusesIsNotLiveAndSaysWhy() {
        server.publish(1, cluster("a", "1"));
        DeltaClient client = server.delta();
        client.subscribe(CLUSTER);
        client.nextAcked(CLUSTER);
        server.publish(2, cluster("a", "bad"));

        client.nack(client.next(CLUSTER), "a: bad");
        server.groups.settled(9);

        StreamStatus behind = server.xds.behind(2).getFirst();
        assertThat(behind.liveRevision()).isEqualTo(1);
        assertThat(behind.types().get(CLUSTER))
                .satisfies(type -> assertThat(java.util.Objects.requireNonNull(type)
                                .refusal()
                                .orElseThrow()
                                .reason())
                        .isEqualTo("a: bad"));
        server.publish(10, cluster("a", "good"));
        client.nextAcked(CLUSTER);
        assertThat(server.xds.behind(10)).isEmpty();
    }

    @Test
    void aNodeIsNotLiveBeforeItAskedForTheEndpointsOfANewCluster() {
        server.publish(1, edsCluster("a", "1"), endpoints("a", 1));
        DeltaClient client = server.delta();
        client.subscribe(CLUSTER).subscribe(ENDPOINT, "a");
        client.nextAcked(CLUSTER);
        client.nextAcked(ENDPOINT);

        server.publish(2, edsCluster("a", "1"), endpoints("a", 1), edsCluster("b", "1"), endpoints("b", 1));
        client.nextAcked(CLUSTER);
        assertThat(server.status().liveAt(2)).isFalse();

        client.subscribe(ENDPOINT, "b");
        client.nextAcked(ENDPOINT);
        assertThat(server.status().liveAt(2)).isTrue();
    }

    @Test
    void aNodeThatReconnectsIsNotLiveBeforeItHasAcknowledgedAgain() {
        server.publish(4, cluster("a", "1"));
        DeltaClient client = server.delta();
        assertThat(server.xds.streams()).isEmpty();

        client.subscribe(CLUSTER);

        assertThat(server.status().liveRevision()).isEqualTo(-1);
        client.nextAcked(CLUSTER);
        assertThat(server.status().liveRevision()).isEqualTo(4);
    }

    @Test
    void aSnapshotThatAStreamHasNotSeenYetIsNotLiveThereThoughItIsSettled() {
        HeldBack threads = new HeldBack();
        SnapshotGroups<String> groups = new SnapshotGroups<>(new SnapshotGroups.Membership<>() {
            @Override
            public String groupOf(XdsClient client) {
                return "g";
            }

            @Override
            public void opened(String key, XdsClient client) {}
        });
        SnapshotSource.Subscription subscription = groups.open(
                new XdsClient(1, TestServer.node("n1"), ClientKind.OTHER, XdsClient.Variant.DELTA, true, Peer.UNKNOWN),
                threads);
        Progress progress = new Progress(
                new XdsClient(1, TestServer.node("n1"), ClientKind.OTHER, XdsClient.Variant.DELTA, true, Peer.UNKNOWN),
                java.time.Instant.EPOCH,
                groups,
                subscription);
        Snapshot one = Content.snapshot(1, cluster("a", "1"));
        groups.publish("g", one);
        progress.publish(one, java.util.List.of(), Long.MAX_VALUE);
        groups.settled(1);
        assertThat(progress.status().liveAt(1)).isTrue();

        groups.publish("g", Content.snapshot(2, cluster("a", "2")));
        groups.settled(2);

        assertThat(threads.woken).isEqualTo(2);
        assertThat(progress.status().liveAt(2)).isFalse();
    }

    /** Confined to the test's thread. A stream that is woken and does not get to run. */
    private static final class HeldBack implements Runnable {
        int woken;

        @Override
        public void run() {
            woken++;
        }
    }
}
