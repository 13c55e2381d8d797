package dev.weft.e2e;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;

/**
 * A process of a test: one of our roles in a JVM of its own, or a foreign program. Ends with the test.
 *
 * <p>Confined to the test's thread.
 */
final class Child implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final AtomicInteger COUNT = new AtomicInteger();

    private final Process process;
    private final Path log;
    private final Path ready;

    private Child(Process process, Path log, Path ready) {
        this.process = process;
        this.log = log;
        this.ready = ready;
    }

    /** Starts {@code main} with this test's class path; {@link #ready} waits for its ready file. */
    static Child role(Path directory, String main, String... arguments) throws IOException {
        int number = COUNT.incrementAndGet();
        Path ready = directory.resolve("ready-" + number + ".json");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx192m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                main));
        command.addAll(List.of(arguments));
        command.addAll(List.of("--ready-file", ready.toString()));
        return start(directory, number, ready, Map.of(), command);
    }

    static Child program(Path directory, Map<String, String> environment, String... command) throws IOException {
        int number = COUNT.incrementAndGet();
        return start(directory, number, directory.resolve("none"), environment, List.of(command));
    }

    private static Child start(
            Path directory, int number, Path ready, Map<String, String> environment, List<String> command)
            throws IOException {
        Path log = directory.resolve("process-" + number + ".log");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        // Dozens of sidecars that warm up on two cores keep each other from starting.
        builder.environment().put("WEFT_WARM_UP", "0s");
        builder.environment().putAll(environment);
        Process process = builder.start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        return new Child(process, log, ready);
    }

    /** What the role wrote once it served. */
    JsonObject ready() {
        awaitAlive(() -> Files.exists(ready));
        try {
            return JsonParser.parseString(Files.readString(ready)).getAsJsonObject();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** Returns once a program listens, which has no ready file. */
    void listensAt(int port) {
        awaitAlive(() -> {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return socket.isConnected();
            } catch (IOException notYet) {
                return false;
            }
        });
    }

    private void awaitAlive(Callable<Boolean> condition) {
        Awaitility.await().atMost(PATIENCE).pollInterval(Duration.ofMillis(20)).until(() -> {
            if (!process.isAlive()) {
                throw new IllegalStateException("it ended with " + process.exitValue() + ":\n" + log());
            }
            return condition.call();
        });
    }

    String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** {@code kill -9}. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** SIGTERM, and the exit code. */
    int terminate() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            throw new IllegalStateException("it did not end within " + PATIENCE + " of SIGTERM:\n" + log());
        }
        return process.exitValue();
    }

    int exitCode() throws InterruptedException {
        if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            throw new IllegalStateException("it did not end within " + PATIENCE + ":\n" + log());
        }
        return process.exitValue();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
