package dev.weft.proxy.model;

import java.util.List;
import java.util.Optional;

/**
 * How connections to a cluster use TLS.
 *
 * @param serverName SNI and, where no names are given, nothing more
 * @param peer what the peer's certificate must be; absent verifies nothing
 * @param alpn offered in this order
 * @param certificate ours, for mutual TLS
 * @param policy versions and ciphers
 */
public record ClientTls(
        String serverName,
        Optional<PeerValidation> peer,
        List<String> alpn,
        Optional<ServerTls.Certificate> certificate,
        TlsPolicy policy) {
    public ClientTls {
        alpn = List.copyOf(alpn);
        Check.alpn(alpn, "alpn_protocols");
        peer = peer.filter(asked -> !asked.equals(PeerValidation.NONE));
        if (peer.isPresent() && !peer.get().asksForProof()) {
            throw new IllegalArgumentException(
                    "subject names without authorities (expected: both, since anyone can claim a name)");
        }
    }

    /**
     * By authorities and names alone.
     *
     * @param authorities PEM of the CAs that may sign the peer's certificate; absent verifies nothing
     * @param subjectNames of which the peer's certificate must hold one; empty accepts any
     */
    public ClientTls(
            String serverName,
            Optional<String> authorities,
            List<PeerName> subjectNames,
            List<String> alpn,
            Optional<ServerTls.Certificate> certificate,
            TlsPolicy policy) {
        this(
                serverName,
                Optional.of(new PeerValidation(authorities, subjectNames, List.of(), List.of(), Optional.empty())),
                alpn,
                certificate,
                policy);
    }

    /** Likewise, by the default policy. */
    public ClientTls(
            String serverName,
            Optional<String> authorities,
            List<PeerName> subjectNames,
            List<String> alpn,
            Optional<ServerTls.Certificate> certificate) {
        this(serverName, authorities, subjectNames, alpn, certificate, TlsPolicy.DEFAULT);
    }
}
