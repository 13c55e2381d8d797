package dev.weft.proxy.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.model.ProxyProtocol;
import dev.weft.proxy.model.ServerTls;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawOrigin;
import dev.weft.proxy.testing.TestAuthority;
import dev.weft.proxy.tls.TlsEngine;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Bytes of a client that come before there is a connection to carry them on. */
class EarlyBytesTest {
    private static final String ANNOUNCED = "PROXY TCP4 203.0.113.7 198.51.100.1 56324 443\r\n";

    @RegisterExtension
    private final TcpFixture tcp = new TcpFixture();

    @Test
    void whatComesInOnePieceWithThePROXYHeaderIsCarriedToo() throws IOException {
        RawOrigin origin = tcp.origin(wire -> wire.send(wire.receive(8)));
        tcp.proxyProtocol(ProxyProtocol.REQUIRED).cluster(origin.port()).apply();
        RawClient client = tcp.client();

        client.send(ANNOUNCED + "first").send("...");

        assertThat(client.receive(8)).isEqualTo("first...");
    }

    @Test
    void theyAreLetGoWithAConnectionThatNobodyTakes() throws IOException {
        tcp.proxyProtocol(ProxyProtocol.REQUIRED)
                .cluster(TcpFixture.unusedPort())
                .apply();
        RawClient client = tcp.client();

        client.send(ANNOUNCED + "first");

        assertThat(client.receiveToEnd()).isIn("", "[reset]");
    }

    @ParameterizedTest
    @EnumSource
    void whatComesInOnePieceWithTheEndOfAHandshakeIsCarriedAndEnds(TlsEngine engine) throws Exception {
        CompletableFuture<String> came = new CompletableFuture<>();
        RawOrigin origin = tcp.origin(wire -> came.complete(wire.receiveToEnd()));
        tcp.engine(engine)
                .tls(new ServerTls(
                        List.of(TestAuthority.pem(new TestAuthority("ours").issue("edge", "spiffe://edge"))),
                        List.of(),
                        Optional.empty()))
                .cluster(origin.port())
                .apply();

        sendWithFinished("all there is");

        assertThat(came.get(10, TimeUnit.SECONDS)).isEqualTo("all there is");
    }

    /** Shakes hands, and sends the last message of that, the bytes and close_notify at once. */
    private void sendWithFinished(String text) throws Exception {
        EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        tcp.open(() -> loop.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly());
        SslContext context = SslContextBuilder.forClient()
                .sslProvider(SslProvider.JDK)
                .protocols("TLSv1.3")
                .trustManager(InsecureTrustManagerFactory.INSTANCE)
                .endpointIdentificationAlgorithm(null)
                .build();
        new Bootstrap()
                .group(loop)
                .channel(NioSocketChannel.class)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        Gate gate = new Gate();
                        SslHandler tls = context.newHandler(channel.alloc());
                        channel.pipeline().addLast(gate, tls, new ChannelInboundHandlerAdapter());
                        tls.handshakeFuture().addListener(done -> {
                            channel.writeAndFlush(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII));
                            tls.closeOutbound();
                            gate.open(channel);
                        });
                    }
                })
                .connect(tcp.proxy().address("tcp"))
                .sync();
    }

    /** Lets the ClientHello go, and then nothing until it is opened. */
    private static final class Gate extends ChannelOutboundHandlerAdapter {
        private int flushes;
        private boolean open;

        @Override
        public void flush(ChannelHandlerContext context) {
            if (open || flushes++ == 0) {
                context.flush();
            }
        }

        void open(Channel channel) {
            open = true;
            channel.pipeline().context(this).flush();
        }
    }
}
