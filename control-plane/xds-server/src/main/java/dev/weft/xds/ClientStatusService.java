package dev.weft.xds;

import com.google.protobuf.Timestamp;
import io.envoyproxy.envoy.admin.v3.ClientResourceStatus;
import io.envoyproxy.envoy.admin.v3.UpdateFailureState;
import io.envoyproxy.envoy.service.status.v3.ClientConfig;
import io.envoyproxy.envoy.service.status.v3.ClientStatusDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.status.v3.ClientStatusRequest;
import io.envoyproxy.envoy.service.status.v3.ClientStatusResponse;
import io.envoyproxy.envoy.service.status.v3.ConfigStatus;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Thread-safe. Tells per node and resource whether the client has it (S41). Every stream is asked on its own executor,
 * so the answer is exact per stream, and never stops one.
 */
final class ClientStatusService extends ClientStatusDiscoveryServiceGrpc.ClientStatusDiscoveryServiceImplBase {
    private final StreamRegistry streams;
    private final Executor threads;

    ClientStatusService(StreamRegistry streams, Executor threads) {
        this.streams = streams;
        this.threads = threads;
    }

    @Override
    public void fetchClientStatus(ClientStatusRequest request, StreamObserver<ClientStatusResponse> responses) {
        answer(request, (response, failure) -> {
            if (response != null) {
                responses.onNext(response);
                responses.onCompleted();
            } else {
                responses.onError(failure);
            }
        });
    }

    @Override
    public StreamObserver<ClientStatusRequest> streamClientStatus(StreamObserver<ClientStatusResponse> responses) {
        return new StatusStream(responses);
    }

    private void answer(
            ClientStatusRequest request, BiConsumer<@Nullable ClientStatusResponse, @Nullable Throwable> to) {
        List<CompletableFuture<ClientConfig>> configs = new ArrayList<>();
        try {
            for (DiscoveryStream<?, ?> stream : streams.all()) {
                stream.status()
                        .filter(status -> NodeMatch.matches(
                                request.getNodeMatchersList(), status.client().nodeId()))
                        .ifPresent(status -> configs.add(stream.resources()
                                .thenApply(all -> config(status, all, request.getExcludeResourceContents()))));
            }
        } catch (IllegalArgumentException e) {
            to.accept(
                    null,
                    Status.INVALID_ARGUMENT.withDescription(e.getMessage()).asRuntimeException());
            return;
        }
        CompletableFuture.allOf(configs.toArray(CompletableFuture[]::new)).whenComplete((_, failure) -> {
            if (failure != null) {
                to.accept(
                        null,
                        Status.INTERNAL
                                .withDescription("a stream could not tell its status")
                                .asRuntimeException());
            } else {
                ClientStatusResponse.Builder response = ClientStatusResponse.newBuilder();
                configs.forEach(config -> response.addConfig(config.join()));
                to.accept(response.build(), null);
            }
        });
    }

    private static ClientConfig config(StreamStatus stream, List<ResourceStatus> resources, boolean withoutContent) {
        ClientConfig.Builder config =
                ClientConfig.newBuilder().setNode(stream.client().node());
        for (ResourceStatus resource : resources) {
            StreamStatus.TypeStatus type =
                    stream.types().getOrDefault(resource.key().type(), StreamStatus.TypeStatus.NOTHING_SENT);
            ClientConfig.GenericXdsConfig.Builder one = config.addGenericXdsConfigsBuilder()
                    .setTypeUrl(resource.key().type().typeUrl())
                    .setName(resource.key().name())
                    .setVersionInfo(resource.version())
                    .setConfigStatus(configStatus(resource.state()))
                    .setClientStatus(clientStatus(resource.state()))
                    .setLastUpdated(timestamp(type.since()));
            if (!withoutContent) {
                resource.body().ifPresent(one::setXdsConfig);
            }
            if (resource.state() == ResourceStatus.State.REFUSED) {
                type.refusal()
                        .ifPresent(refusal -> one.setErrorState(UpdateFailureState.newBuilder()
                                .setDetails(refusal.reason())
                                .setVersionInfo(resource.version())
                                .setLastUpdateAttempt(timestamp(type.since()))));
            }
        }
        return config.build();
    }

    private static ConfigStatus configStatus(ResourceStatus.State state) {
        return switch (state) {
            case SYNCED -> ConfigStatus.SYNCED;
            case NOT_SENT -> ConfigStatus.NOT_SENT;
            case STALE -> ConfigStatus.STALE;
            case REFUSED -> ConfigStatus.ERROR;
        };
    }

    private static ClientResourceStatus clientStatus(ResourceStatus.State state) {
        return switch (state) {
            case SYNCED -> ClientResourceStatus.ACKED;
            case NOT_SENT, STALE -> ClientResourceStatus.REQUESTED;
            case REFUSED -> ClientResourceStatus.NACKED;
        };
    }

    private static Timestamp timestamp(Instant instant) {
        return Timestamp.newBuilder()
                .setSeconds(instant.getEpochSecond())
                .setNanos(instant.getNano())
                .build();
    }

    /** Confined to its serial executor: requests come from gRPC and answers from the streams. */
    private final class StatusStream implements StreamObserver<ClientStatusRequest> {
        private final SerialExecutor executor = new SerialExecutor(threads);
        private final StreamObserver<ClientStatusResponse> responses;
        private int unanswered;
        private boolean halfClosed;
        private boolean ended;

        StatusStream(StreamObserver<ClientStatusResponse> responses) {
            this.responses = responses;
        }

        @Override
        public void onNext(ClientStatusRequest request) {
            executor.execute(() -> {
                unanswered++;
                answer(request, (response, failure) -> executor.execute(() -> answered(response, failure)));
            });
        }

        @Override
        public void onError(Throwable cause) {
            executor.execute(() -> ended = true);
        }

        @Override
        public void onCompleted() {
            executor.execute(() -> {
                halfClosed = true;
                completeWhenDone();
            });
        }

        private void answered(@Nullable ClientStatusResponse response, @Nullable Throwable failure) {
            unanswered--;
            if (ended) {
                return;
            }
            if (response == null) {
                ended = true;
                responses.onError(failure);
                return;
            }
            responses.onNext(response);
            completeWhenDone();
        }

        private void completeWhenDone() {
            if (halfClosed && unanswered == 0 && !ended) {
                ended = true;
                responses.onCompleted();
            }
        }
    }
}
