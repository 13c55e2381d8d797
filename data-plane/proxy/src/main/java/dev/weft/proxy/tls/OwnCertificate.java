package dev.weft.proxy.tls;

import dev.weft.proxy.model.ServerTls;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A certificate chain and the key that belongs to it, read and held against each other: of two files that are renewed one after the
 * other, an engine would otherwise take the new one with the old one, and every handshake would fail. Immutable.
 *
 * @param chain the own certificate first
 */
public record OwnCertificate(List<X509Certificate> chain, PrivateKey key) {
    private static final byte[] PROBE = "does this key belong to that certificate".getBytes(StandardCharsets.US_ASCII);

    /**
     * @throws IllegalArgumentException where chain or key cannot be read, or are not of one pair; the message says which
     */
    public static OwnCertificate read(ServerTls.Certificate pem) {
        List<X509Certificate> chain = chain(pem.chainPem());
        PublicKey certified = chain.getFirst().getPublicKey();
        PrivateKey key = PemKey.read(pem.keyPem(), certified);
        if (!belongs(key, certified)) {
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

    private static boolean belongs(PrivateKey key, PublicKey certified) {
        String algorithm = signatureOf(certified.getAlgorithm());
        if (algorithm == null) {
            return true; // a kind of key that is not known here is left to the engine
        }
        try {
            Signature signing = Signature.getInstance(algorithm);
            signing.initSign(key);
            signing.update(PROBE);
            Signature verifying = Signature.getInstance(algorithm);
            verifying.initVerify(certified);
            verifying.update(PROBE);
            return verifying.verify(signing.sign());
        } catch (GeneralSecurityException notAPair) {
            return false; // on another curve it cannot even try
        }
    }

    private static @Nullable String signatureOf(String keyAlgorithm) {
        return switch (keyAlgorithm) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            case "EdDSA" -> "EdDSA";
            default -> null;
        };
    }
}
