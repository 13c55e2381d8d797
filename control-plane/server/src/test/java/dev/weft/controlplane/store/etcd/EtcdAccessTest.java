package dev.weft.controlplane.store.etcd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.weft.controlplane.store.Store.Committed;
import dev.weft.controlplane.store.Store.Entry;
import dev.weft.controlplane.store.Store.Outcome;
import dev.weft.controlplane.store.Store.Put;
import dev.weft.controlplane.store.Store.Transaction;
import dev.weft.controlplane.store.Store.Write;
import dev.weft.controlplane.store.StoreException;
import dev.weft.controlplane.store.etcd.EtcdOptions.Credentials;
import dev.weft.controlplane.store.etcd.EtcdOptions.Tls;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who is let in, and how much at a time. */
final class EtcdAccessTest {
    @TempDir
    Path directory;

    @Test
    void aPasswordLetsInAlsoAfterEtcdWasRestartedAndAWrongOneIsNamed() throws Exception {
        try (EtcdProcess etcd = EtcdProcess.startOrSkip()) {
            etcd.requirePassword("secret");
            try (EtcdStore store = EtcdStore.open(etcd.options().withCredentials(new Credentials("root", "secret")))) {
                commit(store, put("a", 1)).join();
                etcd.kill(); // its tokens are gone with it
                etcd.restart();
                assertThat(store.get("a").join()).isPresent();
                commit(store, put("a", 2)).join();
            }
            EtcdOptions wrong = etcd.options()
                    .withCredentials(new Credentials("root", "guess"))
                    .withTimeouts(Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ofSeconds(20));
            try (EtcdStore store = EtcdStore.open(wrong)) {
                assertThatThrownBy(() -> store.get("a").join())
                        .cause()
                        .isInstanceOf(StoreException.Unavailable.class)
                        .hasMessageContaining("refused")
                        .hasMessageContaining("authentication failed");
            }
        }
    }

    @Test
    void mutualTlsLetsInWhoHasACertificate() throws Exception {
        Path ca = certificate("ca", "");
        certificate("server", "ca");
        certificate("client", "ca");
        try (EtcdProcess etcd = EtcdProcess.startSecureOrSkip(
                "--cert-file=" + directory.resolve("server.pem"),
                "--key-file=" + directory.resolve("server.key"),
                "--trusted-ca-file=" + ca,
                "--client-cert-auth")) {
            Tls tls = new Tls(
                    Optional.of(ca),
                    Optional.of(directory.resolve("client.pem")),
                    Optional.of(directory.resolve("client.key")));
            try (EtcdStore store = EtcdStore.open(etcd.options().withTls(tls))) {
                commit(store, put("a", 1)).join();
            }
            EtcdOptions bare = etcd.options()
                    .withTls(new Tls(Optional.of(ca), Optional.empty(), Optional.empty()))
                    .withTimeouts(Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ofSeconds(20));
            try (EtcdStore store = EtcdStore.open(bare)) {
                assertThatThrownBy(() -> store.get("a").join()).cause().isInstanceOf(StoreException.Unavailable.class);
            }
        }
    }

    @Test
    void tlsFilesThatCannotBeUsedAreNamed() {
        Tls tls = new Tls(Optional.of(directory.resolve("missing.pem")), Optional.empty(), Optional.empty());
        assertThatThrownBy(() ->
                        EtcdStore.open(EtcdOptions.of("https://127.0.0.1:1").withTls(tls)))
                .isInstanceOf(StoreException.OpenFailed.class)
                .hasMessageContaining("missing.pem");
    }

    @Test
    void etcdsLimitsAreNamedWithTheirNumbers() throws Exception {
        try (EtcdProcess etcd = EtcdProcess.startOrSkip();
                EtcdStore store = EtcdStore.open(etcd.options())) {
            Write[] many =
                    IntStream.range(0, 5_000).mapToObj(i -> put("k/" + i, 1)).toArray(Write[]::new);
            assertThatThrownBy(() -> commit(store, many).join())
                    .cause()
                    .isInstanceOf(StoreException.TooLarge.class)
                    .hasMessageContaining("5000 writes")
                    .hasMessageContaining("128 operations")
                    .hasMessageContaining("--max-txn-ops");
            assertThatThrownBy(() -> commit(store, put("big", 3_000_000)).join())
                    .cause()
                    .isInstanceOf(StoreException.TooLarge.class)
                    .hasMessageContaining("1.5 MiB")
                    .hasMessageContaining("--max-request-bytes");
            assertThat(store.range("").join().entries()).isEmpty();
            long revision =
                    ((Committed) commit(store, Arrays.copyOf(many, 4_000)).join()).revision();
            assertThat(store.range("").join().entries())
                    .hasSize(4_000)
                    .extracting(Entry::modRevision)
                    .containsOnly(revision);
        }
    }

