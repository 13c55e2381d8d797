package dev.weft.proxy.http.h2;

import dev.weft.proxy.http.StreamReset;

/** Error codes of RFC 9113, section 7, by their number on the wire. */
enum ErrorCode {
    NO_ERROR(0x0),
    PROTOCOL_ERROR(0x1),
    INTERNAL_ERROR(0x2),
    FLOW_CONTROL_ERROR(0x3),
    SETTINGS_TIMEOUT(0x4),
    STREAM_CLOSED(0x5),
    FRAME_SIZE_ERROR(0x6),
    REFUSED_STREAM(0x7),
    CANCEL(0x8),
    COMPRESSION_ERROR(0x9),
    CONNECT_ERROR(0xa),
    ENHANCE_YOUR_CALM(0xb),
    INADEQUATE_SECURITY(0xc),
    HTTP_1_1_REQUIRED(0xd);

    private static final ErrorCode[] BY_NUMBER = values();

    private final int number;

    ErrorCode(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }

    /** Unknown codes count as {@link #INTERNAL_ERROR}, as section 7 allows. */
    static ErrorCode of(long number) {
        return number >= 0 && number < BY_NUMBER.length ? BY_NUMBER[(int) number] : INTERNAL_ERROR;
    }

    /** What we tell a peer when we give a stream up for that reason. */
    static ErrorCode toSend(StreamReset cause) {
        return switch (cause) {
            case CANCELLED, TIMED_OUT, SHUTDOWN -> CANCEL;
            case REFUSED, NOT_TAKEN -> REFUSED_STREAM;
            case PROTOCOL_ERROR -> PROTOCOL_ERROR;
            case LIMIT -> ENHANCE_YOUR_CALM;
            case CONNECTION_CLOSED_UNANSWERED, CONNECTION_CLOSED, PEER_ERROR -> INTERNAL_ERROR;
        };
    }

    /** What a peer's reset means to whoever has the stream. */
    StreamReset received() {
        return switch (this) {
            case CANCEL, NO_ERROR -> StreamReset.CANCELLED;
            case REFUSED_STREAM -> StreamReset.REFUSED;
            case PROTOCOL_ERROR,
                    INTERNAL_ERROR,
                    FLOW_CONTROL_ERROR,
                    SETTINGS_TIMEOUT,
                    STREAM_CLOSED,
                    FRAME_SIZE_ERROR,
                    COMPRESSION_ERROR,
                    CONNECT_ERROR,
                    ENHANCE_YOUR_CALM,
                    INADEQUATE_SECURITY,
                    HTTP_1_1_REQUIRED -> StreamReset.PEER_ERROR;
        };
    }
}
