package dev.weft.controlplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.protobuf.util.Durations;
import dev.weft.api.manifest.Manifest;
import dev.weft.api.manifest.ManifestReader;
import dev.weft.controlplane.store.embedded.EmbeddedStore;
import dev.weft.v1.ApplyRequest;
import dev.weft.v1.ApplyResponse;
import dev.weft.v1.HistoryRequest;
import dev.weft.v1.Kind;
import dev.weft.v1.ListRequest;
import dev.weft.v1.ManagementGrpc;
import dev.weft.v1.NodeStatus;
import dev.weft.v1.Resource;
import dev.weft.v1.StatusRequest;
import dev.weft.v1.WatchRequest;
import dev.weft.v1.WatchResponse;
import dev.weft.v1.WatchRolloutRequest;
import dev.weft.v1.WatchRolloutResponse;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A whole control plane over the embedded store, with real clients over loopback. */
final class ControlPlaneTest {
    private static final String CDS = "type.googleapis.com/envoy.config.cluster.v3.Cluster";
    private static final String EDS = "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment";
    private static final String WEB = "{kind: Cluster, name: web, spec: {instances: {service: web}}}";
    private static final String ROUTE =
            "{kind: Route, name: web, spec: {hosts: [web], rules: [{forward: [{cluster: web}]}]}}";

    @TempDir
    private Path directory;

    private @Nullable ControlPlane running;
    private @Nullable ManagedChannel channel;

    @BeforeEach
    void start() throws IOException {
        running = ControlPlane.start(new Options(
                () -> EmbeddedStore.open(directory.resolve("data")),
                new InetSocketAddress("127.0.0.1", 0),
                new InetSocketAddress("127.0.0.1", 0),
                Optional.empty(),
                Duration.ofSeconds(30),
                Duration.ofMillis(300),
                Duration.ofSeconds(1),
                Duration.ofMillis(500),
                Optional.empty()));
        channel =
                NettyChannelBuilder.forAddress(running.listen()).usePlaintext().build();
    }

    @AfterEach
    void stop() {
        if (channel != null) {
            channel.shutdownNow();
        }
        if (running != null) {
            running.close();
        }
    }

    @Test
    void itSaysThatItServes() {
        assertThat(HealthGrpc.newBlockingStub(channel)
                        .check(HealthCheckRequest.getDefaultInstance())
                        .getStatus())
                .isEqualTo(HealthCheckResponse.ServingStatus.SERVING);
    }

