package dev.weft.sidecar.discovery;

import com.google.protobuf.ByteString;

/** {@code google.rpc.Status} of a refused response. Stateless. */
final class Refusal {
    private static final int INVALID_ARGUMENT = 3;

    private Refusal() {}

    static ByteString status(String message) {
        return new WireWriter().integer(1, INVALID_ARGUMENT).string(2, message).message();
    }
}
