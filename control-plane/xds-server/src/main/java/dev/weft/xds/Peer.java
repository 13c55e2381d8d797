package dev.weft.xds;

import io.grpc.Attributes;
import io.grpc.Grpc;
import java.net.SocketAddress;
import java.util.Optional;
import javax.net.ssl.SSLSession;

/**
 * Immutable. The other end of a connection.
 *
 * @param address where it connects from; empty for transports without addresses
 * @param tls the TLS session, with the peer's certificates where it showed any
 */
public record Peer(Optional<SocketAddress> address, Optional<SSLSession> tls) {
    static final Peer UNKNOWN = new Peer(Optional.empty(), Optional.empty());

    static Peer of(Attributes transport) {
        return new Peer(
                Optional.ofNullable(transport.get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR)),
                Optional.ofNullable(transport.get(Grpc.TRANSPORT_ATTR_SSL_SESSION)));
    }
}
