package dev.weft.proxy.listener;

import dev.weft.proxy.http.Connection;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.RequestAcceptor;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.http.ServerStream;
import dev.weft.proxy.http.StreamHandler;
import dev.weft.proxy.http.StreamReset;
import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.model.ListenerConfig;
import dev.weft.proxy.model.ServerTls;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.time.LoopTimers;
import dev.weft.proxy.tls.TlsEngine;
import dev.weft.proxy.transport.Transport;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Real listeners whose requests are answered with what was seen of them; {@code /hold} is left to the test. Thread-safe.
 */
final class ListenerFixture implements AutoCloseable {
    final Transport transport;
    final Listeners listeners;

    /** Requests to {@code /hold}, to be answered on their loop. */
    final BlockingQueue<ServerStream> held = new LinkedBlockingQueue<>();

    ListenerFixture() {
        this(Transport.open(Transport.Kind.NIO, 2), 0);
    }

    ListenerFixture(TlsEngine engine) {
        this(Transport.open(Transport.Kind.NIO, 2), 0, engine);
    }

    ListenerFixture(Transport transport, int maxConnections) {
        this(transport, maxConnections, TlsEngine.preferred());
    }

    private ListenerFixture(Transport transport, int maxConnections, TlsEngine engine) {
        this.transport = transport;
        this.listeners = new Listeners(transport, new LoopTimers(), new Handlers(), maxConnections, () -> engine);
    }

    static ListenerConfig http(String name) {
        return http(name, 0, HttpOptions.DEFAULT, null);
    }

    static ListenerConfig http(String name, int port, HttpOptions options, @Nullable ServerTls tls) {
        return new ListenerConfig(
                name,
                "127.0.0.1",
                port,
                ListenerConfig.Direction.GATEWAY,
                new ListenerConfig.Http("routes of " + name, options),
                Optional.ofNullable(tls));
    }

    static ListenerConfig tcp(String name) {
        return new ListenerConfig(
                name,
                "127.0.0.1",
                0,
                ListenerConfig.Direction.GATEWAY,
                new ListenerConfig.Tcp(new ClusterName("echo")),
                Optional.empty());
    }

    RawClient connect(String listener) throws IOException {
        return RawClient.connect(address(listener));
    }

    InetSocketAddress address(String listener) {
        return Objects.requireNonNull(listeners.addresses().get(listener), listener);
    }

    /** Answers a held request. */
    static void answer(ServerStream stream) {
        stream.connection().channel().eventLoop().execute(() -> stream.respond(new ResponseHead(), true));
    }

    @Override
    public void close() {
        listeners.close();
        transport.close();
    }

    private final class Handlers implements ConnectionHandlers {
        @Override
        public RequestAcceptor http(ServingChain chain, EventLoop loop) {
            return (stream, head, end) -> {
                if (head.path().equals("/hold")) {
                    held.add(stream);
                } else {
                    respond(chain, stream, head);
                }
                return new Ignoring();
            };
        }

        private void respond(ServingChain chain, ServerStream stream, RequestHead head) {
            Connection facts = stream.connection();
            String text = String.join(
                    " ",
                    List.of(
                            ((ListenerConfig.Http) chain.config().handler()).routeTable(),
                            facts.protocol().text(),
                            head.scheme(),
                            String.valueOf(facts.tlsServerName()),
                            String.valueOf(facts.peerIdentity())));
            stream.respond(new ResponseHead(), false);
            stream.data(Unpooled.copiedBuffer(text, StandardCharsets.UTF_8), true);
        }

        @Override
        public ChannelHandler tcp(ServingChain chain, Connection connection) {
            return new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(ChannelHandlerContext context, Object message) {
                    context.writeAndFlush(message);
                }
            };
        }
    }

    private static final class Ignoring implements StreamHandler {
        @Override
        public void data(ByteBuf data, boolean end) {
            data.release();
        }

        @Override
        public void trailers(Headers trailers) {}

        @Override
        public void reset(StreamReset cause) {}

        @Override
        public void writable() {}
    }
}
