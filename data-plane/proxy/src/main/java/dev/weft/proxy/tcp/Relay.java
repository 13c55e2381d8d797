package dev.weft.proxy.tcp;

import dev.weft.proxy.failure.ProxyFailure;
import dev.weft.proxy.failure.ProxyFailure.TimedOut;
import dev.weft.proxy.http.StreamReset;
import dev.weft.proxy.time.Deadline;
import dev.weft.proxy.time.LoopTimer;
import dev.weft.proxy.tls.TlsEngine;
import dev.weft.proxy.transport.ResetWatch;
import io.netty.buffer.ByteBuf;
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
import java.util.concurrent.TimeUnit;

/**
 * Carries bytes both ways between a client and an endpoint.
 *
 * <p>Confined to the event loop that both channels share. Reading of one side stops while the other cannot write, so that a slow
 * receiver holds at most one buffer of water-mark size and what one read brought beyond it.
 *
 * <p>Each direction ends by itself, after what was still to be written: by FIN, or close_notify where that side speaks TLS. When both
 * have ended, both channels close. A side that breaks (a reset, or over TLS an end that TLS does not vouch for) is no end like that:
 * the other gets what was taken for it, and then a reset, so that nobody takes a part for the whole.
 */
final class Relay {
    /** What was taken for a side whose partner is lost may take so long to go. */
    private static final long FLUSH_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final ConnectionAccount account;
    private final LoopTimer timer;
    private final long idleNanos;
    private final Runnable onEnd;
    private final Side client;
    private final Side endpoint;
    private int open = 2;

    /** Both channels are closed, or are about to be. */
    private boolean closing;

    private final Deadline idle = new Deadline() {
        @Override
        protected void expired() {
            giveUp(new TimedOut(TimedOut.Limit.STREAM_IDLE, null));
        }
    };

    /**
     * Both channels are connected and were not read from.
     *
     * @param onEnd called once, when both have closed
     */
    Relay(
            Channel client,
            Channel endpoint,
            ConnectionAccount account,
            LoopTimer timer,
            Duration idleLimit,
            Runnable onEnd) {
        this.account = account;
        this.timer = timer;
        this.idleNanos = idleLimit.toNanos();
        this.onEnd = onEnd;
        this.client = new Side(client);
        this.endpoint = new Side(endpoint);
    }

    void begin() {
        for (Side side : new Side[] {client, endpoint}) {
            side.channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
            side.channel.pipeline().addLast(side);
        }
        moved();
        client.channel.config().setAutoRead(true);
        endpoint.channel.config().setAutoRead(true);
    }

    /** Closes both at once. */
    void giveUp(ProxyFailure failure) {
        account.failed(failure);
        close();
    }

    private void close() {
        closing = true;
        client.channel.close();
        endpoint.channel.close();
    }

    private void moved() {
        if (idleNanos > 0 && !closing) {
            timer.arm(idle, idleNanos);
        }
    }

    /** One of the two channels: what is read from it goes to the other. */
    private final class Side extends ChannelInboundHandlerAdapter {
        private final Channel channel;
        private final ResetWatch resets;
        private boolean inputEnded;
        private boolean outputEnded;

        Side(Channel channel) {
            this.channel = channel;
            this.resets = new ResetWatch(channel, timer);
        }

        private Side other() {
            return this == client ? endpoint : client;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            Channel to = other().channel;
            if (closing || !to.isActive() || !(message instanceof ByteBuf data)) {
                ReferenceCountUtil.release(message);
                return;
            }
            moved();
            if (this == client) {
                account.fromClient(data.readableBytes());
            } else {
                account.fromEndpoint(data.readableBytes());
            }
            to.write(data, to.voidPromise());
            if (!to.isWritable()) {
                channel.config().setAutoRead(false);
                resets.begin();
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            other().channel.flush();
        }

        /** Our own channel takes data again: the other side, whose bytes are written to it, may be read. */
        @Override
        public void channelWritabilityChanged(ChannelHandlerContext context) {
            if (channel.isWritable() && !closing) {
                moved();
                other().readOn();
            }
        }

        private void readOn() {
            if (!inputEnded) {
                resets.end();
            }
            channel.config().setAutoRead(true);
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event instanceof SslCloseCompletionEvent closed && closed.isSuccess()) {
                inputEnded();
            } else if (event instanceof ChannelInputShutdownEvent) {
                if (inputEnded || context.pipeline().get(SslHandler.class) == null) {
                    inputEnded();
                } else {
                    lost(); // by FIN without close_notify: anyone could have cut it off
                }
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            lost();
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            resets.end();
            if (!closing) { // neither side has ended, so that it was us: the drain is over
                closing = true;
                account.clientLost(StreamReset.SHUTDOWN);
                other().flushed(other().channel::close);
            }
            open--;
            if (open == 0) {
                timer.cancel(idle);
                onEnd.run();
            }
        }

        private void inputEnded() {
            if (!inputEnded && !closing) {
                inputEnded = true;
                resets.begin();
                SslHandler tls = channel.pipeline().get(SslHandler.class);
                // Nobody can take what the other side would still say.
                outputEnded |= tls != null && !TlsEngine.canHalfClose(tls.engine());
                other().flushed(other()::endOutput);
            }
        }

        private void endOutput() {
            if (closing) {
                return;
            }
            outputEnded = true;
            SslHandler tls = channel.pipeline().get(SslHandler.class);
            if (other().outputEnded) {
                close();
            } else if (tls != null) {
                tls.closeOutbound();
            } else if (channel instanceof DuplexChannel duplex) {
                duplex.shutdownOutput();
            }
        }

        private void lost() {
            if (closing) {
                return;
            }
            closing = true;
            if (this == client) {
                account.clientLost(StreamReset.CONNECTION_CLOSED);
            } else {
                account.endpointLost();
            }
            timer.arm(idle, FLUSH_NANOS);
            abort();
            other().flushed(other()::abort);
        }

        private void flushed(Runnable then) {
            channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(done -> then.run());
        }

        /** By RST, and past TLS, whose close_notify would make it an end in good order. */
        private void abort() {
            channel.config().setOption(ChannelOption.SO_LINGER, 0);
            ChannelHandlerContext tls = channel.pipeline().context(SslHandler.class);
            if (tls == null) {
                channel.close();
            } else {
                tls.close();
            }
        }
    }
}
