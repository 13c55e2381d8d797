package dev.weft.cli;

import dev.weft.v1.ApplyRequest;
import dev.weft.v1.ApplyResponse;
import dev.weft.v1.DeleteRequest;
import dev.weft.v1.DeleteResponse;
import dev.weft.v1.GetRequest;
import dev.weft.v1.GetResponse;
import dev.weft.v1.HistoryRequest;
import dev.weft.v1.HistoryResponse;
import dev.weft.v1.ListRequest;
import dev.weft.v1.ListResponse;
import dev.weft.v1.ManagementGrpc;
import dev.weft.v1.StatusRequest;
import dev.weft.v1.StatusResponse;
import dev.weft.v1.WatchRequest;
import dev.weft.v1.WatchResponse;
import dev.weft.v1.WatchRolloutRequest;
import dev.weft.v1.WatchRolloutResponse;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Answers every call with what the test put there, or refuses every call.
 *
 * <p>Thread-safe only as far as a test needs it: what is put there before a command runs is seen by its calls.
 */
final class FakeControlPlane extends ManagementGrpc.ManagementImplBase implements AutoCloseable {
    final List<ApplyRequest> applied = new CopyOnWriteArrayList<>();
    volatile Optional<StatusRuntimeException> refusal = Optional.empty();
    volatile ApplyResponse applyAnswer = ApplyResponse.getDefaultInstance();
    volatile ListResponse resources = ListResponse.getDefaultInstance();
    volatile HistoryResponse history = HistoryResponse.getDefaultInstance();
    volatile StatusResponse status = StatusResponse.getDefaultInstance();
    volatile List<WatchRolloutResponse> rollout = new ArrayList<>();
    private final Server server;

    FakeControlPlane() throws IOException {
        server = NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
                .addService(this)
                .build()
                .start();
    }

    String address() {
        return "127.0.0.1:" + server.getPort();
    }

    void refuse(Status status) {
        refusal = Optional.of(status.asRuntimeException());
    }

    private <T> void answer(StreamObserver<T> responses, List<T> answers) {
        if (refusal.isPresent()) {
            responses.onError(refusal.get());
            return;
        }
        answers.forEach(responses::onNext);
        responses.onCompleted();
    }

    @Override
    public void apply(ApplyRequest request, StreamObserver<ApplyResponse> responses) {
        applied.add(request);
        answer(responses, List.of(applyAnswer));
    }

    @Override
    public void get(GetRequest request, StreamObserver<GetResponse> responses) {
        answer(
                responses,
                resources.getResourcesList().stream()
                        .limit(1)
                        .map(first ->
                                GetResponse.newBuilder().setResource(first).build())
                        .toList());
    }

    @Override
    public void list(ListRequest request, StreamObserver<ListResponse> responses) {
        answer(responses, List.of(resources));
    }

    @Override
    public void delete(DeleteRequest request, StreamObserver<DeleteResponse> responses) {
        answer(responses, List.of(DeleteResponse.getDefaultInstance()));
    }

    @Override
    public void history(HistoryRequest request, StreamObserver<HistoryResponse> responses) {
        answer(responses, List.of(history));
    }

    @Override
    public void status(StatusRequest request, StreamObserver<StatusResponse> responses) {
        answer(responses, List.of(status));
    }

    @Override
    public void watch(WatchRequest request, StreamObserver<WatchResponse> responses) {
        answer(responses, List.of());
    }

    @Override
    public void watchRollout(WatchRolloutRequest request, StreamObserver<WatchRolloutResponse> responses) {
        answer(responses, rollout);
    }

    @Override
    public void close() {
        server.shutdownNow();
    }
}
