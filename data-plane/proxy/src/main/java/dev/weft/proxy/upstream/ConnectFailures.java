package dev.weft.proxy.upstream;

import dev.weft.proxy.tls.HandshakeFailure;
import dev.weft.proxy.upstream.ConnectFailure.Reason;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import javax.net.ssl.SSLException;

/** What the system's and the TLS engine's exceptions mean. Stateless. */
final class ConnectFailures {
    private ConnectFailures() {}

    static ConnectFailure of(InetSocketAddress address, Throwable cause, boolean inHandshake) {
        if (inHandshake || cause instanceof SSLException) {
            return new ConnectFailure(
                    Reason.TLS,
                    text(address) + ": " + HandshakeFailure.of(cause).detail());
        }
        String said = rootMessage(cause);
        boolean refused = cause instanceof ConnectException && said.contains("refused");
        return new ConnectFailure(refused ? Reason.REFUSED : Reason.UNREACHABLE, text(address) + ": " + said);
    }

    static String text(InetSocketAddress address) {
        return (address.isUnresolved()
                        ? address.getHostString()
                        : address.getAddress().getHostAddress()) + ":" + address.getPort();
    }

    private static String rootMessage(Throwable cause) {
        Throwable root = cause;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String message = root.getMessage();
        return message == null ? root.getClass().getSimpleName() : message;
    }
}
