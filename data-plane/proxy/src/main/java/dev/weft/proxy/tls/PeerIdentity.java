package dev.weft.proxy.tls;

import java.security.cert.Certificate;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/** Who the peer has proven to be. Stateless. */
public final class PeerIdentity {
    private static final int DNS_NAME = 2;
    private static final int URI = 6;

    private PeerIdentity() {}

    /** The first URI of the peer's certificate (SPIFFE), else its first DNS name; null where there is neither, or no certificate. */
    public static @Nullable String of(SSLEngine engine) {
        try {
            Certificate[] chain = engine.getSession().getPeerCertificates();
            if (chain.length == 0 || !(chain[0] instanceof X509Certificate certificate)) {
                return null;
            }
            String uri = first(certificate, URI);
            return uri != null ? uri : first(certificate, DNS_NAME);
        } catch (SSLPeerUnverifiedException | CertificateParsingException noneOrUnreadable) {
            return null;
        }
    }

    private static @Nullable String first(X509Certificate certificate, int type) throws CertificateParsingException {
        Collection<List<?>> names = certificate.getSubjectAlternativeNames();
        if (names != null) {
            for (List<?> name : names) {
                if (name.get(0).equals(type) && name.get(1) instanceof String text) {
                    return text;
                }
            }
        }
        return null;
    }
}
