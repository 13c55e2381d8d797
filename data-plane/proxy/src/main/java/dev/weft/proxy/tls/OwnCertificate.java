package dev.weft.proxy.tls;

import dev.weft.proxy.model.ServerTls;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * A certificate chain and the key that belongs to it, read and held against each other: of two files that are renewed one after the
 * other, an engine would otherwise take the new one with the old one, and every handshake would fail. Immutable.
 *
 * @param chain the own certificate first
 */
public record OwnCertificate(List<X509Certificate> chain, PrivateKey key) {
    /**
     * @throws IllegalArgumentException where chain or key cannot be read, or are not of one pair; the message says which
     */
    public static OwnCertificate read(ServerTls.Certificate pem) {
        List<X509Certificate> chain = chain(pem.chainPem());
        PrivateKey key = PemKey.read(pem.keyPem(), chain.getFirst().getPublicKey());
        if (!KeyPairs.areOne(key, chain.getFirst())) {
            throw new IllegalArgumentException("private_key: of another certificate (expected: the key of "
                    + chain.getFirst().getSubjectX500Principal().getName() + ")");
        }
        return new OwnCertificate(chain, key);
    }

    private static List<X509Certificate> chain(String pem) {
        try {
            List<X509Certificate> chain = CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII)))
                    .stream()
                    .map(X509Certificate.class::cast)
                    .toList();
            if (chain.isEmpty()) {
                throw new IllegalArgumentException("certificate_chain: no certificate in it (expected: PEM)");
            }
            return chain;
        } catch (CertificateException e) {
            throw new IllegalArgumentException("certificate_chain: " + e.getMessage(), e);
        }
    }
}
