package dev.weft.xds;

import static org.assertj.core.api.Assertions.assertThat;

import io.envoyproxy.envoy.config.core.v3.Locality;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterStats;
import io.envoyproxy.envoy.config.endpoint.v3.UpstreamLocalityStats;
import io.envoyproxy.envoy.service.load_stats.v3.LoadReportingServiceGrpc;
import io.envoyproxy.envoy.service.load_stats.v3.LoadStatsRequest;
import io.envoyproxy.envoy.service.load_stats.v3.LoadStatsResponse;
import io.grpc.stub.StreamObserver;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** S40: load reports are accepted and added up. */
class LoadReportingTest {
    private static final Locality HERE = Locality.newBuilder().setZone("here").build();
    private static final Locality THERE = Locality.newBuilder().setZone("there").build();

    private final TestServer server = new TestServer();

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void s40AClientIsAskedForAllClustersAtAnInterval() {
        Responses<LoadStatsResponse> responses = new Responses<>();

        open(responses)
                .onNext(LoadStatsRequest.newBuilder()
                        .setNode(TestServer.node("n1"))
                        .build());

        LoadStatsResponse response = responses.next();
        assertThat(response.getSendAllClusters()).isTrue();
        assertThat(response.getLoadReportingInterval().getSeconds()).isEqualTo(10);
        assertThat(responses.isEmpty()).isTrue();
    }

    @Test
    void s40ReportsOfAllClientsAddUpByClusterAndLocality() {
        StreamObserver<LoadStatsRequest> one = open(new Responses<>());
        StreamObserver<LoadStatsRequest> two = open(new Responses<>());

        one.onNext(report(HERE, 10, 1, 5));
        one.onNext(report(HERE, 5, 0, 2));
        two.onNext(report(HERE, 100, 7, 3));
        two.onNext(report(THERE, 1, 0, 0));

        assertThat(server.xds.loads().loads()).containsExactlyInAnyOrder(load(HERE, 115, 8, 5), load(THERE, 1, 0, 0));
    }

    @Test
    void s40RequestsInProgressAreForgottenWithTheStreamThatToldThem() {
        StreamObserver<LoadStatsRequest> one = open(new Responses<>());
        StreamObserver<LoadStatsRequest> two = open(new Responses<>());
        one.onNext(report(HERE, 1, 0, 5));
        two.onNext(report(HERE, 1, 0, 3));

        one.onCompleted();
        two.onError(io.grpc.Status.CANCELLED.asRuntimeException());

        assertThat(server.xds.loads().loads()).containsExactly(load(HERE, 2, 0, 0));
    }

    @Test
    void s40DropsAddUpByTheirReason() {
        StreamObserver<LoadStatsRequest> one = open(new Responses<>());
        LoadStatsRequest drops = LoadStatsRequest.newBuilder()
                .addClusterStats(ClusterStats.newBuilder()
                        .setClusterName("web")
                        .setTotalDroppedRequests(4)
                        .addDroppedRequests(ClusterStats.DroppedRequests.newBuilder()
                                .setCategory("throttle")
                                .setDroppedCount(3)))
                .build();

        one.onNext(drops);
        one.onNext(drops);

        assertThat(server.xds.loads().drops()).containsExactly(new ClusterLoad.Drops("web", 8, Map.of("throttle", 6L)));
    }

    @Test
    void aLedgerThatIsFullSaysSo() {
        LoadReports.Reporter reporter = new LoadReports(1).open();

        assertThat(reporter.add(report(HERE, 1, 0, 0).getClusterStats(0))).isTrue();
        assertThat(reporter.add(report(HERE, 1, 0, 0).getClusterStats(0))).isTrue();
        assertThat(reporter.add(report(THERE, 1, 0, 0).getClusterStats(0))).isFalse();
    }

    private StreamObserver<LoadStatsRequest> open(Responses<LoadStatsResponse> responses) {
        return LoadReportingServiceGrpc.newStub(server.channel()).streamLoadStats(responses);
    }

    private static LoadStatsRequest report(Locality locality, long succeeded, long failed, long inProgress) {
        return LoadStatsRequest.newBuilder()
                .addClusterStats(ClusterStats.newBuilder()
                        .setClusterName("web")
                        .addUpstreamLocalityStats(UpstreamLocalityStats.newBuilder()
                                .setLocality(locality)
                                .setTotalSuccessfulRequests(succeeded)
                                .setTotalErrorRequests(failed)
                                .setTotalIssuedRequests(succeeded + failed)
                                .setTotalRequestsInProgress(inProgress)))
                .build();
    }

    private static ClusterLoad load(Locality locality, long succeeded, long failed, long inProgress) {
        return new ClusterLoad(
                new ClusterLoad.Key("web", "", locality, 0), succeeded, failed, succeeded + failed, inProgress);
    }
}
