package dev.weft.xds;

import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** Confined to the test's thread. What came on a stream and was not looked at yet. */
final class Responses<R> implements StreamObserver<R> {
    private final Queue<R> received = new ArrayDeque<>();
    private @Nullable Status end;

    @Override
    public void onNext(R response) {
        received.add(response);
    }

    @Override
    public void onError(Throwable cause) {
        end = Status.fromThrowable(cause);
    }

    @Override
    public void onCompleted() {
        end = Status.OK;
    }

    R next() {
        R response = received.poll();
        if (response == null) {
            throw new AssertionError("expected a response, but none came" + (end == null ? "" : "; ended: " + end));
        }
        return response;
    }

    boolean isEmpty() {
        return received.isEmpty();
    }

    Queue<R> all() {
        return received;
    }

    /** How the server ended the stream; null while it is open. */
    @Nullable
    Status end() {
        return end;
    }
}
