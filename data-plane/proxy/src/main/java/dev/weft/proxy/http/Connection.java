package dev.weft.proxy.http;

import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * The downstream connection that a request came on. Immutable; made once per connection.
 *
 * @param remote the peer, or who the PROXY protocol says it is
 * @param local the address it connected to
 * @param protocol the version spoken
 * @param tlsServerName SNI, where the client sent one and TLS ends here; on an opaque connection also where it was looked at to
 *     choose a chain
 * @param peerIdentity the URI or DNS name proven by the client's certificate, where there is one
 * @param clientCertificate which the client has shown, if any
 */
public record Connection(
        Channel channel,
        InetSocketAddress remote,
        InetSocketAddress local,
        Protocol protocol,
        boolean tls,
        @Nullable String tlsServerName,
        @Nullable String peerIdentity,
        @Nullable ClientCertificate clientCertificate) {
    /** Of a client that has shown no certificate. */
    public Connection(
            Channel channel,
            InetSocketAddress remote,
            InetSocketAddress local,
            Protocol protocol,
            boolean tls,
            @Nullable String tlsServerName,
            @Nullable String peerIdentity) {
        this(channel, remote, local, protocol, tls, tlsServerName, peerIdentity, null);
    }

    /** The client's IP address as text, made anew. */
    public String remoteIp() {
        return remote.getAddress() == null
                ? remote.getHostString()
                : remote.getAddress().getHostAddress();
    }
}
