package dev.weft.controlplane.management;

import com.google.protobuf.Any;
import com.google.protobuf.Message;
import dev.weft.controlplane.store.StoreException;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** From the store's futures and failures to a call's answers. Pure but for the waiting. */
final class Calls {
    private Calls() {}

    /** Waits on a virtual thread and turns the store's failures into statuses. */
    static <T> T await(CompletableFuture<T> future) {
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw status(e.getCause() == null ? e : e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Status.CANCELLED.withDescription("the call was cancelled").asRuntimeException();
        }
    }

    static StatusRuntimeException status(Throwable failure) {
        return switch (failure) {
            case StatusRuntimeException status -> status;
            case StoreException.Unavailable e ->
                Status.UNAVAILABLE
                        .withDescription("the store cannot be reached: " + e.getMessage())
                        .asRuntimeException();
            case StoreException.Compacted e -> outOfRange(e);
            case StoreException.FutureRevision e -> outOfRange(e);
            case StoreException.TooLarge e ->
                Status.INVALID_ARGUMENT.withDescription(e.getMessage()).asRuntimeException();
            case StoreException e ->
                Status.INTERNAL
                        .withDescription("the store refused: " + e.getMessage())
                        .asRuntimeException();
            default ->
                Status.INTERNAL
                        .withDescription(String.valueOf(failure.getMessage()))
                        .withCause(failure)
                        .asRuntimeException();
        };
    }

    /** A failure with its particulars in the details. */
    static StatusRuntimeException failure(Status.Code code, String message, Message detail) {
        return StatusProto.toStatusRuntimeException(com.google.rpc.Status.newBuilder()
                .setCode(code.value())
                .setMessage(message)
                .addDetails(Any.pack(detail))
                .build());
    }

    private static StatusRuntimeException outOfRange(StoreException e) {
        return Status.OUT_OF_RANGE.withDescription(e.getMessage()).asRuntimeException();
    }
}
