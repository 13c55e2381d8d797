package dev.weft.proxy.http;

import io.netty.buffer.ByteBuf;

/**
 * One request in progress, seen from the side that sent it. Implemented by the codecs; opened by {@link ClientConnection#open},
 * which has already sent the head.
 *
 * <p>Confined to the connection's event loop. Calls after the end or a reset are ignored, and buffers handed over are released.
 */
public interface ClientStream {
    ClientConnection connection();

    /** Takes ownership of {@code data}. */
    void data(ByteBuf data, boolean end);

    void trailers(Headers trailers);

    /**
     * The response's head is needed longer than the stream lasts, and is the caller's from now on. To be called at the latest within the
     * call that hands over the response's end.
     */
    void keep(ResponseHead head);

    /** Cancels the request: RST_STREAM on HTTP/2, the connection's end on HTTP/1. The handler is not called again. */
    void reset(StreamReset cause);

    /** As {@link ServerStream#flush}. */
    void flush();

    boolean isWritable();

    /** Bytes that wait here, to be sent or to be handed over. */
    long heldBytes();

    /** Stops handing over response data as soon as possible; at most one flow-control window may still arrive. */
    void pause();

    void resume();
}
