package dev.weft.controlplane;

import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** TLS of the port for xDS and management: {@code --tls-cert} and what belongs to it. Without it that port is plain text. */
final class TlsFlags {
    @Option(
            names = "--tls-cert",
            paramLabel = "FILE",
            defaultValue = "${env:WEFT_TLS_CERT}",
            description = "PEM of this control plane's certificate; its port then speaks TLS only.")
    private @Nullable Path certificate;

    @Option(
            names = "--tls-key",
            paramLabel = "FILE",
            defaultValue = "${env:WEFT_TLS_KEY}",
            description = "PEM of its key.")
    private @Nullable Path key;

    @Option(
            names = "--tls-client-ca",
            paramLabel = "FILE",
            defaultValue = "${env:WEFT_TLS_CLIENT_CA}",
            description = "PEM of the CAs that sign clients' certificates: only who has one is served.")
    private @Nullable Path clientAuthorities;

    @Option(
            names = "--tls-ca",
            paramLabel = "FILE",
            defaultValue = "${env:WEFT_TLS_CA}",
            description = "PEM of the CAs that sign other replicas' certificates (default: --tls-client-ca).")
    private @Nullable Path replicaAuthorities;

    /**
     * Absent where nothing is given.
     *
     * @throws IllegalArgumentException naming what is missing, or the file that cannot be used
     */
    Optional<TransportSecurity> security() {
        if (certificate == null && key == null && clientAuthorities == null && replicaAuthorities == null) {
            return Optional.empty();
        }
        if (certificate == null || key == null) {
            throw new IllegalArgumentException((certificate == null ? "--tls-cert" : "--tls-key")
                    + " is missing (expected: a certificate and its key)");
        }
        return Optional.of(TransportSecurity.of(
                certificate,
                key,
                Optional.ofNullable(clientAuthorities),
                Optional.ofNullable(replicaAuthorities).or(() -> Optional.ofNullable(clientAuthorities))));
    }
}
