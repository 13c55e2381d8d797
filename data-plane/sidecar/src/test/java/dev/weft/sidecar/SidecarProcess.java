package dev.weft.sidecar;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** {@link Main} in a JVM of its own. */
final class SidecarProcess implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Path directory;
    private final Process process;
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();

    private SidecarProcess(Path directory, Process process) {
        this.directory = directory;
        this.process = process;
    }

    static SidecarProcess start(Path directory, String... arguments) {
        return start(List.of(), directory, arguments);
    }

    /** With no more open files than that. */
    static SidecarProcess startWithFiles(int openFiles, Path directory, String... arguments) {
        String limited = "ulimit -n " + openFiles + " && exec \"$@\"";
        return start(List.of("sh", "-c", limited, "sh"), directory, arguments);
    }

    /** Where netty-tcnative finds no native library. */
    static SidecarProcess startWithoutBoringSsl(Path directory, String... arguments) {
        String without = "JAVA_TOOL_OPTIONS=-Dio.netty.handler.ssl.noOpenSsl=true";
        return start(List.of("env", without), directory, arguments);
    }

    private static SidecarProcess start(List<String> launcher, Path directory, String... arguments) {
        List<String> command = new ArrayList<>(launcher);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx128m",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(List.of(arguments));
        command.addAll(List.of("--ready-file", directory.resolve("ready").toString(), "--concurrency", "1"));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectOutput(directory.resolve("out").toFile())
                .redirectError(directory.resolve("err").toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("WEFT_"));
        builder.environment().put("XDG_STATE_HOME", directory.resolve("state").toString());
        try {
            // The process forgets the file of an earlier one too, but only once it is up.
            Files.deleteIfExists(directory.resolve("ready"));
            return new SidecarProcess(directory, builder.start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    SidecarProcess serving() {
        Path ready = directory.resolve("ready");
        await().atMost(PATIENCE).until(() -> Files.exists(ready) || !process.isAlive());
        if (!process.isAlive()) {
            throw new AssertionError("ended with " + process.exitValue() + ": " + err());
        }
        return this;
    }

    /** The ready file. */
    Map<?, ?> ready() {
        return (Map<?, ?>) new Load(LoadSettings.builder().build()).loadFromString(text("ready"));
    }

    /** Where a listener, or {@code admin}, is bound. */
    String address(String name) {
        Map<?, ?> ready = ready();
        Object address = name.equals("admin") ? ready.get("admin") : ((Map<?, ?>) at(ready, "listeners")).get(name);
        return String.valueOf(address).replace("0.0.0.0", "127.0.0.1");
    }

    private static Object at(Map<?, ?> map, String key) {
        Object value = map.get(key);
        if (value == null) {
            throw new AssertionError(key + ": not in " + map);
        }
        return value;
    }

    HttpResponse<String> get(String name, String path) throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(URI.create("http://" + address(name) + path))
                        .timeout(Duration.ofSeconds(10))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    /** SIGTERM. */
    void terminate() {
        process.destroy();
    }

    void signal(String name) throws IOException, InterruptedException {
        int code = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .start()
                .waitFor();
        if (code != 0) {
            throw new AssertionError("kill -" + name + ": " + code);
        }
    }

    /** SIGKILL. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    int exit() throws InterruptedException {
        if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("still runs: " + err());
        }
        return process.exitValue();
    }

    String out() {
        return text("out");
    }

    String err() {
        return text("err");
    }

    private String text(String file) {
        try {
            return Files.readString(directory.resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
        client.close();
    }
}
