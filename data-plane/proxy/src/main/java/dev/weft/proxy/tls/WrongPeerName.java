package dev.weft.proxy.tls;

import java.security.cert.CertificateException;

/** A peer's certificate is trusted and holds none of the names that were wanted. */
final class WrongPeerName extends CertificateException {
    private static final long serialVersionUID = 1L;

    WrongPeerName(String message) {
        super(message);
    }
}
