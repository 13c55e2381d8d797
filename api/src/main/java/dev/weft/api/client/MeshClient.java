package dev.weft.api.client;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.Status;
import dev.weft.v1.Conflict;
import dev.weft.v1.ManagementGrpc;
import dev.weft.v1.ManagementGrpc.ManagementBlockingStub;
import dev.weft.v1.ValidationFailure;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * A connection to a control plane.
 *
 * <p>Thread-safe. Calls block, under a deadline.
 */
public final class MeshClient implements AutoCloseable {
    private final ManagedChannel channel;
    private final String target;
    private final Duration deadline;

    private MeshClient(ManagedChannel channel, String target, Duration deadline) {
        this.channel = channel;
        this.target = target;
        this.deadline = deadline;
    }

    /**
     * Connects on the first call.
     *
     * @param target {@code host:port}
     * @param deadline for each call that is not a stream
     */
    public static MeshClient connect(String target, Duration deadline) {
        return new MeshClient(
                NettyChannelBuilder.forTarget(target)
                        .usePlaintext()
                        .maxInboundMessageSize(64 << 20)
                        .build(),
                target,
                deadline);
    }

    /**
     * Runs one call.
     *
     * @throws MeshException saying what failed and what to do
     */
    public <T> T call(Function<ManagementBlockingStub, T> call) {
        try {
            return call.apply(ManagementGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(deadline.toMillis(), TimeUnit.MILLISECONDS));
        } catch (StatusRuntimeException e) {
            throw exception(e);
        }
    }

    /**
     * Runs a call that streams for as long as it takes.
     *
     * @throws MeshException saying what failed and what to do
     */
    public <T> T stream(Function<ManagementBlockingStub, T> call) {
        try {
            return call.apply(ManagementGrpc.newBlockingStub(channel));
        } catch (StatusRuntimeException e) {
            throw exception(e);
        }
    }

    private MeshException exception(StatusRuntimeException failure) {
        String text = String.valueOf(failure.getStatus().getDescription());
        return switch (failure.getStatus().getCode()) {
            case INVALID_ARGUMENT ->
                new MeshException.Invalid(
                        text,
                        detail(failure, ValidationFailure.class, ValidationFailure.getDefaultInstance())
                                .getProblemsList());
            case ABORTED ->
                new MeshException.Conflicting(text, detail(failure, Conflict.class, Conflict.getDefaultInstance()));
            case NOT_FOUND -> new MeshException.NotFound(text);
            case UNAVAILABLE ->
                new MeshException.Unavailable("the control plane at " + target + " cannot be reached: " + text);
            case DEADLINE_EXCEEDED ->
                new MeshException.Unavailable(
                        "the control plane at " + target + " did not answer within " + deadline.toMillis() + " ms");
            case PERMISSION_DENIED, UNAUTHENTICATED -> new MeshException.Denied(text);
            default -> new MeshException.Failed(failure.getStatus().getCode() + ": " + text);
        };
    }

    private static <T extends com.google.protobuf.Message> T detail(
            StatusRuntimeException failure, Class<T> type, T otherwise) {
        Status status = StatusProto.fromThrowable(failure);
        if (status == null) {
            return otherwise;
        }
        for (Any detail : status.getDetailsList()) {
            if (detail.is(type)) {
                try {
                    return detail.unpack(type);
                } catch (InvalidProtocolBufferException e) {
                    throw new IllegalStateException(
                            "the control plane sent an unreadable detail: " + e.getMessage(), e);
                }
            }
        }
        return otherwise;
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }
}
