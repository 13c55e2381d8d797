package dev.weft.balance.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A proxy of somebody else, run as a process, whose upstreams answer with their own port. */
final class RealProxy {

    private final HttpClient client = HttpClient.newHttpClient();
    private final Path output;
    private final Process process;

    RealProxy(Path folder, List<String> command) throws IOException {
        output = folder.resolve("output");
        process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
    }

    /** The program on the PATH; where it is missing the test is skipped, and says so where people look. */
    static Path binary(String name, String install) {
        String path = System.getenv().getOrDefault("PATH", "") + ":/usr/sbin:/usr/local/sbin";
        Optional<Path> found = Stream.of(path.split(":"))
                .map(directory -> Path.of(directory, name))
                .filter(Files::isExecutable)
                .findFirst();
        if (found.isEmpty()) {
            System.err.println("*** SKIPPED: no " + name + " on the PATH, so nothing was compared with the real one."
                    + " To have it: " + install + " ***");
        }
        assumeTrue(found.isPresent(), "no " + name + " on the PATH");
        return found.orElseThrow();
    }

    /** All are held open until all are known, so that no two are the same. */
    static int[] freePorts(int count) throws IOException {
        List<ServerSocket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                sockets.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
            }
            return sockets.stream().mapToInt(ServerSocket::getLocalPort).toArray();
        } finally {
            for (ServerSocket socket : sockets) {
                socket.close();
            }
        }
    }

    void awaitPort(int port) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (true) {
            try {
                new Socket(InetAddress.getLoopbackAddress(), port).close();
                return;
            } catch (IOException e) {
                if (!process.isAlive() || System.nanoTime() > deadline) {
                    throw new IllegalStateException("it does not listen: " + Files.readString(output), e);
                }
                process.waitFor(20, TimeUnit.MILLISECONDS); // it gives no other sign of life
            }
        }
    }

    /** The port of the upstream that a request ended at; the key is also sent as header {@code x-key}. */
    int answer(int port, String path, String key) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .header("x-key", key)
                .timeout(Duration.ofSeconds(10))
                .build();
        return Integer.parseInt(
                client.send(request, BodyHandlers.ofString()).body().trim());
    }

    void stop() throws InterruptedException {
        client.close();
        process.destroy();
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    }
}
