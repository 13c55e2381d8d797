package dev.weft.proxy.model;

import java.security.cert.X509Certificate;

/**
 * Until when a certificate that we show to peers is valid.
 *
 * @param side {@code listener} or {@code cluster}
 * @param name of that
 * @param subject whom it is for, as RFC 2253 writes it
 * @param serial in hex, which tells renewed ones apart
 * @param epochSeconds the last moment
 */
public record CertificateExpiry(String side, String name, String subject, String serial, long epochSeconds) {
    public static CertificateExpiry of(String side, String name, X509Certificate certificate) {
        return new CertificateExpiry(
                side,
                name,
                certificate.getSubjectX500Principal().getName(),
                certificate.getSerialNumber().toString(16),
                certificate.getNotAfter().toInstant().getEpochSecond());
    }
}
