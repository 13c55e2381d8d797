package dev.weft.proxy.listener;

import dev.weft.proxy.http.Protocol;
import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.time.Deadline;
import dev.weft.proxy.time.LoopTimer;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells HTTP/2 with prior knowledge from HTTP/1 by the first bytes (RFC 9113, section 3.4): the first byte that is not the preface's
 * decides, so that {@code POST} is known at its second and nothing waits longer than it must.
 *
 * <p>Confined to its channel's event loop.
 */
final class ProtocolDetector extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(ProtocolDetector.class);
    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final HttpOptions options;
    private final LoopTimer timer;
    private final Function<Protocol, ChannelHandler> server;
    private @Nullable ByteBuf received;
    private @Nullable Deadline deadline;

    ProtocolDetector(HttpOptions options, LoopTimer timer, Function<Protocol, ChannelHandler> server) {
        this.options = options;
        this.timer = timer;
        this.server = server;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        deadline = new Deadline() {
            @Override
            protected void expired() {
                context.close();
            }
        };
        timer.arm(deadline, options.idleTimeout().toNanos());
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf in = (ByteBuf) message;
        if (received != null) {
            in = received.writeBytes(in);
            ((ByteBuf) message).release();
            received = null;
        }
        Protocol protocol = detect(in);
        if (protocol != null) {
            context.pipeline().replace(this, null, server.apply(protocol));
            context.fireChannelRead(in); // goes to the replacement
            return;
        }
        // A copy of a few bytes instead of the receive buffer they lie in.
        received = context.alloc().buffer(PREFACE.length).writeBytes(in);
        in.release();
        if (deadline != null) {
            timer.arm(deadline, options.headTimeout().toNanos());
        }
    }

    private static @Nullable Protocol detect(ByteBuf in) {
        int length = Math.min(in.readableBytes(), PREFACE.length);
        for (int i = 0; i < length; i++) {
            if (in.getByte(in.readerIndex() + i) != PREFACE[i]) {
                return Protocol.HTTP_1_1;
            }
        }
        return length == PREFACE.length ? Protocol.HTTP_2 : null;
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        if (deadline != null) {
            timer.cancel(deadline);
        }
        if (received != null) {
            received.release();
            received = null;
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (!(cause instanceof IOException)) {
            LOG.warn("{}: closed by an unexpected failure", context.channel().remoteAddress(), cause);
        }
        context.close();
    }
}
