package dev.weft.sidecar.load;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.Durations;
import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.ClusterStatus;
import dev.weft.proxy.model.ClusterStatus.EndpointStatus;
import dev.weft.sidecar.live.HandCrankedTimers;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterStats;
import io.envoyproxy.envoy.config.endpoint.v3.UpstreamLocalityStats;
import io.envoyproxy.envoy.service.load_stats.v3.LoadReportingServiceGrpc.LoadReportingServiceImplBase;
import io.envoyproxy.envoy.service.load_stats.v3.LoadStatsRequest;
import io.envoyproxy.envoy.service.load_stats.v3.LoadStatsResponse;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Load is told to the control plane that asks for it: what came since the last report, by locality. */
@SuppressWarnings("NullAway.Init") // set before each test
class LoadReporterTest {
    private final HandCrankedTimers timers = new HandCrankedTimers();
    private final List<LoadStatsRequest> told = new ArrayList<>();
    private final Map<String, String> reported = new HashMap<>(Map.of("web", "web"));
    private List<ClusterStatus> clusters = List.of();
    private Optional<Channel> connected = Optional.empty();
    private int broken;
    private long nanos;

    private Server server;
    private ManagedChannel channel;
    private StreamObserver<LoadStatsResponse> stream;
    private LoadReporter reporter;

    @BeforeEach
    void connect() throws IOException {
        String name = InProcessServerBuilder.generateName();
        server = InProcessServerBuilder.forName(name)
                .directExecutor()
                .addService(new Service())
                .build()
                .start();
        channel = InProcessChannelBuilder.forName(name).directExecutor().build();
        connected = Optional.of(channel);
        reporter = new LoadReporter(
                Node.newBuilder().setId("web-1").build().toByteString(),
                () -> connected,
                () -> reported,
                () -> clusters,
                timers,
                Runnable::run,
                () -> nanos);
    }

    @AfterEach
    void end() {
        channel.shutdownNow();
        server.shutdownNow();
    }

    private final class Service extends LoadReportingServiceImplBase {
        @Override
        public StreamObserver<LoadStatsRequest> streamLoadStats(StreamObserver<LoadStatsResponse> responses) {
            stream = responses;
            return new StreamObserver<>() {
                @Override
                public void onNext(LoadStatsRequest request) {
                    told.add(request);
                }

                @Override
                public void onError(Throwable failure) {
                    broken++;
                }

                @Override
                public void onCompleted() {
                    broken++;
                }
            };
        }
    }

    private void ask(String... names) {
        stream.onNext(LoadStatsResponse.newBuilder()
                .addAllClusters(List.of(names))
                .setSendAllClusters(names.length == 0)
                .setLoadReportingInterval(Durations.fromSeconds(2))
                .build());
    }

    private void pass(Duration time) {
        nanos += time.toNanos();
        timers.pass(time);
    }

    private static ClusterStatus cluster(String name, EndpointStatus... endpoints) {
        return new ClusterStatus(new ClusterName(name), List.of(endpoints), 1, false, 0, 0, 0);
    }

    private static EndpointStatus endpoint(String address, String locality, int active, long requests, long failures) {
        return new EndpointStatus(address, 1, 0, locality, true, List.of(), "", active, requests, failures);
    }

    @Test
    void theFirstMessageSaysOnlyWhoWeAre() {
        reporter.refresh();
        assertThat(told).singleElement().satisfies(first -> {
            assertThat(first.getNode().getId()).isEqualTo("web-1");
            assertThat(first.getClusterStatsCount()).isZero();
        });
        pass(Duration.ofMinutes(1));
        assertThat(told).as("before it is asked for more").hasSize(1);
    }

    @Test
    void eachReportTellsWhatCameSinceTheOneBeforeByLocality() {
        clusters = List.of(cluster("web", endpoint("a:1", "eu/eu-1/x", 1, 10, 2)));
        reporter.refresh();
        ask();
        clusters = List.of(cluster(
                "web",
                endpoint("a:1", "eu/eu-1/x", 3, 15, 3),
                endpoint("b:1", "eu/eu-1/x", 0, 4, 0),
                endpoint("c:1", "/us-1", 0, 7, 7)));
        pass(Duration.ofSeconds(2));

        ClusterStats first = told.getLast().getClusterStats(0);
        assertThat(told.getLast().hasNode()).isFalse();
        assertThat(first.getClusterName()).isEqualTo("web");
        assertThat(first.getLoadReportInterval()).isEqualTo(Durations.fromSeconds(2));
        UpstreamLocalityStats europe = first.getUpstreamLocalityStats(0);
        assertThat(europe.getLocality().getRegion()).isEqualTo("eu");
        assertThat(europe.getLocality().getZone()).isEqualTo("eu-1");
        assertThat(europe.getLocality().getSubZone()).isEqualTo("x");
        assertThat(europe.getTotalSuccessfulRequests()).isEqualTo(8);
        assertThat(europe.getTotalErrorRequests()).isEqualTo(1);
        assertThat(europe.getTotalRequestsInProgress()).isEqualTo(3);
        assertThat(europe.getTotalIssuedRequests()).isEqualTo(11);
        UpstreamLocalityStats america = first.getUpstreamLocalityStats(1);
        assertThat(america.getLocality().getRegion()).isEmpty();
        assertThat(america.getLocality().getZone()).isEqualTo("us-1");
        assertThat(america.getTotalErrorRequests()).isEqualTo(7);

        pass(Duration.ofSeconds(2));
        UpstreamLocalityStats quiet = told.getLast().getClusterStats(0).getUpstreamLocalityStats(0);
        assertThat(quiet.getTotalSuccessfulRequests()).isZero();
        assertThat(quiet.getTotalRequestsInProgress()).isEqualTo(3);
    }

    @Test
    void onlyClustersThatSayItAndAreAskedForAreReported() {
        reported.put("api", "api-endpoints");
        clusters = List.of(cluster("web"), cluster("api"), cluster("private"));
        reporter.refresh();
        ask("api", "private");
        pass(Duration.ofSeconds(2));
        assertThat(told.getLast().getClusterStatsList()).singleElement().satisfies(api -> {
            assertThat(api.getClusterName()).isEqualTo("api");
            assertThat(api.getClusterServiceName()).isEqualTo("api-endpoints");
        });
    }

    @Test
    void thereIsNoStreamWithoutSuchAClusterOrWithoutAControlPlane() {
        reported.clear();
        reporter.refresh();
        assertThat(told).isEmpty();
        reported.put("web", "web");
        connected = Optional.empty();
        reporter.refresh();
        assertThat(told).isEmpty();

        connected = Optional.of(channel);
        reporter.refresh();
        assertThat(told).hasSize(1);
        reported.clear();
        reporter.refresh();
        assertThat(broken).isEqualTo(1);
        pass(Duration.ofMinutes(1));
        assertThat(told).hasSize(1);
    }

    @Test
    void aServiceThatIsNotThereIsAskedAgainLater() {
        reporter.refresh();
        stream.onError(Status.UNIMPLEMENTED.asRuntimeException());
        reporter.refresh();
        assertThat(told).hasSize(1);
        pass(Duration.ofSeconds(10));
        assertThat(told).hasSize(2);
        assertThat(told.getLast().getNode().getId()).isEqualTo("web-1");
    }
}
