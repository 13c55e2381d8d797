package dev.weft.proxy.model;

import java.util.List;
import java.util.Optional;

/**
 * How a listener terminates TLS.
 *
 * @param certificates the first is served where no SNI matches
 * @param alpn offered in this order, for instance {@code h2}, {@code http/1.1}
 * @param clientAuthorities PEM; where present, a client certificate signed by one of them is required
 */
public record ServerTls(List<Certificate> certificates, List<String> alpn, Optional<String> clientAuthorities) {
    /** A chain and its key, both PEM. */
    public record Certificate(String chainPem, String keyPem) {
        @Override
        public String toString() {
            return "Certificate[key hidden]";
        }
    }

    public ServerTls {
        certificates = List.copyOf(certificates);
        alpn = List.copyOf(alpn);
        if (certificates.isEmpty()) {
            throw new IllegalArgumentException("tls_certificates: none (expected: at least one)");
        }
    }
}
