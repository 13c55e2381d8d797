package dev.weft.api.client;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.Status;
import dev.weft.v1.Conflict;
import dev.weft.v1.ManagementGrpc;
import dev.weft.v1.ManagementGrpc.ManagementBlockingStub;
import dev.weft.v1.ValidationFailure;
import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.StatusProto;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
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
        return connect(target, deadline, InsecureChannelCredentials.create());
    }

    /**
     * Connects on the first call, over TLS.
     *
     * @param target {@code host:port}
     * @param deadline for each call that is not a stream
     * @throws IOException where a file cannot be read
     */
    public static MeshClient connect(String target, Duration deadline, TlsFiles files) throws IOException {
        return connect(target, deadline, files.credentials());
    }

    private static MeshClient connect(String target, Duration deadline, ChannelCredentials credentials) {
        return new MeshClient(
                NettyChannelBuilder.forTarget(target, credentials)
                        .maxInboundMessageSize(64 << 20)
                        .build(),
                target,
                deadline);
    }

    /**
     * Finds out whether anybody listens there, which a bare socket tells long before a gRPC channel, with all that it needs to start,
     * would.
     *
     * @param target {@code host:port}; anything else is left to {@link #connect} to understand
     * @param patience for the connection
     * @throws MeshException.Unavailable where nobody does
     */
    public static void probe(String target, Duration patience) {
        int colon = target.lastIndexOf(':');
        if (colon < 1 || target.contains("/") || !target.substring(colon + 1).matches("\\d{1,5}")) {
            return;
        }
        String host = target.substring(0, colon).replaceAll("^\\[|]$", "");
        int port = Integer.parseInt(target.substring(colon + 1));
        String reason = "";
        try {
            for (InetAddress address : InetAddress.getAllByName(host)) {
                try (Socket socket = new Socket()) {
                    socket.connect(new InetSocketAddress(address, port), Math.toIntExact(patience.toMillis()));
                    return;
                } catch (IOException e) {
                    reason = String.valueOf(e.getMessage());
                }
            }
        } catch (UnknownHostException e) {
            reason = "its host is unknown";
        }
        throw new MeshException.Unavailable("the control plane at " + target + " cannot be reached: " + reason);
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
