package dev.weft.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** A real etcd with one member, in a folder of the test. Confined to the test's thread. */
final class Etcd implements AutoCloseable {
    private final Path directory;
    private final int clientPort = Ports.free();
    private final int peerPort = Ports.free();
    private final String binary;
    private Child process;

    private Etcd(Path directory, String binary) throws IOException {
        this.directory = directory;
        this.binary = binary;
        this.process = launch();
        process.listensAt(clientPort);
    }

    /** Starts one, or skips the test loudly where there is no etcd. */
    static Etcd start(Path directory) throws IOException {
        Optional<String> binary = find("etcd");
        if (binary.isEmpty()) {
            System.err.println("SKIPPED: no etcd on PATH; Debian's package etcd-server has it");
        }
        Assumptions.assumeTrue(binary.isPresent(), "etcd");
        return new Etcd(directory, binary.orElseThrow());
    }

    static Optional<String> find(String program) {
        return Stream.of(System.getenv("PATH").split(":"), new String[] {"/usr/bin", "/usr/sbin"})
                .flatMap(Stream::of)
                .map(folder -> Path.of(folder, program))
                .filter(Files::isExecutable)
                .map(Path::toString)
                .findFirst();
    }

    String url() {
        return "http://127.0.0.1:" + clientPort;
    }

    int port() {
        return clientPort;
    }

    void kill() throws InterruptedException {
        process.kill();
    }

    void restart() throws IOException {
        process = launch();
        process.listensAt(clientPort);
    }

    private Child launch() throws IOException {
        String peer = "http://127.0.0.1:" + peerPort;
        return Child.program(
                directory,
                Map.of("ETCD_UNSUPPORTED_ARCH", ""),
                binary,
                "--name=e",
                "--data-dir=" + directory.resolve("etcd"),
                "--listen-client-urls=" + url(),
                "--advertise-client-urls=" + url(),
                "--listen-peer-urls=" + peer,
                "--initial-advertise-peer-urls=" + peer,
                "--initial-cluster=e=" + peer,
                "--log-level=warn");
    }

    @Override
    public void close() {
        process.close();
    }
}
