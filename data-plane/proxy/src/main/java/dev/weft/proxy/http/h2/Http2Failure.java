package dev.weft.proxy.http.h2;

/** A peer's breach of the protocol: ends its stream, or the connection where the stream is 0. Carries no stack trace. */
final class Http2Failure extends Exception {
    private static final long serialVersionUID = 1;

    private final ErrorCode code;
    private final int streamId;

    private Http2Failure(ErrorCode code, int streamId, String message) {
        super(message, null, false, false);
        this.code = code;
        this.streamId = streamId;
    }

    static Http2Failure connection(ErrorCode code, String message) {
        return new Http2Failure(code, 0, message);
    }

    static Http2Failure stream(int streamId, ErrorCode code, String message) {
        return new Http2Failure(code, streamId, message);
    }

    ErrorCode code() {
        return code;
    }

    /** 0 for the whole connection. */
    int streamId() {
        return streamId;
    }
}
