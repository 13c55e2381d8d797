package dev.weft.sidecar.xds;

import dev.weft.proxy.model.Http2Options;
import dev.weft.sidecar.xds.message.Message;

/** Windows and limits of HTTP/2. Stateless. */
final class Http2Translation {
    private static final Http2Options DEFAULT = Http2Options.DEFAULT;

    private Http2Translation() {}

    /** @throws IllegalArgumentException where a size is out of range */
    static Http2Options options(Message http2) {
        return new Http2Options(
                http2.integer("initial_stream_window_size", DEFAULT.streamWindowBytes()),
                http2.integer("initial_connection_window_size", DEFAULT.connectionWindowBytes()),
                DEFAULT.maxFrameBytes(),
                http2.integer("hpack_table_size", DEFAULT.headerTableBytes()),
                DEFAULT.maxHeaderListBytes());
    }
}
