package dev.weft.proxy.tls;

import java.security.cert.Certificate;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
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

    /** What the peer has shown, its own certificate first; empty where that is none. */
    public static List<X509Certificate> chain(SSLEngine engine) {
        try {
            List<X509Certificate> chain = new ArrayList<>();
            for (Certificate certificate : engine.getSession().getPeerCertificates()) {
                if (certificate instanceof X509Certificate known) {
                    chain.add(known);
                }
            }
            return chain;
        } catch (SSLPeerUnverifiedException none) {
            return List.of();
        }
    }

    /** The first URI of the peer's certificate (SPIFFE), else its first DNS name; null where there is neither, or no certificate. */
    public static @Nullable String of(List<X509Certificate> chain) {
        if (chain.isEmpty()) {
            return null;
        }
        try {
            String uri = first(chain.getFirst(), URI);
            return uri != null ? uri : first(chain.getFirst(), DNS_NAME);
        } catch (CertificateParsingException unreadable) {
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
