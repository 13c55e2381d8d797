package dev.weft.proxy.listener;

import dev.weft.proxy.http.Connection;
import dev.weft.proxy.http.RequestAcceptor;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;

/** What lies behind the listeners. Called on the event loop of a connection that has just been accepted. */
public interface ConnectionHandlers {
    /**
     * Who takes the requests of a connection. It serves for the connection's life, so it looks up routes at each request, by
     * {@link ServingChain#key}.
     */
    RequestAcceptor http(ServingChain chain, EventLoop loop);

    /** Who takes the bytes of a connection, once TLS is off. The handler is added to the channel's pipeline, which is active. */
    ChannelHandler tcp(ServingChain chain, Connection connection);
}
