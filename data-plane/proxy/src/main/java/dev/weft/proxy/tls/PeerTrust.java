package dev.weft.proxy.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Trusts a peer whose chain leads to one of the given authorities and whose certificate holds one of the wanted names: DNS names,
 * by RFC 9525 (a wildcard stands for one whole left-most label), or URIs, which must be equal (SPIFFE). The common name is never
 * looked at.
 *
 * <p>Immutable and thread-safe.
 */
public final class PeerTrust extends X509ExtendedTrustManager {
    private static final int DNS_NAME = 2;
    private static final int URI = 6;

    private final X509ExtendedTrustManager chains;
    private final List<String> names;

    private PeerTrust(X509ExtendedTrustManager chains, List<String> names) {
        this.chains = chains;
        this.names = names;
    }

    /**
     * @param authoritiesPem one or more certificates
     * @param names of which the peer must hold one; empty for any
     * @throws IllegalArgumentException where the PEM holds no certificate or cannot be read
     */
    public static PeerTrust of(String authoritiesPem, List<String> names) {
        try {
            Collection<? extends Certificate> authorities = CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(authoritiesPem.getBytes(StandardCharsets.US_ASCII)));
            if (authorities.isEmpty()) {
                throw new IllegalArgumentException("trusted_ca: no certificate in it (expected: PEM)");
            }
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            int i = 0;
            for (Certificate authority : authorities) {
                store.setCertificateEntry("authority-" + i++, authority);
            }
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(store);
            for (TrustManager manager : factory.getTrustManagers()) {
                if (manager instanceof X509ExtendedTrustManager chains) {
                    return new PeerTrust(chains, List.copyOf(names));
                }
            }
            throw new IllegalStateException("the JDK has no X509 trust manager");
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalArgumentException("trusted_ca: " + e.getMessage(), e);
        }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        chains.checkServerTrusted(chain, authType, engine);
        checkNames(chain[0]);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        chains.checkServerTrusted(chain, authType, socket);
        checkNames(chain[0]);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        chains.checkServerTrusted(chain, authType);
        checkNames(chain[0]);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        chains.checkClientTrusted(chain, authType, engine);
        checkNames(chain[0]);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        chains.checkClientTrusted(chain, authType, socket);
        checkNames(chain[0]);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        chains.checkClientTrusted(chain, authType);
        checkNames(chain[0]);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return chains.getAcceptedIssuers();
    }

    private void checkNames(X509Certificate certificate) throws CertificateException {
        if (names.isEmpty()) {
            return;
        }
        Collection<List<?>> held = certificate.getSubjectAlternativeNames();
        if (held != null) {
            for (List<?> entry : held) {
                if (entry.get(0) instanceof Integer type
                        && entry.get(1) instanceof String name
                        && matches(type, name)) {
                    return;
                }
            }
        }
        throw new CertificateException(
                "subject alternative names: " + (held == null ? "none" : held) + " (expected: one of " + names + ")");
    }

    private boolean matches(int type, String held) {
        for (String wanted : names) {
            if ((type == URI && held.equals(wanted)) || (type == DNS_NAME && matchesDns(held, wanted))) {
                return true;
            }
        }
        return false;
    }

    static boolean matchesDns(String held, String wanted) {
        String pattern = held.toLowerCase(Locale.ROOT);
        String name = wanted.toLowerCase(Locale.ROOT);
        if (!pattern.startsWith("*.")) {
            return pattern.equals(name);
        }
        int dot = name.indexOf('.');
        return dot > 0 && pattern.substring(1).equals(name.substring(dot));
    }
}
