package dev.weft.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Mutual TLS between people, sidecars, control planes and their replicas. */
@SuppressWarnings("NullAway.Init") // the shell is set before each test
final class SecuredPortTest {
    private static final String OWN = " --tls-cert peer.pem --tls-key peer.key";

    @TempDir
    private Path folder;

    private Shell shell;

    /** One CA that is trusted, one that is not, and a certificate of each. */
    @BeforeEach
    void certificates() throws Exception {
        Assumptions.assumeTrue(Etcd.find("openssl").isPresent(), "openssl");
        shell = new Shell(folder);
        for (String issuer : new String[] {"ca", "other"}) {
            must("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=" + issuer
                    + " -keyout " + issuer + ".key -out " + issuer + ".pem");
        }
        issue("peer", "ca");
        issue("stranger", "other");
    }

    @AfterEach
    void stop() {
        if (shell != null) {
            shell.close();
        }
    }

    private void issue(String name, String issuer) throws Exception {
        must("openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=" + name + " -keyout " + name
                + ".key -out " + name + ".csr");
        must("printf 'subjectAltName=IP:127.0.0.1\\n' >" + name + ".ext && openssl x509 -req -days 2 -in " + name
                + ".csr -CA " + issuer + ".pem -CAkey " + issuer + ".key -CAcreateserial -extfile " + name
                + ".ext -out " + name + ".pem");
    }

    private void must(String command) throws Exception {
        Shell.Result result = shell.run(command);
        assertThat(result.code()).as(command + "\n" + result.all()).isZero();
    }

    private String controlPlane(String store) throws Exception {
        return shell.start(
                        "weft control-plane --listen 127.0.0.1:0 --admin 127.0.0.1:0 --tls-client-ca ca.pem" + OWN
                                + store,
                        "listen ")
                .replaceAll("(?s).*listen (\\S+),.*", "$1");
    }

    @Test
    void onlyWhoHasACertificateOfTheClientsCaIsServed() throws Exception {
        String address = controlPlane(" --data data");
        shell.start(
                "weft sidecar --control-plane " + address + " --service web --port 9 --inbound 127.0.0.1:0"
                        + " --outbound 127.0.0.1:0 --admin 127.0.0.1:0 --tls-ca ca.pem" + OWN,
                "outbound ");
        String asking = "weft get instances -o name --request-timeout 5s -s " + address;
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() -> shell.run(asking + " --tls-ca ca.pem" + OWN).out().contains("instance/"));

        assertThat(shell.run(asking).code()).as("in plain text").isEqualTo(69);
        assertThat(shell.run(asking + " --tls-ca ca.pem").code())
                .as("without a certificate")
                .isEqualTo(69);
        assertThat(shell.run(asking + " --tls-ca ca.pem --tls-cert stranger.pem --tls-key stranger.key")
                        .code())
                .as("with a certificate of another CA")
                .isEqualTo(69);
        Shell.Result doubtful = shell.run(asking + " --tls-ca other.pem" + OWN);
        assertThat(doubtful.code()).as("where the control plane is not trusted").isEqualTo(69);
        assertThat(doubtful.err()).contains(address);

        must("weft context set here -s " + address + " --tls-ca ca.pem" + OWN);
        assertThat(shell.run("weft get instances -o name").out()).contains("instance/");
    }

    @Test
    void replicasShowEachOtherTheirCertificates() throws Exception {
        try (Etcd etcd = Etcd.start(folder)) {
            String first = controlPlane(" --etcd " + etcd.url());
            String second = controlPlane(" --etcd " + etcd.url());
            String asking = "weft status --tls-ca ca.pem" + OWN + " -s " + first;
            Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> shell.run(asking).out().contains(second));
            assertThat(shell.run(asking).out().lines().filter(line -> line.contains(second)))
                    .singleElement()
                    .asString()
                    .endsWith("-");
        }
    }

    @Test
    void aFileThatCannotBeUsedIsNamedBeforeAnythingListens() throws Exception {
        Shell.Result result = shell.run("weft control-plane --data data --tls-cert none.pem --tls-key peer.key");
        assertThat(result.code()).isEqualTo(64);
        assertThat(result.err()).contains("--tls-cert none.pem", "expected: PEM");
    }
}
