package dev.weft.proxy.cluster;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.util.ReferenceCountUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** An origin on Netty's own HTTP/2 codec that answers health checks as told. Thread-safe. */
final class Http2Origin implements AutoCloseable {
    final List<String> requests = new CopyOnWriteArrayList<>();
    final AtomicInteger connections = new AtomicInteger();

    private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final Channel listener;

    /** Set by the test, read by the origin's loop. */
    private volatile int status = 200;

    /** As {@link #status}; empty for an HTTP response without gRPC. */
    private volatile String grpcMessageHex = "";

    Http2Origin() {
        listener = new ServerBootstrap()
                .group(loop)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        connections.incrementAndGet();
                        channel.pipeline()
                                .addLast(Http2FrameCodecBuilder.forServer().build())
                                .addLast(new Http2MultiplexHandler(new ChannelInitializer<>() {
                                    @Override
                                    protected void initChannel(Channel stream) {
                                        stream.pipeline().addLast(new Answering());
                                    }
                                }));
                    }
                })
                .bind(InetAddress.getLoopbackAddress(), 0)
                .syncUninterruptibly()
                .channel();
    }

    int port() {
        return ((InetSocketAddress) listener.localAddress()).getPort();
    }

    void answer(int newStatus) {
        grpcMessageHex = "";
        status = newStatus;
    }

    /** @param hex the frame with its five bytes */
    void answerGrpc(String hex) {
        grpcMessageHex = hex;
    }

    @Override
    public void close() {
        listener.close().syncUninterruptibly();
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    private final class Answering extends ChannelInboundHandlerAdapter {
        private String request = "";

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            boolean end = false;
            if (message instanceof Http2HeadersFrame head) {
                request = head.headers().method() + " " + head.headers().authority()
                        + head.headers().path();
                end = head.isEndStream();
            } else if (message instanceof Http2DataFrame data) {
                request += " " + HexFormat.of().formatHex(bytes(data.content()));
                end = data.isEndStream();
            }
            ReferenceCountUtil.release(message);
            if (end) {
                requests.add(request);
                answer(context);
            }
        }

        private void answer(ChannelHandlerContext context) {
            DefaultHttp2Headers head = new DefaultHttp2Headers();
            head.status(String.valueOf(status));
            String message = grpcMessageHex;
            if (message.isEmpty()) {
                context.writeAndFlush(new DefaultHttp2HeadersFrame(head, true));
                return;
            }
            context.write(new DefaultHttp2HeadersFrame(head.add("content-type", "application/grpc"), false));
            context.write(new DefaultHttp2DataFrame(
                    Unpooled.wrappedBuffer(HexFormat.of().parseHex(message)), false));
            context.writeAndFlush(
                    new DefaultHttp2HeadersFrame(new DefaultHttp2Headers(false).add("grpc-status", "0"), true));
        }

        private static byte[] bytes(ByteBuf content) {
            byte[] bytes = new byte[content.readableBytes()];
            content.readBytes(bytes);
            return bytes;
        }
    }
}
