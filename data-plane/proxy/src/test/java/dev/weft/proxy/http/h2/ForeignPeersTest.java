package dev.weft.proxy.http.h2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.http.ClientConnection;
import dev.weft.proxy.http.ClientStream;
import dev.weft.proxy.http.Connection;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.Protocol;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.http.ServerStream;
import dev.weft.proxy.http.StreamHandler;
import dev.weft.proxy.http.StreamLimits;
import dev.weft.proxy.http.StreamReset;
import dev.weft.proxy.model.Http2Options;
import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.model.ServerTls;
import dev.weft.proxy.time.LoopTimers;
import dev.weft.proxy.tls.ServerTlsContext;
import dev.weft.proxy.tls.TlsEngine;
import dev.weft.proxy.transport.Transport;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Both sides over real sockets against implementations that are not ours: the JDK's client over TLS, Netty's server. */
final class ForeignPeersTest {
    private static final int LARGE = 3 * 1024 * 1024;

    private final Transport transport = Transport.open(Transport.Kind.NIO, 1);
    private final LoopTimers timers = new LoopTimers();

    @AfterEach
    void close() {
        transport.close();
    }

    @Test
    void theJdksClientSendsAndReceivesLargeBodiesOverTls() throws Exception {
        X509Bundle certificate = new CertificateBuilder()
                .subject("CN=localhost")
                .addSanDnsName("localhost")
                .setIsCertificateAuthority(true)
                .ecp256()
                .buildSelfSigned();
        int port = serve(certificate);
        SSLContext trust = SSLContext.getInstance("TLS");
        trust.init(null, certificate.toTrustManagerFactory().getTrustManagers(), null);
        try (HttpClient client = HttpClient.newBuilder().sslContext(trust).build()) {
            URI uri = URI.create("https://localhost:" + port + "/echo?x=1");
            List<CompletableFuture<HttpResponse<byte[]>>> all = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                HttpRequest request = HttpRequest.newBuilder(uri)
                        .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[i == 0 ? LARGE : i]))
                        .build();
                all.add(client.sendAsync(request, HttpResponse.BodyHandlers.ofByteArray()));
            }
            for (int i = 0; i < 20; i++) {
                HttpResponse<byte[]> response = all.get(i).get(60, TimeUnit.SECONDS);
                assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_2);
                assertThat(response.statusCode()).isEqualTo(200);
                assertThat(response.headers().firstValue("x-path")).hasValue("/echo?x=1");
                assertThat(response.body()).hasSize(i == 0 ? LARGE : i);
            }
        }
    }

    @Test
    void nettysServerEchoesLargeBodies() throws Exception {
        InetSocketAddress origin = nettysEcho();
        CompletableFuture<Long> received = new CompletableFuture<>();
        new Bootstrap()
                .group(transport.loops())
                .channel(transport.socketChannel())
                .handler(new ChannelInboundHandlerAdapter())
                // Until our connection is in the pipeline: what came before would be lost, the origin's SETTINGS for
                // instance.
                .option(ChannelOption.AUTO_READ, false)
                .connect(origin)
                .addListener((ChannelFuture connected) -> upload(connected.channel(), received));
        assertThat(received.get(60, TimeUnit.SECONDS)).isEqualTo(LARGE);
    }

    private void upload(Channel channel, CompletableFuture<Long> received) {
        Http2ClientConnection connection = Http2ClientConnection.start(
                channel,
                Http2Options.DEFAULT,
                StreamLimits.DEFAULT,
                timers.of(channel.eventLoop()),
                new ClientConnection.Owner() {
                    @Override
                    public void streamEnded(ClientConnection which) {}

                    @Override
                    public void connectionEnded(ClientConnection which) {}
                });
        channel.config().setAutoRead(true);
        Upload upload = new Upload(received);
        RequestHead head = ClientFixture.head("POST", "/");
        head.headers().add("content-length", Integer.toString(LARGE));
        upload.stream = connection.open(head, false, upload);
        upload.writable();
    }

    /** Sends as fast as it is allowed to, and counts what comes back. */
    private static final class Upload extends Events {
        private final CompletableFuture<Long> received;
        private ClientStream stream;
        private int left = LARGE;

        @SuppressWarnings("NullAway") // set right after it is opened
        Upload(CompletableFuture<Long> received) {
            this.received = received;
        }

        @Override
        public void writable() {
            while (left > 0 && stream.isWritable()) {
                int piece = Math.min(left, 10_000);
                left -= piece;
                stream.data(Unpooled.buffer(piece).writeZero(piece), left == 0);
            }
            stream.flush();
        }

        @Override
        public void data(ByteBuf data, boolean end) {
            super.data(data, end);
            if (end) {
                received.complete(dataBytes);
            }
        }

        @Override
        public void reset(StreamReset cause) {
            received.completeExceptionally(new AssertionError(cause.toString()));
        }
    }

    private InetSocketAddress nettysEcho() throws InterruptedException {
        return bind(new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                channel.pipeline()
                        .addLast(
                                Http2FrameCodecBuilder.forServer().build(),
                                new Http2MultiplexHandler(new ChannelInitializer<>() {
                                    @Override
                                    protected void initChannel(Channel stream) {
                                        stream.pipeline().addLast(new NettysEcho());
                                    }
                                }));
            }
        });
    }

    private static final class NettysEcho extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            if (message instanceof Http2DataFrame data) {
                context.writeAndFlush(new DefaultHttp2DataFrame(data.content(), data.isEndStream()));
            } else {
                context.write(new DefaultHttp2HeadersFrame(new DefaultHttp2Headers().status("200")));
            }
        }
    }

    private int serve(X509Bundle certificate) throws InterruptedException {
        ServerTlsContext tls = ServerTlsContext.of(
                new ServerTls(
                        List.of(new ServerTls.Certificate(
                                certificate.getCertificatePathPEM(), certificate.getPrivateKeyPEM())),
                        List.of("h2"),
                        Optional.empty()),
                TlsEngine.preferred());
        return bind(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline()
                                .addLast(
                                        tls.newHandler(Duration.ofSeconds(10), chosen -> {}),
                                        new ChannelInboundHandlerAdapter() {
                                            @Override
                                            public void userEventTriggered(
                                                    ChannelHandlerContext context, Object event) {
                                                if (event instanceof SslHandshakeCompletionEvent) {
                                                    context.pipeline().replace(this, "http2", echo(channel));
                                                }
                                            }
                                        });
                    }
                })
                .getPort();
    }

    private Http2ServerConnection echo(Channel channel) {
        InetSocketAddress anywhere = InetSocketAddress.createUnresolved("localhost", 1);
        return new Http2ServerConnection(
                new Connection(channel, anywhere, anywhere, Protocol.HTTP_2, true, null, null),
                HttpOptions.DEFAULT,
                (stream, head, end) -> new Echo(stream, head),
                timers.of(channel.eventLoop()));
    }

    private InetSocketAddress bind(ChannelInitializer<Channel> children) throws InterruptedException {
        return (InetSocketAddress) new ServerBootstrap()
                .group(transport.loops())
                .channel(transport.serverChannel())
                .childHandler(children)
                .bind(InetAddress.getLoopbackAddress(), 0)
                .sync()
                .channel()
                .localAddress();
    }

    /** Sends back what it gets, and takes no more than it can send. */
    private static final class Echo implements StreamHandler {
        private final ServerStream stream;

        Echo(ServerStream stream, RequestHead head) {
            this.stream = stream;
            ResponseHead answer = new ResponseHead().status(200);
            answer.headers().add("x-path", head.path());
            stream.respond(answer, false);
        }

        @Override
        public void data(ByteBuf data, boolean end) {
            stream.data(data, end);
            if (!stream.isWritable()) {
                stream.pause();
            }
        }

        @Override
        public void trailers(Headers trailers) {
            stream.trailers(trailers);
        }

        @Override
        public void reset(StreamReset cause) {}

        @Override
        public void writable() {
            stream.resume();
            stream.flush();
        }
    }
}
