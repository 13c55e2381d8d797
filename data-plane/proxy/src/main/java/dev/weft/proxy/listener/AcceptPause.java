package dev.weft.proxy.listener;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a listening socket does when the kernel gives it no connection, as a rule because the process has no file descriptor
 * left (EMFILE): it waits for some to be closed. Trying again at once would fail as fast as a core can ask.
 *
 * <p>Confined to the event loop of the listening socket.
 */
final class AcceptPause extends ChannelInboundHandlerAdapter {
    static final long PAUSE_MILLIS = 100;

    private static final Logger LOG = LoggerFactory.getLogger(AcceptPause.class);

    private final Supplier<String> listener;

    /** Whether the last try failed too; one line a shortage is enough. */
    private boolean failing;

    /**
     * @param listener its present name
     */
    AcceptPause(Supplier<String> listener) {
        this.listener = listener;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object accepted) {
        if (failing) {
            failing = false;
            LOG.info("listener {}: accepts again", listener.get());
        }
        context.fireChannelRead(accepted);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (!failing) {
            failing = true;
            LOG.error(
                    "listener {}: accepts no connection until one can be had: {}", listener.get(), cause.getMessage());
        }
        if (context.channel().config().isAutoRead()) {
            context.channel().config().setAutoRead(false);
            context.executor()
                    .schedule(() -> context.channel().config().setAutoRead(true), PAUSE_MILLIS, TimeUnit.MILLISECONDS);
        }
    }
}
