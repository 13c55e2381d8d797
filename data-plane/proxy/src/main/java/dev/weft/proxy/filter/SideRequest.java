package dev.weft.proxy.filter;

import dev.weft.proxy.http.Headers;
import io.netty.buffer.ByteBuf;

/**
 * A request that a filter sent on its own. Confined to the event loop of its exchange; calls after its end are ignored, and
 * buffers are released.
 */
public interface SideRequest {
    /** Takes ownership of {@code data}. What its receiver does not take soon ends it, so it never holds much memory. */
    void data(ByteBuf data, boolean end);

    /** Trailers, which are copied, and the end. */
    void trailers(Headers trailers);

    /** Gives it up, where it has not ended. */
    void cancel();
}
