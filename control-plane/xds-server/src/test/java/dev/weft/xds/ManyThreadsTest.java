package dev.weft.xds;

import static dev.weft.xds.Content.cluster;
import static dev.weft.xds.ResourceType.CLUSTER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The same over real connections and threads: everyone ends with what was published last, and the observer knows. */
class ManyThreadsTest {
    private static final int CLIENTS = 20;
    private static final int REVISIONS = 300;

    private final AtomicLong refusals = new AtomicLong();
    private final Map<Long, Long> live = new ConcurrentHashMap<>();
    private final SnapshotGroups<String> groups = new SnapshotGroups<>(new SnapshotGroups.Membership<>() {
        @Override
        public String groupOf(XdsClient client) {
            return "g";
        }

        @Override
        public void opened(String key, XdsClient client) {}
    });
    private final XdsServer xds = XdsServer.builder(groups)
            .observer(new XdsObserver() {
                @Override
                public void nacked(XdsClient client, ResourceType type, long revision, String version, String reason) {
                    refusals.incrementAndGet();
                }

                @Override
                public void live(XdsClient client, long revision) {
                    // Revisions only grow, also as the observer hears of them.
                    live.merge(client.streamId(), revision, (before, now) -> {
                        assertThat(now).isGreaterThan(before);
                        return now;
                    });
                }
            })
            .build();

    @Test
    void everyClientEndsWithTheLastRevisionWhileItIsPublishedTo() throws Exception {
        var builder = Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create());
        xds.services().forEach(builder::addService);
        Server server = builder.build().start();
        ManagedChannel channel = Grpc.newChannelBuilder(
                        "127.0.0.1:" + server.getPort(), InsecureChannelCredentials.create())
                .build();
        try {
            List<Follower> followers = IntStream.range(0, CLIENTS)
                    .mapToObj(i -> new Follower("n" + i, channel))
                    .toList();
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> groups.keys().size() == 1 && xds.streams().size() == CLIENTS);
            for (int revision = 1; revision <= REVISIONS; revision++) {
                groups.publish("g", content(revision));
                groups.settled(revision);
            }

            await().atMost(Duration.ofSeconds(20))
                    .until(() -> xds.behind(REVISIONS).isEmpty());
            for (Follower follower : followers) {
                assertThat(follower.versions)
                        .containsExactlyInAnyOrderEntriesOf(Map.of(
                                "changing", cluster("changing", "v" + REVISIONS).version(),
                                "steady", cluster("steady", "v").version()));
            }
            assertThat(refusals).hasValue(0);
            assertThat(live)
                    .hasSize(CLIENTS)
                    .allSatisfy((_, revision) -> assertThat(revision).isEqualTo(REVISIONS));
        } finally {
            channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
            server.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
        }
    }

    private static Snapshot content(int revision) {
        Snapshot.Builder snapshot = Snapshot.builder(revision)
                .put(cluster("changing", "v" + revision))
                .put(cluster("steady", "v"));
        if (revision % 2 == 1) {
            snapshot.put(cluster("now and then", "v"));
        }
        return snapshot.build();
    }

    /** Confined to gRPC's callbacks for its call, except what it knows, which any thread may read. */
    private static final class Follower
            implements ClientResponseObserver<DeltaDiscoveryRequest, DeltaDiscoveryResponse> {
        final Map<String, String> versions = new ConcurrentHashMap<>();
        private final ClientCallStreamObserver<DeltaDiscoveryRequest> requests;

        Follower(String node, ManagedChannel channel) {
            requests = (ClientCallStreamObserver<DeltaDiscoveryRequest>)
                    AggregatedDiscoveryServiceGrpc.newStub(channel).deltaAggregatedResources(this);
            requests.onNext(DeltaDiscoveryRequest.newBuilder()
                    .setNode(TestServer.node(node))
                    .setTypeUrl(CLUSTER.typeUrl())
                    .build());
        }

        @Override
        public void beforeStart(ClientCallStreamObserver<DeltaDiscoveryRequest> call) {}

        @Override
        public void onNext(DeltaDiscoveryResponse response) {
            response.getResourcesList().forEach(r -> versions.put(r.getName(), r.getVersion()));
            response.getRemovedResourcesList().forEach(versions::remove);
            requests.onNext(DeltaDiscoveryRequest.newBuilder()
                    .setTypeUrl(response.getTypeUrl())
                    .setResponseNonce(response.getNonce())
                    .build());
        }

        @Override
        public void onError(Throwable cause) {}

        @Override
        public void onCompleted() {}
    }
}
