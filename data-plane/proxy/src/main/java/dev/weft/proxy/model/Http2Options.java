package dev.weft.proxy.model;

/**
 * How HTTP/2 is spoken, on either side.
 *
 * @param streamWindowBytes what a peer may send on one stream before we have passed it on; bounds the memory of a stream whose
 *     receiver is slow
 * @param connectionWindowBytes what a peer may send on all streams together before we have read it. Credit for it is given back as
 *     bytes arrive, so that one slow stream takes nothing from others
 * @param maxFrameBytes the largest frame we take
 * @param headerTableBytes the HPACK table we keep for the peer
 * @param maxHeaderListBytes a decoded header list, with 32 bytes per field, as RFC 9113 counts it
 */
public record Http2Options(
        int streamWindowBytes,
        int connectionWindowBytes,
        int maxFrameBytes,
        int headerTableBytes,
        int maxHeaderListBytes) {
    public static final Http2Options DEFAULT =
            new Http2Options(256 * 1024, 16 * 1024 * 1024, 16 * 1024, 4096, 64 * 1024);

    public Http2Options {
        Check.range(streamWindowBytes, 65_535, Integer.MAX_VALUE, "initial_stream_window_size");
        Check.range(connectionWindowBytes, 65_535, Integer.MAX_VALUE, "initial_connection_window_size");
        Check.range(maxFrameBytes, 16_384, 16_777_215, "max_frame_size");
        Check.range(headerTableBytes, 0, 1 << 20, "header_table_size");
        Check.range(maxHeaderListBytes, 1024, 1 << 20, "max_header_list_size");
    }
}
