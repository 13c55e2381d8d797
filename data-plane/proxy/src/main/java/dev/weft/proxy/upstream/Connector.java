package dev.weft.proxy.upstream;

import dev.weft.proxy.model.ClusterConfig;
import dev.weft.proxy.tls.ClientTlsContexts;
import dev.weft.proxy.tls.TlsEngine;
import dev.weft.proxy.transport.Transport;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * Makes connections: TCP and, where wanted, TLS, both within one time limit.
 *
 * <p>Confined to its event loop. Failures are typed ({@link ConnectFailure}); connecting never throws.
 */
public final class Connector {
    /** Receives the outcome, exactly once, unless the attempt was cancelled. Called on the event loop. */
    public interface Outcome {
        /**
         * The connection is up and no byte of the peer was read yet: handlers are to be added before this returns.
         *
         * @param alpn what was negotiated, or null without TLS or ALPN
         */
        void connected(Channel channel, @Nullable String alpn);

        void failed(ConnectFailure failure);
    }

    /** What is sent first to an endpoint that is to be told nothing. */
    public static final byte[] NO_PREAMBLE = {};

    /**
     * Where a connection is to lead, and how.
     *
     * @param timeout for TCP and TLS together
     * @param preamble first on the wire, before TLS
     * @param tls from {@link #tls}, or null for plain text
     * @param serverName SNI, or empty for none
     */
    @SuppressWarnings("ArrayRecordComponent") // written to the wire once; never compared
    public record Target(
            InetSocketAddress address,
            Duration timeout,
            byte[] preamble,
            @Nullable SslContext tls,
            String serverName) {}

    private final EventLoop loop;
    private final Bootstrap bootstrap;
    private final ClientTlsContexts tls;

    /** @param channel the class that belongs to {@code loop} */
    public Connector(EventLoop loop, Class<? extends Channel> channel, ClientTlsContexts tls) {
        this.loop = loop;
        this.tls = tls;
        this.bootstrap = new Bootstrap()
                .group(loop)
                .channel(channel)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 0) // ours spans the handshake
                .option(ChannelOption.RECVBUF_ALLOCATOR, Transport.READS)
                .option(ChannelOption.AUTO_READ, true);
    }

    /**
     * Begins to connect.
     *
     * @return to give up; nothing is called after that
     */
    public Acquisition connect(Target target, Outcome outcome) {
        Attempt attempt = new Attempt(target, outcome);
        attempt.begin();
        return attempt;
    }

    /**
     * With what a connection to that cluster begins.
     *
     * @param client whom a PROXY header announces; null for the proxy itself
     */
    public static byte[] preamble(ClusterConfig cluster, @Nullable Announcement client) {
        return cluster.proxyProtocol()
                .map(version -> ProxyHeader.of(version, client))
                .orElse(NO_PREAMBLE);
    }

    public ClientTlsContexts tls() {
        return tls;
    }

    /** One connection in the making. */
    private final class Attempt extends ChannelInboundHandlerAdapter implements Acquisition {
        private final Target target;
        private final InetSocketAddress address;
        private final Outcome outcome;
        private @Nullable Channel channel;
        private @Nullable Future<?> limit;
        private boolean over;

        Attempt(Target target, Outcome outcome) {
            this.target = target;
            this.address = target.address();
            this.outcome = outcome;
        }

        void begin() {
            limit = loop.schedule(this::timedOut, target.timeout().toNanos(), TimeUnit.NANOSECONDS);
            var connecting = bootstrap.clone().handler(this).connect(address);
            channel = connecting.channel();
            connecting.addListener(done -> {
                if (!done.isSuccess()) {
                    fail(ConnectFailures.of(address, done.cause(), false));
                    return;
                }
                sendPreamble();
                SslContext tlsContext = target.tls();
                if (tlsContext == null) {
                    succeed(null);
                } else {
                    shakeHands(tlsContext);
                }
            });
        }

        private void sendPreamble() {
            Channel connected = channel;
            if (!over && connected != null && target.preamble().length > 0) {
                connected.writeAndFlush(Unpooled.wrappedBuffer(target.preamble()));
            }
        }

        private void shakeHands(SslContext context) {
            Channel connected = channel;
            if (over || connected == null) {
                return;
            }
            // Sessions to resume are kept by the name given here:
            // each endpoint has its own, whatever name it is asked for.
            SslHandler handler = context.newHandler(connected.alloc(), address.getHostString(), address.getPort());
            handler.setHandshakeTimeoutMillis(0); // ours
            SSLParameters parameters = handler.engine().getSSLParameters();
            String serverName = target.serverName();
            parameters.setServerNames(serverName.isEmpty() ? List.of() : List.of(new SNIHostName(serverName)));
            handler.engine().setSSLParameters(parameters);
            connected.pipeline().addFirst("tls", handler);
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event instanceof SslHandshakeCompletionEvent handshake) {
                if (handshake.isSuccess()) {
                    SslHandler handler = context.pipeline().get(SslHandler.class);
                    if (handler != null) {
                        TlsEngine.refuseRenegotiation(handler.engine());
                    }
                    succeed(handler == null ? null : handler.applicationProtocol());
                } else {
                    fail(ConnectFailures.of(address, handshake.cause(), true));
                }
                return;
            }
            context.fireUserEventTriggered(event);
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            fail(ConnectFailures.of(address, new ClosedChannelException(), target.tls() != null));
            context.fireChannelInactive();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            fail(ConnectFailures.of(address, cause, target.tls() != null));
        }

        @Override
        public void cancel() {
            end();
            closeChannel();
        }

        private void timedOut() {
            boolean shaking = channel != null && channel.isActive();
            fail(new ConnectFailure(
                    shaking ? ConnectFailure.Reason.TLS_TIMEOUT : ConnectFailure.Reason.TIMEOUT,
                    ConnectFailures.text(address) + ": " + (shaking ? "no TLS handshake" : "no connection") + " within "
                            + target.timeout().toMillis() + " ms"));
        }

        private void succeed(@Nullable String alpn) {
            Channel connected = channel;
            if (connected != null && end()) {
                // The codec comes behind this handler, which would otherwise see its events for the connection's life.
                outcome.connected(connected, alpn);
                if (connected.pipeline().context(this) != null) {
                    connected.pipeline().remove(this);
                }
            }
        }

        private void fail(ConnectFailure failure) {
            if (end()) {
                closeChannel();
                outcome.failed(failure);
            }
        }

        private boolean end() {
            if (over) {
                return false;
            }
            over = true;
            if (limit != null) {
                limit.cancel(false);
            }
            return true;
        }

        private void closeChannel() {
            if (channel != null) {
                channel.close();
            }
        }
    }
}
