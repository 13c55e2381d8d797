package dev.weft.proxy.http;

import io.netty.channel.ChannelHandler;

/**
 * What a listener needs of a downstream connection, whatever its version. Implemented by the codecs.
 *
 * <p>Confined to the connection's event loop, except for {@link #drain} and {@link #shutDown}.
 */
public interface ServerConnection extends ChannelHandler {
    /**
     * No further requests: those in progress finish, then the connection closes. HTTP/1 says {@code Connection: close} with its
     * next response, HTTP/2 sends GOAWAY. A connection that is idle is closed after a short quiet time, since a request may be on
     * its way.
     *
     * <p>May be called by any thread. An HTTP/1 response whose head is written after this returned says that it is the last: to ask
     * the loop would not do, since a loop takes what its sockets have before what it was asked.
     */
    void drain();

    /**
     * Closes the connection, whatever is in progress: whoever serves that is told {@link StreamReset#SHUTDOWN}, and the client is not
     * left to believe that it has all of a response that it has not.
     *
     * <p>May be called by any thread.
     */
    void shutDown();

    /** Requests in progress. */
    int activeStreams();

    /** Bytes in memory for the sake of this connection's client, whoever is to take them. */
    long heldBytes();
}
