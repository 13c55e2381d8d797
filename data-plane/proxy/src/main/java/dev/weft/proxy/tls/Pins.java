package dev.weft.proxy.tls;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** Which certificates or keys a peer may have, where that is said one by one. Immutable and thread-safe. */
final class Pins {
    /** In hex, lower case, without colons. */
    private final Set<String> certificates;

    /** In base64. */
    private final Set<String> keys;

    Pins(List<String> certificates, List<String> keys) {
        this.certificates = certificates.stream()
                .map(hash -> hash.replace(":", "").toLowerCase(Locale.ROOT))
                .collect(Collectors.toUnmodifiableSet());
        this.keys = Set.copyOf(keys);
    }

    void check(X509Certificate certificate) throws CertificateException {
        if (certificates.isEmpty() && keys.isEmpty()) {
            return;
        }
        String own = HexFormat.of().formatHex(sha256(certificate.getEncoded()));
        String key = Base64.getEncoder()
                .encodeToString(sha256(certificate.getPublicKey().getEncoded()));
        if (!certificates.contains(own) && !keys.contains(key)) {
            throw new CertificateException(
                    "certificate of SHA-256 " + own + ", key " + key + " (expected: one that is pinned)");
        }
    }

    static byte[] sha256(byte[] of) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(of);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
