package dev.weft.proxy.upstream;

import dev.weft.proxy.upstream.ConnectFailure.Reason;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import javax.net.ssl.SSLException;

/** What the system's and the TLS engine's exceptions mean. Stateless. */
final class ConnectFailures {
    private ConnectFailures() {}

    static ConnectFailure of(InetSocketAddress address, Throwable cause, boolean inHandshake) {
        String said = rootMessage(cause);
        Reason reason;
        if (cause instanceof ConnectException && said.contains("refused")) {
            reason = Reason.REFUSED;
        } else if (inHandshake || cause instanceof SSLException) {
            reason = Reason.TLS;
            said = cause instanceof ClosedChannelException ? "closed by the peer during the TLS handshake" : said;
        } else {
            reason = Reason.UNREACHABLE;
        }
        return new ConnectFailure(reason, text(address) + ": " + said);
    }

    static String text(InetSocketAddress address) {
        return (address.isUnresolved()
                        ? address.getHostString()
                        : address.getAddress().getHostAddress()) + ":" + address.getPort();
    }

    /** The innermost message: a refused certificate lies under two exceptions of the engine's. */
    private static String rootMessage(Throwable cause) {
        Throwable root = cause;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String message = root.getMessage();
        return message == null ? root.getClass().getSimpleName() : message;
    }
}
