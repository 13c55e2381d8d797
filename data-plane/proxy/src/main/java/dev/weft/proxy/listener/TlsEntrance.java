package dev.weft.proxy.listener;

import dev.weft.proxy.http.ClientCertificate;
import dev.weft.proxy.tls.PeerIdentity;
import dev.weft.proxy.tls.TlsEngine;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SniCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.nio.channels.ClosedChannelException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Waits for the handshake, then gives way to who serves. Confined to its channel's event loop. */
final class TlsEntrance extends ChannelInboundHandlerAdapter {
    private final Function<TlsFacts, ChannelHandler> next;
    private final Consumer<Throwable> onFailure;
    private @Nullable String serverName;
    private @Nullable X509Certificate certificate;
    private boolean failed;

    /** @param onFailure told once why there is no connection */
    TlsEntrance(Function<TlsFacts, ChannelHandler> next, Consumer<Throwable> onFailure) {
        this.next = next;
        this.onFailure = onFailure;
    }

    /** Which certificate is shown to the client. */
    void chosen(X509Certificate ours) {
        certificate = ours;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof SniCompletionEvent sni) {
            if (sni.isSuccess()) {
                serverName = sni.hostname();
            } else {
                fail(context, sni.cause()); // with a client that says nothing no handshake begins that could fail
            }
        } else if (event instanceof SslHandshakeCompletionEvent handshake) {
            SslHandler tls = context.pipeline().get(SslHandler.class);
            if (handshake.isSuccess() && tls != null) {
                TlsEngine.refuseRenegotiation(tls.engine());
                context.pipeline().replace(this, null, next.apply(facts(tls)));
            } else {
                fail(context, handshake.isSuccess() ? new ClosedChannelException() : handshake.cause());
            }
        }
    }

    private TlsFacts facts(SslHandler tls) {
        List<X509Certificate> shown = PeerIdentity.chain(tls.engine());
        return new TlsFacts(
                true,
                serverName,
                tls.applicationProtocol(),
                PeerIdentity.of(shown),
                shown.isEmpty() ? null : new ClientCertificate(shown, certificate));
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        fail(context, new ClosedChannelException());
    }

    /** A client that does not trust us, or that we do not: its doing, not a failure of ours. */
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        fail(context, cause);
    }

    private void fail(ChannelHandlerContext context, Throwable cause) {
        if (!failed) {
            failed = true;
            onFailure.accept(cause);
        }
        context.close();
    }
}
