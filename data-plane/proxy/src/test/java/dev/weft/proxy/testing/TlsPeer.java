package dev.weft.proxy.testing;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.IdentityCipherSuiteFilter;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.pkitesting.X509Bundle;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSession;

/** BoringSSL as a foreign peer, since it still speaks the old versions and ciphers that the JDK has turned off. Thread-safe. */
public final class TlsPeer implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 10;

    private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());

    /** What a peer speaks: one version, one suite by the JDK's name, and one group, or any where that is empty. */
    public record Speech(String version, String suite, String group) {
        @Override
        public String toString() {
            return version + " " + suite + (group.isEmpty() ? "" : " " + group);
        }

        private void on(SslContextBuilder builder) {
            builder.sslProvider(SslProvider.OPENSSL)
                    .protocols(version)
                    .ciphers(List.of(suite), IdentityCipherSuiteFilter.INSTANCE);
            if (!group.isEmpty()) {
                builder.option(OpenSslContextOption.GROUPS, new String[] {group});
            }
        }
    }

    /** Shakes hands as a client: {@code "TLSv1.3 TLS_AES_128_GCM_SHA256"}, or {@code "refused"}. */
    public String connect(InetSocketAddress address, Speech speech) throws Exception {
        SslContextBuilder builder = SslContextBuilder.forClient()
                .endpointIdentificationAlgorithm(null)
                .trustManager(InsecureTrustManagerFactory.INSTANCE);
        speech.on(builder);
        SslContext context = builder.build();
        Channel channel = new Bootstrap()
                .group(loop)
                .channel(NioSocketChannel.class)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel made) {
                        made.pipeline().addLast(context.newHandler(made.alloc()), new Quiet());
                    }
                })
                .connect(address)
                .sync()
                .channel();
        try {
            SslHandler handler = channel.pipeline().get(SslHandler.class);
            if (handler == null
                    || !handler.handshakeFuture().await(PATIENCE_SECONDS, TimeUnit.SECONDS)
                    || !handler.handshakeFuture().isSuccess()) {
                return "refused";
            }
            SSLSession session = handler.engine().getSession();
            return session.getProtocol() + " " + session.getCipherSuite();
        } finally {
            channel.close().sync();
        }
    }

    /** Listens as a server that speaks only this. */
    public InetSocketAddress listen(X509Bundle certificate, Speech speech) throws Exception {
        SslContextBuilder builder =
                SslContextBuilder.forServer(certificate.getKeyPair().getPrivate(), certificate.getCertificatePath());
        speech.on(builder);
        SslContext context = builder.build();
        return (InetSocketAddress) new ServerBootstrap()
                .group(loop)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel made) {
                        made.pipeline().addLast(context.newHandler(made.alloc()), new Quiet());
                    }
                })
                .bind(InetAddress.getLoopbackAddress(), 0)
                .sync()
                .channel()
                .localAddress();
    }

    @Override
    public void close() {
        loop.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    }

    /** A failed handshake is what the test asks for. */
    @Sharable
    private static final class Quiet extends ChannelInboundHandlerAdapter {
        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }
}
