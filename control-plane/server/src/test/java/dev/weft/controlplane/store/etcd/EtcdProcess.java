package dev.weft.controlplane.store.etcd;

import static org.awaitility.Awaitility.await;

import io.etcd.jetcd.Auth;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * A real etcd for a test, on free ports with its data under {@code target}. Confined to the test's thread.
 *
 * <p>It needs the program {@code etcd} on the PATH or in /usr/bin: {@code apt-get install etcd-server} on Debian and Ubuntu. Where
 * it is missing, the tests are skipped and say so on standard error.
 */
final class EtcdProcess implements AutoCloseable {
    private final Path program;
    private final Path directory;
    private final String scheme;
    private final int clientPort = freePort();
    private final int peerPort = freePort();
    private final List<String> arguments;
    private Process process;

    private EtcdProcess(Path program, String scheme, List<String> arguments) throws IOException {
        this.program = program;
        this.scheme = scheme;
        this.arguments = arguments;
        this.directory = Files.createTempDirectory("etcd-");
        this.process = launch();
    }

    static EtcdProcess startOrSkip(String... arguments) throws IOException {
        return new EtcdProcess(programOrSkip(), "http", List.of(arguments));
    }

    static EtcdProcess startSecureOrSkip(String... arguments) throws IOException {
        return new EtcdProcess(programOrSkip(), "https", List.of(arguments));
    }

    EtcdOptions options() {
        return EtcdOptions.of(scheme + "://127.0.0.1:" + clientPort);
    }

    /** kill -9: nothing is flushed, nothing is said goodbye to. */
    void kill() {
        process.destroyForcibly();
        await().atMost(Duration.ofSeconds(10)).until(() -> !process.isAlive());
    }

    void restart() {
        try {
            process = launch();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Turns authentication on, with this password for root. */
    void requirePassword(String password) throws Exception {
        try (Client client = Client.builder().endpoints(endpoint()).build()) {
            ByteSequence root = ByteSequence.from("root", StandardCharsets.UTF_8);
            Auth auth = client.getAuthClient();
            auth.userAdd(root, ByteSequence.from(password, StandardCharsets.UTF_8))
                    .get(10, TimeUnit.SECONDS);
            auth.roleAdd(root).get(10, TimeUnit.SECONDS);
            auth.userGrantRole(root, root).get(10, TimeUnit.SECONDS);
            auth.authEnable().get(10, TimeUnit.SECONDS);
        }
    }

    @Override
    public void close() {
        kill();
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Process launch() throws IOException {
        String client = scheme + "://127.0.0.1:" + clientPort;
        String peer = "http://127.0.0.1:" + peerPort;
        List<String> command = new ArrayList<>(List.of(
                program.toString(),
                "--name=test",
                "--data-dir=" + directory.resolve("data"),
                "--listen-client-urls=" + client,
                "--advertise-client-urls=" + client,
                "--listen-peer-urls=" + peer,
                "--initial-advertise-peer-urls=" + peer,
                "--initial-cluster=test=" + peer,
                "--log-level=warn"));
        command.addAll(arguments);
        Process launched = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("etcd.log").toFile()))
                .start();
        await().atMost(Duration.ofSeconds(30)).until(() -> {
            if (!launched.isAlive()) {
                throw new AssertionError("etcd did not start: " + Files.readString(directory.resolve("etcd.log")));
            }
            return accepts(clientPort);
        });
        return launched;
    }

    private static boolean accepts(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
            return true;
        } catch (IOException notYet) {
            return false;
        }
    }

    private static Path programOrSkip() {
        Stream<String> folders = Stream.concat(
                Stream.of(Optional.ofNullable(System.getenv("PATH")).orElse("").split(File.pathSeparator)),
                Stream.of("/usr/bin", "/usr/local/bin"));
        Optional<Path> found = folders.map(folder -> Path.of(folder, "etcd"))
                .filter(Files::isExecutable)
                .findFirst();
        if (found.isEmpty()) {
            System.err.println("SKIPPED: the tests of the etcd store need etcd (apt-get install etcd-server)");
        }
        Assumptions.assumeTrue(found.isPresent(), "etcd is not installed (apt-get install etcd-server)");
        return found.orElseThrow();
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    URI endpoint() {
        return options().endpoints().getFirst();
    }
}
