package dev.weft.proxy.listener;

import dev.weft.proxy.model.ProxyProtocol;
import dev.weft.proxy.time.Deadline;
import dev.weft.proxy.time.LoopTimer;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.netty.handler.codec.haproxy.HAProxyProtocolException;
import io.netty.handler.codec.haproxy.HAProxyProxiedProtocol;
import io.netty.util.NetUtil;
import io.netty.util.ReferenceCountUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the PROXY header with which a connection begins, before TLS and all else, then gives way to who comes behind. A connection
 * without one, where one must come, is closed at the first byte that differs, unanswered: whoever speaks there is not the load
 * balancer.
 *
 * <p>Confined to its channel's event loop.
 */
final class ProxyHeaderEntrance extends ByteToMessageDecoder {
    /** Beside addresses a header may carry values, for instance of the client's TLS; the format would allow 64 KiB. */
    private static final int MAX_VALUES_BYTES = 4096;

    private static final byte[] TEXT = "PROXY ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] BINARY = {0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A};

    private final ProxyProtocol settings;
    private final LoopTimer timer;
    private final Consumer<Ends> next;
    private final Consumer<ProxyHeaderFailures.Reason> onFailure;
    private final Deadline deadline;
    private @Nullable ChannelHandlerContext context;
    private boolean over;

    /**
     * @param next adds the handlers that come behind; told the ends of the connection
     * @param onFailure told once why there is no connection
     */
    ProxyHeaderEntrance(
            ProxyProtocol settings,
            LoopTimer timer,
            Consumer<Ends> next,
            Consumer<ProxyHeaderFailures.Reason> onFailure) {
        this.settings = settings;
        this.timer = timer;
        this.next = next;
        this.onFailure = onFailure;
        this.deadline = new Deadline() {
            @Override
            protected void expired() {
                fail(ProxyHeaderFailures.Reason.TIMEOUT);
            }
        };
    }

    /** Who is connected to whom. */
    record Ends(InetSocketAddress client, InetSocketAddress local) {}

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
        if (!settings.timeout().isZero()) {
            timer.arm(deadline, settings.timeout().toNanos());
        }
    }

    @Override
    protected void decode(ChannelHandlerContext reading, ByteBuf in, List<Object> out) {
        if (over) {
            in.skipBytes(in.readableBytes());
        } else if (!begins(in, TEXT) && !begins(in, BINARY)) {
            if (settings.optional()) {
                pass(null);
                reading.pipeline().remove(this);
            } else {
                fail(ProxyHeaderFailures.Reason.MISSING);
            }
        } else if (in.readableBytes() >= (begins(in, TEXT) ? TEXT : BINARY).length) {
            // What is not yet decoded goes on to those that are added here.
            reading.pipeline()
                    .addAfter(reading.name(), null, new Reception())
                    .addAfter(reading.name(), null, new HAProxyMessageDecoder(MAX_VALUES_BYTES));
            reading.pipeline().remove(this);
        }
    }

    /** As far as there are bytes. */
    private static boolean begins(ByteBuf in, byte[] prefix) {
        int length = Math.min(in.readableBytes(), prefix.length);
        for (int i = 0; i < length; i++) {
            if (in.getByte(in.readerIndex() + i) != prefix[i]) {
                return false;
            }
        }
        return true;
    }

    @Override
    protected void decodeLast(ChannelHandlerContext reading, ByteBuf in, List<Object> out) {
        fail(ProxyHeaderFailures.Reason.CLOSED);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext failed, Throwable cause) {
        fail(ProxyHeaderFailures.Reason.CLOSED);
    }

    private void fail(ProxyHeaderFailures.Reason reason) {
        if (!over) {
            over = true;
            timer.cancel(deadline);
            onFailure.accept(reason);
            if (context != null) {
                context.channel().close();
            }
        }
    }

    private void pass(@Nullable HAProxyMessage header) {
        if (over || context == null) {
            return;
        }
        InetSocketAddress client = (InetSocketAddress) context.channel().remoteAddress();
        InetSocketAddress local = (InetSocketAddress) context.channel().localAddress();
        if (header != null && announces(header.proxiedProtocol())) {
            client = address(header.sourceAddress(), header.sourcePort());
            local = address(header.destinationAddress(), header.destinationPort());
        }
        over = true;
        timer.cancel(deadline);
        next.accept(new Ends(client, local));
    }

    /** A load balancer's own connection, a socket of a file or a datagram say nothing of a client: it is whoever connected. */
    private static boolean announces(HAProxyProxiedProtocol protocol) {
        return protocol == HAProxyProxiedProtocol.TCP4 || protocol == HAProxyProxiedProtocol.TCP6;
    }

    private static InetSocketAddress address(String ip, int port) {
        byte[] bytes = NetUtil.createByteArrayFromIpAddressString(ip);
        if (bytes == null) {
            throw new HAProxyProtocolException(ip + " (expected: an IP address)");
        }
        try {
            return new InetSocketAddress(InetAddress.getByAddress(bytes), port);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(ip, e); // 4 and 16 bytes are addresses
        }
    }

    /** Stands behind the decoder until the header is whole. */
    private final class Reception extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext reading, Object message) {
            if (message instanceof HAProxyMessage header) {
                try {
                    pass(header);
                } finally {
                    header.release();
                }
                // The decoder sends what came behind the header to those that were just added, and leaves.
                reading.pipeline().remove((ChannelHandler) this);
            } else {
                ReferenceCountUtil.release(message); // behind a header that could not be read
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext closed) {
            fail(ProxyHeaderFailures.Reason.CLOSED);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext failed, Throwable cause) {
            fail(
                    cause instanceof HAProxyProtocolException
                            ? ProxyHeaderFailures.Reason.MALFORMED
                            : ProxyHeaderFailures.Reason.CLOSED);
        }
    }
}
