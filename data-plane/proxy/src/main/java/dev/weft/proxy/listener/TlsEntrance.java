package dev.weft.proxy.listener;

import dev.weft.proxy.tls.PeerIdentity;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SniCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Waits for the handshake, then gives way to who serves. Confined to its channel's event loop. */
final class TlsEntrance extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(TlsEntrance.class);

    private final Function<TlsFacts, ChannelHandler> next;
    private @Nullable String serverName;

    TlsEntrance(Function<TlsFacts, ChannelHandler> next) {
        this.next = next;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof SniCompletionEvent sni) {
            serverName = sni.hostname();
        } else if (event instanceof SslHandshakeCompletionEvent handshake) {
            SslHandler tls = context.pipeline().get(SslHandler.class);
            if (handshake.isSuccess() && tls != null) {
                TlsFacts facts =
                        new TlsFacts(true, serverName, tls.applicationProtocol(), PeerIdentity.of(tls.engine()));
                context.pipeline().replace(this, null, next.apply(facts));
            } else {
                context.close();
            }
        }
    }

    /** A client that does not trust us, or that we do not: its doing, not a failure of ours. */
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        LOG.debug("{}: TLS handshake failed: {}", context.channel().remoteAddress(), cause.getMessage());
        context.close();
    }
}
