package dev.weft.proxy.upstream;

import dev.weft.proxy.http.ClientConnection;
import dev.weft.proxy.http.StreamLimits;
import dev.weft.proxy.http.h1.Http1ClientConnection;
import dev.weft.proxy.http.h2.Http2ClientConnection;
import dev.weft.proxy.model.ClientTls;
import dev.weft.proxy.model.ClusterConfig;
import dev.weft.proxy.time.LoopTimer;
import io.netty.channel.Channel;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslContext;
import org.jspecify.annotations.Nullable;

/** Dials over a {@link Connector} and puts the codec on what it connects. Confined to its event loop. */
final class ChannelDialer implements Dialer {

    private final LoopTimer timer;
    private final Connector connector;

    ChannelDialer(LoopTimer timer, Connector connector) {
        this.timer = timer;
        this.connector = connector;
    }

    @Override
    public void dial(
            ClusterConfig cluster,
            UpstreamEndpoint endpoint,
            Wanted wanted,
            @Nullable Announcement client,
            ClientConnection.Owner owner,
            Outcome outcome) {
        SslContext context = null;
        String serverName = "";
        if (cluster.tls().isPresent()) {
            ClientTls tls = cluster.tls().get();
            serverName = tls.serverName();
            try {
                context = wanted == Wanted.OPAQUE
                        ? connector.tls().get(tls, tls.alpn()) // what is in a tunnel is not for us to name
                        : connector.tls().of(cluster, tls);
            } catch (IllegalArgumentException e) {
                outcome.failed(new ConnectFailure(
                        ConnectFailure.Reason.TLS, "cluster " + cluster.name() + ": " + e.getMessage()));
                return;
            }
        }
        Connector.Target target = new Connector.Target(
                endpoint.address(), cluster.connectTimeout(), Connector.preamble(cluster, client), context, serverName);
        connector.connect(target, new Connector.Outcome() {
            @Override
            public void connected(Channel channel, @Nullable String alpn) {
                outcome.dialed(speak(channel, alpn, wanted, cluster, owner));
            }

            @Override
            public void failed(ConnectFailure failure) {
                outcome.failed(failure);
            }
        });
    }

    /**
     * What was negotiated is spoken whatever version was wanted; a peer that negotiates nothing gets what was wanted (RFC 9113,
     * section 3.3).
     */
    private ClientConnection speak(
            Channel channel,
            @Nullable String alpn,
            Wanted wanted,
            ClusterConfig cluster,
            ClientConnection.Owner owner) {
        if (wanted == Wanted.OPAQUE) {
            return Http1ClientConnection.opaque(channel, owner);
        }
        boolean http2 = alpn == null ? wanted == Wanted.HTTP2 : alpn.equals(ApplicationProtocolNames.HTTP_2);
        StreamLimits limits = StreamLimits.of(cluster);
        return http2
                ? Http2ClientConnection.start(channel, cluster.http2(), limits, timer, owner)
                : Http1ClientConnection.install(channel, limits, owner);
    }
}
