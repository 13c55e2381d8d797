package dev.weft.proxy.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CRL;
import java.security.cert.CertStore;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/** Certificates of authorities, and who trusts the chains that lead to them. Stateless. */
final class Authorities {
    private Authorities() {}

    /** @throws IllegalArgumentException where there is none, or it cannot be read */
    static List<X509Certificate> read(String pem) {
        try {
            List<X509Certificate> authorities = factory().generateCertificates(stream(pem)).stream()
                    .map(X509Certificate.class::cast)
                    .toList();
            if (authorities.isEmpty()) {
                throw new IllegalArgumentException("trusted_ca: no certificate in it (expected: PEM)");
            }
            return authorities;
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("trusted_ca: " + e.getMessage(), e);
        }
    }

    /**
     * @param revocations PEM of lists, which are then looked at for every certificate of a chain; nothing is fetched
     * @throws IllegalArgumentException where one of the two cannot be read
     */
    static X509ExtendedTrustManager trusting(String pem, Optional<String> revocations) {
        try {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            int i = 0;
            for (X509Certificate authority : read(pem)) {
                store.setCertificateEntry("authority-" + i++, authority);
            }
            TrustManagerFactory managers = TrustManagerFactory.getInstance("PKIX");
            if (revocations.isPresent()) {
                managers.init(new CertPathTrustManagerParameters(looking(store, lists(revocations.get()))));
            } else {
                managers.init(store);
            }
            for (TrustManager manager : managers.getTrustManagers()) {
                if (manager instanceof X509ExtendedTrustManager chains) {
                    return chains;
                }
            }
            throw new IllegalStateException("the JDK has no X509 trust manager");
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalArgumentException("trusted_ca: " + e.getMessage(), e);
        }
    }

    private static PKIXBuilderParameters looking(KeyStore store, Collection<? extends CRL> lists)
            throws GeneralSecurityException {
        PKIXBuilderParameters parameters = new PKIXBuilderParameters(store, new X509CertSelector());
        parameters.setRevocationEnabled(true);
        parameters.addCertStore(CertStore.getInstance("Collection", new CollectionCertStoreParameters(lists)));
        return parameters;
    }

    private static Collection<? extends CRL> lists(String pem) {
        try {
            Collection<? extends CRL> lists = factory().generateCRLs(stream(pem));
            if (lists.isEmpty()) {
                throw new IllegalArgumentException("crl: no list in it (expected: PEM)");
            }
            return lists;
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("crl: " + e.getMessage(), e);
        }
    }

    private static CertificateFactory factory() throws GeneralSecurityException {
        return CertificateFactory.getInstance("X.509");
    }

    private static ByteArrayInputStream stream(String pem) {
        return new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII));
    }
}
