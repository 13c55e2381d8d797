package dev.weft.proxy.listener;

import dev.weft.proxy.http.ServerConnection;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.EventLoop;
import org.jspecify.annotations.Nullable;

/** A downstream connection, from its acceptance to its end. Thread-safe. */
final class Accepted {
    private final Channel channel;

    /** What speaks with its client, once that is known; null for opaque bytes. */
    private volatile @Nullable ServerConnection server;

    /** Who serves it, once that is known. */
    private volatile @Nullable BoundChain chain;

    Accepted(Channel channel) {
        this.channel = channel;
    }

    void given(BoundChain to) {
        chain = to;
    }

    @Nullable
    BoundChain chain() {
        return chain;
    }

    void servedBy(ServerConnection connection) {
        server = connection;
    }

    /** One whose protocol is not known yet is asked again once it is. */
    void drain() {
        ServerConnection serving = server;
        if (serving != null) {
            serving.drain();
        }
    }

    boolean isOf(EventLoop loop) {
        return channel.eventLoop().equals(loop);
    }

    /** Bytes in memory for its client's sake. On its loop. */
    long heldBytes() {
        ServerConnection serving = server;
        if (serving != null) {
            return serving.heldBytes();
        }
        ChannelOutboundBuffer waiting = channel.unsafe().outboundBuffer();
        return waiting == null ? 0 : waiting.totalPendingWriteBytes();
    }

    @Override
    public String toString() {
        return "connection from " + channel.remoteAddress();
    }

    void close() {
        channel.close();
    }

    /** The time that it had to finish is over. */
    void shutDown() {
        ServerConnection serving = server;
        if (serving == null) {
            channel.close();
        } else {
            serving.shutDown();
        }
    }
}
