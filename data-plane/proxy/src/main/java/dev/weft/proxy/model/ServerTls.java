package dev.weft.proxy.model;

import java.util.List;
import java.util.Optional;

/**
 * How a listener terminates TLS.
 *
 * @param certificates the first is served where no SNI matches
 * @param alpn offered in this order, for instance {@code h2}, {@code http/1.1}
 * @param clients who may connect; absent asks for no certificate
 * @param policy versions and ciphers
 */
public record ServerTls(
        List<Certificate> certificates, List<String> alpn, Optional<Clients> clients, TlsPolicy policy) {
    /** A chain and its key, both PEM. */
    public record Certificate(String chainPem, String keyPem) {
        @Override
        public String toString() {
            return "Certificate[key hidden]";
        }
    }

    /**
     * Mutual TLS.
     *
     * @param certificate what a client's certificate must be
     * @param required false lets clients in that show none; one that is shown is checked all the same
     */
    public record Clients(PeerValidation certificate, boolean required) {
        public Clients {
            if (!certificate.asksForProof()) {
                throw new IllegalArgumentException(
                        "trusted_ca: missing (expected: PEM, since anyone can claim a name; or hashes of certificates)");
            }
        }

        /**
         * By authorities and names alone.
         *
         * @param authorities PEM of the CAs that may sign a client's certificate
         * @param names of which it must hold one; empty accepts any
         */
        public Clients(String authorities, List<PeerName> names, boolean required) {
            this(new PeerValidation(authorities, names), required);
        }
    }

    public ServerTls {
        certificates = List.copyOf(certificates);
        alpn = List.copyOf(alpn);
        Check.alpn(alpn, "alpn_protocols");
        if (certificates.isEmpty()) {
            throw new IllegalArgumentException("tls_certificates: none (expected: at least one)");
        }
    }

    /** By the default policy. */
    public ServerTls(List<Certificate> certificates, List<String> alpn, Optional<Clients> clients) {
        this(certificates, alpn, clients, TlsPolicy.DEFAULT);
    }
}
