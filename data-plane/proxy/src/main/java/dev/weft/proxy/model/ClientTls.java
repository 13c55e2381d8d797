package dev.weft.proxy.model;

import java.util.List;
import java.util.Optional;

/**
 * How connections to a cluster use TLS.
 *
 * @param serverName SNI and, where no names are given, nothing more
 * @param authorities PEM of the CAs that may sign the peer's certificate; absent verifies nothing
 * @param subjectNames of which the peer's certificate must hold one; empty accepts any
 * @param alpn offered in this order
 * @param certificate ours, for mutual TLS
 * @param policy versions and ciphers
 */
public record ClientTls(
        String serverName,
        Optional<String> authorities,
        List<PeerName> subjectNames,
        List<String> alpn,
        Optional<ServerTls.Certificate> certificate,
        TlsPolicy policy) {
    public ClientTls {
        subjectNames = List.copyOf(subjectNames);
        alpn = List.copyOf(alpn);
        Check.alpn(alpn, "alpn_protocols");
        if (authorities.isEmpty() && !subjectNames.isEmpty()) {
            throw new IllegalArgumentException(
                    "subject names without authorities (expected: both, since anyone can claim a name)");
        }
    }

    /** By the default policy. */
    public ClientTls(
            String serverName,
            Optional<String> authorities,
            List<PeerName> subjectNames,
            List<String> alpn,
            Optional<ServerTls.Certificate> certificate) {
        this(serverName, authorities, subjectNames, alpn, certificate, TlsPolicy.DEFAULT);
    }
}