    @Test
    void anApplyIsStoredListedAndRemembered() {
        ApplyResponse applied =
                management().apply(request(WEB, ROUTE).setMessage("first").build());
        assertThat(applied.getRevision()).isPositive();
        assertThat(management().list(ListRequest.getDefaultInstance()).getResourcesList())
                .extracting(Resource::getName, Resource::getRevision)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("web", applied.getRevision()),
                        org.assertj.core.groups.Tuple.tuple("web", applied.getRevision()));
        assertThat(management().history(HistoryRequest.getDefaultInstance()).getEntriesList())
                .singleElement()
                .satisfies(entry -> {
                    assertThat(entry.getMessage()).isEqualTo("first");
                    assertThat(entry.getRevision()).isEqualTo(applied.getRevision());
                    assertThat(entry.getChangesCount()).isEqualTo(2);
                });
    }

    @Test
    void aBadResourceStoresNothing() {
        StatusRuntimeException refused = catchThrowableOfType(
                StatusRuntimeException.class,
                () -> management()
                        .apply(request(WEB, ROUTE.replace("cluster: web", "cluster: wbe"))
                                .build()));
        assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(management().list(ListRequest.getDefaultInstance()).getResourcesList())
                .isEmpty();
    }

    @Test
    void aDryRunTellsWhatWouldChangeAndStoresNothing() {
        assertThat(management().apply(request(WEB).setDryRun(true).build()).getChangesCount())
                .isEqualTo(1);
        assertThat(management().list(ListRequest.getDefaultInstance()).getResourcesList())
                .isEmpty();
    }

    @Test
    void aRepetitionOfTheSameIdIsAnsweredWithTheFirstResult() {
        ApplyRequest request = request(WEB).setIdempotencyId("once").build();
        ApplyResponse first = management().apply(request);
        management()
                .apply(request("{kind: Cluster, name: web, spec: {instances: {service: other}}}")
                        .build());
        ApplyResponse second = management().apply(request);
        assertThat(second.getRevision()).isEqualTo(first.getRevision());
        assertThat(second.getChanges(0).getAction())
                .isEqualTo(first.getChanges(0).getAction());
        assertThat(management()
                        .list(ListRequest.getDefaultInstance())
                        .getResources(0)
                        .getCluster()
                        .getInstances()
                        .getService())
                .isEqualTo("other");
    }

    @Test
    void pagesOfOneListingShowTheSameRevision() {
        management().apply(request(WEB, ROUTE).build());
        var first = management().list(ListRequest.newBuilder().setPageSize(1).build());
        management().apply(request(WEB.replace("name: web", "name: aaa")).build());
        var second = management()
                .list(ListRequest.newBuilder()
                        .setPageSize(1)
                        .setPageToken(first.getNextPageToken())
                        .build());
        assertThat(second.getStoreRevision()).isEqualTo(first.getStoreRevision());
        assertThat(second.getResources(0).hasRoute()).isTrue();
        assertThat(second.getNextPageToken()).isEmpty();
    }

    @Test
    void aWatchTellsThePresentAndThenEachChange() {
        management().apply(request(WEB).build());
        Iterator<WatchResponse> watch = management().watch(WatchRequest.getDefaultInstance());
        assertThat(watch.next().getSnapshotEnd()).isTrue();
        ApplyResponse applied = management().apply(request(ROUTE).build());
        WatchResponse change = watch.next();
        assertThat(change.getRevision()).isEqualTo(applied.getRevision());
        assertThat(change.getChanges(0).getRef().getKind()).isEqualTo(Kind.ROUTE);
    }

    @Test
    void aSidecarIsRegisteredWhileItsStreamLivesAndRemovedAtOnceWhenItLeaves() {
        AdsClient sidecar = new AdsClient("web-1");
        await().untilAsserted(() -> assertThat(instances()).containsExactly("web-1"));
        sidecar.requests.onCompleted();
        await().atMost(Duration.ofSeconds(2))
                .untilAsserted(() -> assertThat(instances()).isEmpty());
    }

    @Test
    void aSidecarWhoseStreamBreaksIsRemovedOnlyAfterItsGrace() {
        AdsClient sidecar = new AdsClient("web-1");
        await().untilAsserted(() -> assertThat(instances()).containsExactly("web-1"));
        sidecar.requests.onError(Status.CANCELLED.asRuntimeException());
        AdsClient again = new AdsClient("web-1");
        await().during(Duration.ofMillis(600))
                .untilAsserted(() -> assertThat(instances()).containsExactly("web-1"));
        again.requests.onError(Status.CANCELLED.asRuntimeException());
        await().untilAsserted(() -> assertThat(instances()).isEmpty());
    }

    @Test
    void aRolloutIsDoneOnceTheSidecarAcknowledged() throws InterruptedException {
        AdsClient sidecar = new AdsClient("web-1");
        sidecar.ack(sidecar.next());
        ApplyResponse applied = management().apply(request(ROUTE, WEB).build());
        WatchRolloutResponse waiting = rollout(applied.getRevision(), 200);
        assertThat(waiting.getTimedOut()).isTrue();
        assertThat(waiting.getWaitingList()).extracting(NodeStatus::getId).containsExactly("web-1");

        sidecar.ackUntilQuiet();
        WatchRolloutResponse done = rollout(applied.getRevision(), 5000);
        assertThat(done.getDone()).as(done.toString()).isTrue();
        assertThat(done.getLive()).isEqualTo(1);
    }

    @Test
    void aRefusalIsToldInTheSidecarsOwnWords() throws InterruptedException {
        AdsClient sidecar = new AdsClient("web-1");
        sidecar.ack(sidecar.next());
        ApplyResponse applied = management().apply(request(ROUTE, WEB).build());
        sidecar.nack(sidecar.next(), "clusters I do not like");
        WatchRolloutResponse done = rollout(applied.getRevision(), 2000);
        assertThat(done.getRefusingList())
                .singleElement()
                .satisfies(node -> assertThat(node.getTypesList())
                        .anySatisfy(type -> assertThat(type.getRefusal()).contains("clusters I do not like")));
        assertThat(management().status(StatusRequest.getDefaultInstance()).getNodesList())
                .extracting(NodeStatus::getState)
                .containsExactly(NodeStatus.State.REFUSING);
    }

    private WatchRolloutResponse rollout(long revision, long timeoutMillis) {
        Iterator<WatchRolloutResponse> told = management()
                .watchRollout(WatchRolloutRequest.newBuilder()
                        .setRevision(revision)
                        .setTimeout(Durations.fromMillis(timeoutMillis))
                        .build());
        WatchRolloutResponse last = WatchRolloutResponse.getDefaultInstance();
        while (told.hasNext()) {
            last = told.next();
        }
        return last;
    }

    private List<String> instances() {
        return management().list(ListRequest.newBuilder().setKind(Kind.INSTANCE).build()).getResourcesList().stream()
                .map(Resource::getName)
                .toList();
    }

    private ManagementGrpc.ManagementBlockingStub management() {
        return ManagementGrpc.newBlockingStub(channel).withDeadlineAfter(10, TimeUnit.SECONDS);
    }

    private static ApplyRequest.Builder request(String... manifests) {
        ApplyRequest.Builder request = ApplyRequest.newBuilder();
        for (Manifest document : new ManifestReader()
                .read("test", String.join("\n---\n", manifests))
                .manifests()
                .documents()) {
            request.addResources(document.resource());
        }
        return request;
    }

    /** A delta ADS stream by hand: a sidecar of the service web that asks for all clusters and the endpoints of one. */
    private final class AdsClient implements StreamObserver<DeltaDiscoveryResponse> {
        private final LinkedBlockingQueue<DeltaDiscoveryResponse> responses = new LinkedBlockingQueue<>();
        final StreamObserver<DeltaDiscoveryRequest> requests;

        AdsClient(String node) {
            requests = AggregatedDiscoveryServiceGrpc.newStub(channel).deltaAggregatedResources(this);
            Struct weft = Struct.newBuilder()
                    .putFields("role", text("sidecar"))
                    .putFields("service", text("web"))
                    .putFields("address", text("10.0.0.1"))
                    .putFields("port", Value.newBuilder().setNumberValue(15006).build())
                    .build();
            requests.onNext(DeltaDiscoveryRequest.newBuilder()
                    .setNode(Node.newBuilder()
                            .setId(node)
                            .setUserAgentName("weft")
                            .setMetadata(Struct.newBuilder()
                                    .putFields(
                                            "weft",
                                            Value.newBuilder()
                                                    .setStructValue(weft)
                                                    .build())))
                    .setTypeUrl(CDS)
                    .build());
            requests.onNext(DeltaDiscoveryRequest.newBuilder()
                    .setTypeUrl(EDS)
                    .addResourceNamesSubscribe("web")
                    .build());
        }

        DeltaDiscoveryResponse next() throws InterruptedException {
            DeltaDiscoveryResponse response = responses.poll(5, TimeUnit.SECONDS);
            assertThat(response).as("a response within 5 s").isNotNull();
            return java.util.Objects.requireNonNull(response);
        }

        void ack(DeltaDiscoveryResponse response) {
            requests.onNext(DeltaDiscoveryRequest.newBuilder()
                    .setTypeUrl(response.getTypeUrl())
                    .setResponseNonce(response.getNonce())
                    .build());
        }

        void ackUntilQuiet() throws InterruptedException {
            for (DeltaDiscoveryResponse r = next(); r != null; r = responses.poll(300, TimeUnit.MILLISECONDS)) {
                ack(r);
            }
        }

        void nack(DeltaDiscoveryResponse response, String why) {
            requests.onNext(DeltaDiscoveryRequest.newBuilder()
                    .setTypeUrl(response.getTypeUrl())
                    .setResponseNonce(response.getNonce())
                    .setErrorDetail(
                            com.google.rpc.Status.newBuilder().setCode(3).setMessage(why))
                    .build());
        }

        private static Value text(String value) {
            return Value.newBuilder().setStringValue(value).build();
        }

        @Override
        public void onNext(DeltaDiscoveryResponse response) {
            responses.add(response);
        }

        @Override
        public void onError(Throwable failure) {
            // The end of the stream, which each test brings about itself.
        }

        @Override
        public void onCompleted() {
            // As above.
        }
    }
}
