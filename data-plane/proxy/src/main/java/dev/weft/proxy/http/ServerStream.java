package dev.weft.proxy.http;

import io.netty.buffer.ByteBuf;

/**
 * One request in progress, seen from the side that answers it. Implemented by the codecs.
 *
 * <p>Confined to the connection's event loop. The order of calls is: any number of {@link #informational}, one {@link #respond},
 * any number of {@link #data}, at most one {@link #trailers}; {@code end} closes the response. After a {@link #respond} with
 * status 101 (or 2xx to CONNECT) data is opaque in both directions and {@code end} closes one direction only. Calls after the
 * end, or after either side reset the stream, are ignored, and buffers handed over are released.
 */
public interface ServerStream {
    /** Whom we talk to. */
    Connection connection();

    /** Sends a 1xx other than 101. */
    void informational(ResponseHead head);

    void respond(ResponseHead head, boolean end);

    /** Takes ownership of {@code data}. */
    void data(ByteBuf data, boolean end);

    void trailers(Headers trailers);

    /** Gives the stream up: RST_STREAM on HTTP/2, the connection's end on HTTP/1. The handler is not called again. */
    void reset(StreamReset cause);

    /** What was written so far is sent at the end of the loop's turn, together with what is written until then. */
    void flush();

    /** False while more data would only pile up in memory; {@link StreamHandler#writable} tells when it is true again. */
    boolean isWritable();

    /** Stops handing over request data as soon as possible; at most one flow-control window may still arrive. */
    void pause();

    /** Takes back {@link #pause}. */
    void resume();
}
