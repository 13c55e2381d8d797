package dev.weft.proxy.http;

import io.netty.buffer.ByteBuf;

/**
 * Receives what the peer sends on a stream after its head, and what happens to the stream. Called on the connection's event loop;
 * a call may re-enter the stream.
 *
 * <p>After a message's {@code end}, {@link #trailers} or {@link #reset}, only {@link #writable} and {@link #reset} may follow, and
 * nothing after a reset.
 */
public interface StreamHandler {
    /** The receiver owns {@code data} and must release it. {@code end}: the peer is done (half-close of a tunnel). */
    void data(ByteBuf data, boolean end);

    /** Trailers, which are also the end. The object is the codec's and may be used only during the call. */
    void trailers(Headers trailers);

    /** The stream is over, whatever was still to come. */
    void reset(StreamReset cause);

    /** Bytes of the message that are held for a receiver, or for a repetition, behind this handler. */
    default long heldBytes() {
        return 0;
    }

    /** The sending side takes data again after {@code isWritable()} was false. */
    void writable();
}
