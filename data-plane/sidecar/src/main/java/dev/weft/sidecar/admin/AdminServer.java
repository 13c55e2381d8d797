package dev.weft.sidecar.admin;

import dev.weft.sidecar.admin.AdminPage.AdminAnswer;
import dev.weft.sidecar.admin.AdminPage.AdminRequest;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.timeout.ReadTimeoutHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** Serves the admin pages. Thread-safe; its pages are called on its one event loop. */
public final class AdminServer implements AutoCloseable {
    private static final int MAX_BODY_BYTES = 64 * 1024;
    private static final int IDLE_SECONDS = 60;

    private final SortedMap<String, AdminPage> pages;
    private final EventLoopGroup loop =
            new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("weft-admin", true), NioIoHandler.newFactory());
    private final Channel server;

    private AdminServer(Map<String, AdminPage> pages, InetSocketAddress address) throws IOException {
        this.pages = new TreeMap<>(pages);
        ChannelFuture bound = new ServerBootstrap()
                .group(loop)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        channel.pipeline()
                                .addLast(new ReadTimeoutHandler(IDLE_SECONDS))
                                .addLast(new HttpServerCodec())
                                .addLast(new HttpObjectAggregator(MAX_BODY_BYTES))
                                .addLast(new Pages());
                    }
                })
                .bind(address)
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            var _ = loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
            throw new IOException("admin " + address.getHostString() + ":" + address.getPort() + ": cannot be bound ("
                    + bound.cause().getMessage() + ")");
        }
        this.server = bound.channel();
    }

    /**
     * @param pages by path, for instance {@code /ready}; {@code /help} is added
     * @throws IOException where the address cannot be bound
     */
    public static AdminServer start(InetSocketAddress address, Map<String, AdminPage> pages) throws IOException {
        return new AdminServer(pages, address);
    }

    public InetSocketAddress address() {
        return (InetSocketAddress) server.localAddress();
    }

    @Override
    public void close() {
        var _ = loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    private String help() {
        StringBuilder help = new StringBuilder();
        pages.forEach((path, page) ->
                help.append(String.format("%-5s%-29s%s%n", page.acts() ? "POST" : "GET", path, page.about())));
        return help.append(String.format("%-5s%-29s%s%n", "GET", "/help", "this list"))
                .toString();
    }

    private final class Pages extends SimpleChannelInboundHandler<FullHttpRequest> {
        @Override
        protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
            boolean keepAlive = HttpUtil.isKeepAlive(request);
            boolean head = request.method().equals(HttpMethod.HEAD);
            String uri = request.uri();
            int question = uri.indexOf('?');
            String path = question < 0 ? uri : uri.substring(0, question);
            String query = question < 0 ? "" : uri.substring(question + 1);
            String accept = request.headers().get(HttpHeaderNames.ACCEPT, "");
            AdminPage page = pages.get(path);
            if (path.equals("/help") || path.equals("/")) {
                write(context, AdminAnswer.text(200, help()), keepAlive, head);
            } else if (page == null) {
                write(context, AdminAnswer.text(404, path + ": no such page; there are:\n" + help()), keepAlive, head);
            } else if (page.acts() != request.method().equals(HttpMethod.POST)) {
                String expected = page.acts() ? "POST" : "GET";
                write(
                        context,
                        AdminAnswer.text(405, request.method() + " " + path + " (expected: " + expected + ")"),
                        keepAlive,
                        head);
            } else {
                page.answer(new AdminRequest(query, accept))
                        .whenComplete((answer, failure) -> context.executor()
                                .execute(() -> write(
                                        context,
                                        failure == null
                                                ? answer
                                                : AdminAnswer.text(500, String.valueOf(failure.getMessage())),
                                        keepAlive,
                                        head)));
            }
        }

        private void write(ChannelHandlerContext context, AdminAnswer answer, boolean keepAlive, boolean head) {
            ByteBuf body = ByteBufUtil.writeUtf8(context.alloc(), answer.body());
            int length = body.readableBytes();
            DefaultFullHttpResponse response = new DefaultFullHttpResponse(
                    HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(answer.status()), head ? body.clear() : body);
            response.headers()
                    .set(HttpHeaderNames.CONTENT_TYPE, answer.contentType())
                    .set(HttpHeaderNames.CONTENT_LENGTH, length)
                    .set(HttpHeaderNames.CACHE_CONTROL, "no-store");
            HttpUtil.setKeepAlive(response, keepAlive);
            ChannelFuture written = context.writeAndFlush(response);
            if (!keepAlive) {
                written.addListener(ChannelFutureListener.CLOSE);
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            // A client that breaks off or times out; nobody is helped by a trace.
            context.close();
        }
    }
}
