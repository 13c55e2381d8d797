package dev.weft.proxy.http;

import io.netty.channel.Channel;

/**
 * A connection to an upstream that is ready for requests. Implemented by the codecs, owned by the upstream pool.
 *
 * <p>Confined to its event loop.
 */
public interface ClientConnection {
    /**
     * Sends a request's head; the handler may be called before this returns only where the connection is already dead.
     *
     * @throws IllegalArgumentException where what the head says cannot be written; nothing was, and the connection is as before
     */
    ClientStream open(RequestHead head, boolean end, ClientStreamHandler handler);

    /** How many streams may still be opened now; 0 for a dying connection or a busy HTTP/1 one. */
    int availableStreams();

    int activeStreams();

    /** False once the peer closed it, sent GOAWAY, or broke the protocol: never to be handed out again. */
    boolean isReusable();

    Protocol protocol();

    Channel channel();

    /** No new streams; closes when the active ones have ended. */
    void closeGracefully();

    /** Told once a stream has ended ({@code availableStreams} grew), and once when the connection is gone. */
    interface Owner {
        void streamEnded(ClientConnection connection);

        /** The peer has said how many streams it takes, at first or anew. */
        default void streamLimitTold(ClientConnection connection, int streams) {}

        /** The first response on it has begun. */
        default void firstAnswered(ClientConnection connection) {}

        /** The peer has refused a stream, which is still counted, unprocessed (RFC 9113, section 8.7). */
        default void streamRefused(ClientConnection connection) {}

        /** The peer leaves, having taken so many streams of this connection and not all: the others are told next. */
        default void streamsNotTaken(ClientConnection connection, int taken) {}

        void connectionEnded(ClientConnection connection);
    }
}
