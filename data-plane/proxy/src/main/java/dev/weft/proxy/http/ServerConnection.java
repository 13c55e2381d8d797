package dev.weft.proxy.http;

import io.netty.channel.ChannelHandler;

/**
 * What a listener needs of a downstream connection, whatever its version. Implemented by the codecs.
 *
 * <p>Confined to the connection's event loop.
 */
public interface ServerConnection extends ChannelHandler {
    /**
     * No further requests: those in progress finish, then the connection closes. HTTP/1 says {@code Connection: close} with its
     * next response, HTTP/2 sends GOAWAY. A connection that is idle is closed after a short quiet time, since a request may be on
     * its way.
     */
    void drain();

    /** Requests in progress. */
    int activeStreams();
}
