package dev.weft.proxy.model;

import java.util.List;
import java.util.Optional;

/**
 * How connections to a cluster use TLS.
 *
 * @param serverName SNI and, where no names are given, nothing more
 * @param authorities PEM of the CAs that may sign the peer's certificate; absent verifies nothing
 * @param subjectNames DNS names or URIs of which the certificate must hold one; empty accepts any
 * @param alpn offered in this order
 * @param certificate ours, for mutual TLS
 */
public record ClientTls(
        String serverName,
        Optional<String> authorities,
        List<String> subjectNames,
        List<String> alpn,
        Optional<ServerTls.Certificate> certificate) {
    public ClientTls {
        subjectNames = List.copyOf(subjectNames);
        alpn = List.copyOf(alpn);
    }
}
