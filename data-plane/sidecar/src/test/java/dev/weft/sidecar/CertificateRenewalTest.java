package dev.weft.sidecar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Certificates that are renewed where they lie, while the process serves. */
@Timeout(120)
class CertificateRenewalTest {
    private static final String CONFIG = """
            node: {id: renewing}
            admin: {address: {socket_address: {address: 127.0.0.1, port_value: 0}}}
            static_resources:
              listeners:
              - name: web
                address: {socket_address: {address: 127.0.0.1, port_value: 0}}
                filter_chains:
                - transport_socket:
                    name: tls
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
                      common_tls_context:
                        tls_certificates: [{certificate_chain: {filename: DIR/cert.pem}, private_key: {filename: DIR/key.pem}}]
                  filters:
                  - name: http
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                      stat_prefix: web
                      route_config:
                        name: all
                        virtual_hosts:
                        - {name: all, domains: ["*"], routes: [{match: {prefix: /}, direct_response: {status: 200}}]}
                      http_filters:
                      - name: router
                        typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
            """;

    @TempDir
    private Path directory = Path.of("");

    @Test
    void newConnectionsGetTheNewCertificateAndOldOnesLiveOn() throws Exception {
        install(TlsVisitor.certificate("first"));
        Path config = Files.writeString(directory.resolve("config.yaml"), CONFIG.replace("DIR", directory.toString()));
        try (SidecarProcess sidecar = SidecarProcess.start(directory, "sidecar", "-c", config.toString())
                        .serving();
                TlsVisitor old = TlsVisitor.of(sidecar)) {
            assertThat(old.subject()).isEqualTo("CN=first");
            assertThat(old.isAnswered()).isTrue();

            install(TlsVisitor.certificate("second"));

            await().atMost(Duration.ofSeconds(20))
                    .untilAsserted(
                            () -> assertThat(TlsVisitor.subjectOfNew(sidecar)).isEqualTo("CN=second"));
            assertThat(old.isAnswered()).isTrue();

            Files.writeString(directory.resolve("cert.pem"), "not a certificate");

            await().atMost(Duration.ofSeconds(20)).until(() -> sidecar.err().contains("have changed and are not used"));
            assertThat(TlsVisitor.subjectOfNew(sidecar)).isEqualTo("CN=second");
            assertThat(old.isAnswered()).isTrue();

            install(TlsVisitor.certificate("third"));

            await().atMost(Duration.ofSeconds(20))
                    .untilAsserted(
                            () -> assertThat(TlsVisitor.subjectOfNew(sidecar)).isEqualTo("CN=third"));
        }
    }

    @Test
    void aSecretInAFileIsReadAgainTooAndABadOneDoesNotHoldUpTheOthers() throws Exception {
        install(TlsVisitor.certificate("first"));
        Files.writeString(directory.resolve("sds.yaml"), secret("cert.pem"));
        String dir = directory.toString();
        String config = CONFIG.replace(
                        "tls_certificates: [{certificate_chain: {filename: DIR/cert.pem}, private_key: {filename: DIR/key.pem}}]",
                        "tls_certificate_sds_secret_configs: [{name: own, sds_config: {path_config_source: {path: DIR/sds.yaml,"
                                + " watched_directory: {path: DIR}}, resource_api_version: V3}}]")
                .replace(
                        "static_resources:",
                        "static_resources:\n  secrets: [{name: peers, validation_context: {trusted_ca: {filename: DIR/ca.pem}}}]")
                .replace("DIR", dir);
        replace("ca.pem", TlsVisitor.certificate("ca").getCertificatePEM());
        Path file = Files.writeString(directory.resolve("config.yaml"), config);
        try (SidecarProcess sidecar = SidecarProcess.start(directory, "sidecar", "-c", file.toString())
                .serving()) {
            assertThat(TlsVisitor.subjectOfNew(sidecar)).isEqualTo("CN=first");

            replace("ca.pem", "torn");
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> sidecar.err().contains("secrets[0].validation_context.trusted_ca"));
            install(TlsVisitor.certificate("second"));
            await().atMost(Duration.ofSeconds(20))
                    .untilAsserted(
                            () -> assertThat(TlsVisitor.subjectOfNew(sidecar)).isEqualTo("CN=second"));

            replace("sds.yaml", secret("gone.pem"));
            await().atMost(Duration.ofSeconds(20)).until(() -> sidecar.err().contains("gone.pem: cannot be read"));
            assertThat(TlsVisitor.subjectOfNew(sidecar)).isEqualTo("CN=second");
            assertThat(sidecar.get("admin", "/metrics").body())
                    .containsPattern("weft_tls_reload_failures_total\\{source=\"file\",} [1-9]");
        }
    }

    private String secret(String chain) {
        return "resources: [{'@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret, name: own,"
                + " tls_certificate: {certificate_chain: {filename: " + directory.resolve(chain)
                + "}, private_key: {filename: " + directory.resolve("key.pem") + "}}}]";
    }

    /** Each file is replaced at once, as whoever renews certificates does. */
    private void install(X509Bundle certificate) throws IOException {
        replace("cert.pem", certificate.getCertificatePathPEM());
        replace("key.pem", certificate.getPrivateKeyPEM());
    }

    private void replace(String name, String text) throws IOException {
        Path fresh = Files.writeString(directory.resolve(name + ".new"), text);
        Files.move(fresh, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    }
}