    @Test
    void aUsedUpQuotaFailsWritesAndLeavesReads() throws Exception {
        // etcd looks at the size as of its last commit to disk: without the limit that may be a tenth of a second ago.
        try (EtcdProcess etcd = EtcdProcess.startOrSkip("--quota-backend-bytes=3000000", "--backend-batch-limit=1");
                EtcdStore store = EtcdStore.open(etcd.options())) {
            commit(store, put("first", 10)).join();
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 40; i++) {
                            commit(store, put("big/" + i, 200_000)).join();
                        }
                    })
                    .cause()
                    .isInstanceOf(StoreException.WriteFailed.class)
                    .hasMessageContaining("quota");
            assertThat(store.get("first").join()).isPresent();
        }
    }

    @Test
    void anIdempotencyIdIsKnownToEveryReplica() throws Exception {
        try (EtcdProcess etcd = EtcdProcess.startOrSkip();
                EtcdStore one = EtcdStore.open(etcd.options());
                EtcdStore two = EtcdStore.open(etcd.options());
                EtcdStore other = EtcdStore.open(etcd.options().withPrefix("/other/"))) {
            Transaction transaction = new Transaction(List.of(), List.of(put("a", 1)), "id");
            Committed first = (Committed) one.commit(transaction).join();
            assertThat(two.commit(transaction).join()).isEqualTo(new Committed(first.revision(), true));
            assertThat(two.committedAt(first.revision()).join()).isPresent();

            assertThat(other.range("").join().entries()).isEmpty();
            assertThat(((Committed) other.commit(transaction).join()).repeated())
                    .isFalse();
        }
    }

    @Test
    void optionsCheckThemselves() {
        assertThatThrownBy(() -> EtcdOptions.of(" ")).hasMessageContaining("endpoints: none");
        assertThatThrownBy(() -> EtcdOptions.of("ftp://a:1")).hasMessageContaining("expected: http[s]://host:port");
        assertThatThrownBy(() -> EtcdOptions.of("http://a:1,https://b:1")).hasMessageContaining("mixed");
        assertThatThrownBy(() -> EtcdOptions.of("a:1").withPrefix("/weft")).hasMessageContaining("ends with /");
        assertThatThrownBy(() -> new Tls(Optional.empty(), Optional.of(directory), Optional.empty()))
                .hasMessageContaining("without key");
        assertThat(EtcdOptions.of("a:1, http://b:2").endpoints()).hasToString("[http://a:1, http://b:2]");
        assertThat(EtcdOptions.of("a:1")
                        .withCredentials(new Credentials("u", "hidden"))
                        .toString())
                .doesNotContain("hidden");
    }

    private static Put put(String key, int bytes) {
        return new Put(key, ByteString.copyFrom(new byte[bytes]), 0);
    }

    private static CompletableFuture<Outcome> commit(EtcdStore store, Write... writes) {
        return store.commit(new Transaction(List.of(), List.of(writes), ""));
    }

    /** By the openssl program; signed by itself where no issuer is given. */
    private Path certificate(String name, String issuer) throws Exception {
        Path certificate = directory.resolve(name + ".pem");
        openssl(
                "req",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-keyout",
                file(name + ".key"),
                "-out",
                file(name + ".csr"),
                "-subj",
                "/CN=" + name);
        Path extensions = directory.resolve(name + ".ext");
        Files.writeString(
                extensions,
                issuer.isEmpty()
                        ? "basicConstraints=critical,CA:true\n"
                        : "subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n");
        String[] signer = issuer.isEmpty()
                ? new String[] {"-signkey", file(name + ".key")}
                : new String[] {"-CA", file(issuer + ".pem"), "-CAkey", file(issuer + ".key"), "-CAcreateserial"};
        String[] command = {
            "x509",
            "-req",
            "-days",
            "2",
            "-in",
            file(name + ".csr"),
            "-out",
            certificate.toString(),
            "-extfile",
            extensions.toString()
        };
        openssl(Stream.of(command, signer).flatMap(Stream::of).toArray(String[]::new));
        return certificate;
    }

    private String file(String name) {
        return directory.resolve(name).toString();
    }

    private static void openssl(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("openssl"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
    }
}
