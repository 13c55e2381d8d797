package dev.weft.proxy.tcp;

import dev.weft.proxy.time.Deadline;
import dev.weft.proxy.time.LoopTimer;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.time.Duration;

/**
 * One direction of a carried connection: what is read from its own channel is written to the other.
 *
 * <p>Confined to the event loop that both channels share. Reading stops while the other side cannot write, so that a slow receiver
 * holds at most one buffer of water-mark size. Each direction ends by itself; when both have, or one channel is gone, so is the
 * other, after what was still to be written.
 */
final class Relay extends ChannelInboundHandlerAdapter {
    private final Channel from;
    private final Channel to;
    private final IdleLimit idle;
    private boolean ended;

    private Relay(Channel from, Channel to, IdleLimit idle) {
        this.from = from;
        this.to = to;
        this.idle = idle;
    }

    /** Begins to carry both ways. Both channels are connected and were not read from. */
    static void join(Channel one, Channel other, LoopTimer timer, Duration idleLimit) {
        IdleLimit idle = new IdleLimit(one, other, timer, idleLimit);
        for (Channel channel : new Channel[] {one, other}) {
            channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
        }
        one.pipeline().addLast(new Relay(one, other, idle));
        other.pipeline().addLast(new Relay(other, one, idle));
        idle.moved();
        one.config().setAutoRead(true);
        other.config().setAutoRead(true);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        idle.moved();
        if (!to.isActive()) {
            ReferenceCountUtil.release(message);
            return;
        }
        to.write(message, to.voidPromise());
        if (!to.isWritable()) {
            from.config().setAutoRead(false);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        to.flush();
    }

    /** Our own channel takes data again: the other direction, which writes to it, may read. */
    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (from.isWritable() && !to.config().isAutoRead()) {
            to.config().setAutoRead(true);
        }
        if (from.isWritable()) {
            idle.moved();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof ChannelInputShutdownEvent || event instanceof SslCloseCompletionEvent) {
            inputEnded();
        } else {
            context.fireUserEventTriggered(event);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        idle.cancel();
        if (to.isActive()) {
            to.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(flushed -> to.close());
        }
        context.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        from.close(); // a reset of the peer; the other side follows
    }

    private void inputEnded() {
        if (ended) {
            return;
        }
        ended = true;
        Relay back = to.pipeline().get(Relay.class);
        boolean bothEnded = back == null || back.ended;
        to.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(flushed -> {
            if (bothEnded) {
                to.close();
                from.close();
            } else {
                endOutput(to);
            }
        });
    }

    private static void endOutput(Channel channel) {
        SslHandler tls = channel.pipeline().get(SslHandler.class);
        if (tls != null) {
            tls.closeOutbound();
        } else if (channel instanceof DuplexChannel duplex) {
            duplex.shutdownOutput();
        } else {
            channel.close();
        }
    }

    /** Closes both when nothing has moved for the time. */
    private static final class IdleLimit extends Deadline {
        private final Channel one;
        private final Channel other;
        private final LoopTimer timer;
        private final long nanos;

        IdleLimit(Channel one, Channel other, LoopTimer timer, Duration limit) {
            this.one = one;
            this.other = other;
            this.timer = timer;
            this.nanos = limit.toNanos();
        }

        void moved() {
            if (nanos > 0) {
                timer.arm(this, nanos);
            }
        }

        void cancel() {
            timer.cancel(this);
        }

        @Override
        protected void expired() {
            one.close();
            other.close();
        }
    }
}
