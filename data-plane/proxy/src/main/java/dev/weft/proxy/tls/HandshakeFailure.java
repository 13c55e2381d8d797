package dev.weft.proxy.tls;

import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.security.GeneralSecurityException;
import java.util.Locale;

/**
 * Why a handshake failed, whichever engine says it. Immutable.
 *
 * @param detail for people: what the engine or the check of the peer's certificate said
 */
public record HandshakeFailure(Reason reason, String detail) {
    /** What there is to tell apart; in metrics by the name in lower case. */
    public enum Reason {
        /** The peer's first bytes are no TLS. */
        NOT_TLS,
        /** No version, cipher suite or group that both sides allow. */
        NOTHING_IN_COMMON,
        /** A certificate is required, and the peer has shown none. */
        NO_CERTIFICATE,
        /** The peer's certificate does not lead to a trusted authority, or is not valid now. */
        UNTRUSTED_CERTIFICATE,
        /** The peer's certificate is trusted and holds none of the wanted names. */
        WRONG_NAME,
        /** The peer has said by an alert that it does not want to go on. */
        REFUSED_BY_PEER,
        /** The peer closed the connection. */
        CLOSED,
        TIMEOUT,
        OTHER;

        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public static HandshakeFailure of(Throwable cause) {
        Throwable root = cause;
        while (root.getCause() != null && !(root instanceof WrongPeerName)) {
            root = root.getCause();
        }
        String message = root.getMessage();
        String detail = message == null ? root.getClass().getSimpleName() : message;
        return switch (root) {
            // Netty puts the bytes themselves into this message.
            case NotSslRecordException _ -> new HandshakeFailure(Reason.NOT_TLS, "not a TLS record");
            case WrongPeerName _ -> new HandshakeFailure(Reason.WRONG_NAME, detail);
            case GeneralSecurityException _ -> new HandshakeFailure(Reason.UNTRUSTED_CERTIFICATE, detail);
            case SslHandshakeTimeoutException _ -> new HandshakeFailure(Reason.TIMEOUT, detail);
            case ClosedChannelException _ ->
                new HandshakeFailure(Reason.CLOSED, "closed by the peer during the TLS handshake");
            default -> new HandshakeFailure(ofMessage(detail.toLowerCase(Locale.ROOT)), detail);
        };
    }

    /** The engines have no types for these: BoringSSL's reasons are constants in the text, the JDK's are sentences. */
    private static Reason ofMessage(String said) {
        if (said.contains("received fatal alert") || said.contains("_alert_")) {
            return Reason.REFUSED_BY_PEER;
        }
        if (said.contains("did_not_return_a_certificate") || said.contains("empty client certificate chain")) {
            return Reason.NO_CERTIFICATE;
        }
        if (said.contains("unsupported_protocol")
                || said.contains("no_shared")
                || said.contains("no common")
                || said.contains("in common")
                || said.contains("protocol_version")) {
            return Reason.NOTHING_IN_COMMON;
        }
        return Reason.OTHER;
    }
}
