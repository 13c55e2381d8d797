package dev.weft.xds;

import io.envoyproxy.envoy.config.endpoint.v3.ClusterStats;
import io.envoyproxy.envoy.service.load_stats.v3.LoadReportingServiceGrpc;
import io.envoyproxy.envoy.service.load_stats.v3.LoadStatsRequest;
import io.envoyproxy.envoy.service.load_stats.v3.LoadStatsResponse;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.time.Duration;

/** Thread-safe. Asks every client that offers it for the load it causes, and adds the reports up. */
final class LoadReportingService extends LoadReportingServiceGrpc.LoadReportingServiceImplBase {
    private final LoadReports reports;
    private final Duration interval;

    LoadReportingService(LoadReports reports, Duration interval) {
        this.reports = reports;
        this.interval = interval;
    }

    @Override
    public StreamObserver<LoadStatsRequest> streamLoadStats(StreamObserver<LoadStatsResponse> responses) {
        return new LoadStream(responses, reports.open());
    }

    /** Confined to gRPC's callbacks for one call, which never overlap. */
    private final class LoadStream implements StreamObserver<LoadStatsRequest> {
        private final StreamObserver<LoadStatsResponse> responses;
        private final LoadReports.Reporter reporter;
        private boolean asked;
        private boolean ended;

        LoadStream(StreamObserver<LoadStatsResponse> responses, LoadReports.Reporter reporter) {
            this.responses = responses;
            this.reporter = reporter;
        }

        @Override
        public void onNext(LoadStatsRequest request) {
            if (ended) {
                return;
            }
            if (!asked) {
                asked = true;
                responses.onNext(LoadStatsResponse.newBuilder()
                        .setSendAllClusters(true)
                        .setLoadReportingInterval(com.google.protobuf.Duration.newBuilder()
                                .setSeconds(interval.toSeconds())
                                .setNanos(interval.toNanosPart()))
                        .build());
            }
            for (ClusterStats stats : request.getClusterStatsList()) {
                if (!reporter.add(stats)) {
                    end();
                    responses.onError(Status.RESOURCE_EXHAUSTED
                            .withDescription("load reports name too many clusters and localities")
                            .asRuntimeException());
                    return;
                }
            }
        }

        @Override
        public void onError(Throwable cause) {
            end();
        }

        @Override
        public void onCompleted() {
            if (!ended) {
                end();
                responses.onCompleted();
            }
        }

        private void end() {
            ended = true;
            reporter.close();
        }
    }
}
