package dev.weft.proxy.http.h2;

/** What the peer asked for in SETTINGS (RFC 9113, section 6.5.2), checked. Confined to its connection's event loop. */
final class PeerSettings {
    /** What we assume of a server until it says: the least that the RFC recommends. */
    static final int ASSUMED_STREAMS = 100;

    private final boolean peerIsServer;
    private int initialWindow = Frames.DEFAULT_WINDOW;
    private int maxFrameBytes = Frames.DEFAULT_MAX_FRAME;
    private int maxStreams = ASSUMED_STREAMS;
    private long headerTableBytes = 4096;
    private boolean connectProtocol;
    private boolean received;

    PeerSettings(boolean peerIsServer) {
        this.peerIsServer = peerIsServer;
    }

    /** Unknown settings are ignored, as section 6.5.2 wants. */
    void apply(int id, long value) throws Http2Failure {
        if (!received) {
            received = true;
            maxStreams = Integer.MAX_VALUE;
        }
        switch (id) {
            case Frames.SETTINGS_HEADER_TABLE_SIZE -> headerTableBytes = value;
            case Frames.SETTINGS_ENABLE_PUSH ->
                require(value == 0 || (value == 1 && !peerIsServer), ErrorCode.PROTOCOL_ERROR, "ENABLE_PUSH", value);
            case Frames.SETTINGS_MAX_CONCURRENT_STREAMS -> maxStreams = (int) Math.min(value, Integer.MAX_VALUE);
            case Frames.SETTINGS_INITIAL_WINDOW_SIZE -> {
                require(value <= Integer.MAX_VALUE, ErrorCode.FLOW_CONTROL_ERROR, "INITIAL_WINDOW_SIZE", value);
                initialWindow = (int) value;
            }
            case Frames.SETTINGS_MAX_FRAME_SIZE -> {
                require(
                        value >= Frames.DEFAULT_MAX_FRAME && value < 1 << 24,
                        ErrorCode.PROTOCOL_ERROR,
                        "MAX_FRAME_SIZE",
                        value);
                maxFrameBytes = (int) value;
            }
            case Frames.SETTINGS_ENABLE_CONNECT_PROTOCOL -> {
                require(
                        value == 1 || (value == 0 && !connectProtocol),
                        ErrorCode.PROTOCOL_ERROR,
                        "ENABLE_CONNECT_PROTOCOL",
                        value);
                connectProtocol = value == 1;
            }
            default -> {}
        }
    }

    /** A frame of settings, perhaps without any, has come. */
    void end() {
        if (!received) {
            received = true;
            maxStreams = Integer.MAX_VALUE;
        }
    }

    boolean isReceived() {
        return received;
    }

    int initialWindow() {
        return initialWindow;
    }

    int maxFrameBytes() {
        return maxFrameBytes;
    }

    int maxStreams() {
        return maxStreams;
    }

    long headerTableBytes() {
        return headerTableBytes;
    }

    boolean connectProtocol() {
        return connectProtocol;
    }

    private static void require(boolean right, ErrorCode code, String name, long value) throws Http2Failure {
        if (!right) {
            throw Http2Failure.connection(code, "SETTINGS " + name + " " + value);
        }
    }
}
