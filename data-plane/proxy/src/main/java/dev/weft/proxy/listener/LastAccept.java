package dev.weft.proxy.listener;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.concurrent.TimeUnit;

/**
 * Closes a listening socket, once the connections were taken that the kernel has made already: it resets those that still wait to be
 * accepted when their socket closes, although their clients believe them to be open and have sent requests.
 *
 * <p>To be added to the pipeline of the socket on its event loop, to which it is confined. It looks again until nothing was accepted
 * between two looks, so that what is left to the kernel is a client that arrives in that very moment; under an endless stream of
 * new ones it closes all the same.
 */
final class LastAccept extends ChannelInboundHandlerAdapter {
    static final long LOOK_MILLIS = 1;
    static final int LOOKS = 100;

    private boolean accepted;
    private int looksLeft = LOOKS;

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        lookLater(context);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object connection) {
        accepted = true;
        context.fireChannelRead(connection);
    }

    private void lookLater(ChannelHandlerContext context) {
        // Not by execute: the loop would do it before it asks the kernel for connections.
        context.executor().schedule(() -> look(context), LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void look(ChannelHandlerContext context) {
        if (accepted && --looksLeft > 0) {
            accepted = false;
            lookLater(context);
        } else {
            context.channel().close();
        }
    }
}
