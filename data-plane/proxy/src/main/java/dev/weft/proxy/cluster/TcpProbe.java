package dev.weft.proxy.cluster;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.util.function.Supplier;

/**
 * Well is who accepts a connection; it is closed at once. TLS is not tried: whoever wants to know more asks over HTTP.
 *
 * <p>Confined to its event loop.
 */
final class TcpProbe implements Probe {
    private final Bootstrap bootstrap;
    private final Supplier<byte[]> preamble;

    /**
     * @param channel the class that belongs to {@code loop}
     * @param preamble what is sent before the connection is closed, so that an endpoint that waits for a PROXY header has nothing to
     *     complain of
     */
    TcpProbe(EventLoop loop, Class<? extends Channel> channel, InetSocketAddress address, Supplier<byte[]> preamble) {
        this.preamble = preamble;
        this.bootstrap = new Bootstrap()
                .group(loop)
                .channel(channel)
                .remoteAddress(address)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 0) // the check has its own
                .handler(new ChannelInboundHandlerAdapter() {
                    @Override
                    public boolean isSharable() {
                        return true;
                    }
                });
    }

    @Override
    public Question ask(Answer answer) {
        Connecting connecting = new Connecting(answer, bootstrap.connect(), preamble.get());
        connecting.begin();
        return connecting;
    }

    @Override
    public void close() {}

    private static final class Connecting implements Question {
        private final Answer answer;
        private final ChannelFuture future;
        private final byte[] preamble;
        private boolean over;

        Connecting(Answer answer, ChannelFuture future, byte[] preamble) {
            this.answer = answer;
            this.future = future;
            this.preamble = preamble;
        }

        void begin() {
            future.addListener(done -> {
                if (done.isSuccess() && preamble.length > 0) {
                    future.channel()
                            .writeAndFlush(Unpooled.wrappedBuffer(preamble))
                            .addListener(ChannelFutureListener.CLOSE);
                } else {
                    future.channel().close();
                }
                if (over) {
                    return;
                }
                over = true;
                if (done.isSuccess()) {
                    answer.well(false);
                } else {
                    answer.unwell(String.valueOf(done.cause().getMessage()));
                }
            });
        }

        @Override
        public void cancel() {
            over = true;
            future.channel().close();
        }
    }
}
