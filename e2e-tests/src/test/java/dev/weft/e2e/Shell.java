package dev.weft.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * A terminal in a folder of the test where {@code weft} is on the path, as {@code ./weft} stands beside it: a distribution made of the
 * classes under test. Ends what was started in it, the last first.
 *
 * <p>Confined to the test's thread.
 */
final class Shell implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Path EXAMPLES = Path.of("").toAbsolutePath().resolveSibling("examples");

    /** What a command printed, and its exit code. */
    record Result(int code, String out, String err) {
        String all() {
            return out + err;
        }
    }

    private final Path folder;
    private final Map<String, String> environment = new HashMap<>();
    private final List<Process> started = new ArrayList<>();
    private int commands;

    Shell(Path folder) throws IOException {
        this.folder = folder;
        Path bin = Files.createDirectories(folder.resolve("bin"));
        Path launcher = Files.writeString(bin.resolve("weft"), launcher(folder));
        Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.createSymbolicLink(folder.resolve("weft"), launcher);
        copy(examples(), folder.resolve("examples"));
        environment.put("PATH", bin + ":" + System.getenv("PATH"));
        environment.put("HOME", folder.toString());
        environment.put("PYTHONUNBUFFERED", "1");
    }

    /** The folder of examples in this checkout. */
    static Path examples() {
        return EXAMPLES;
    }

    private static String launcher(Path folder) {
        return """
                #!/bin/sh
                main=dev.weft.cli.Main
                case "${1:-}" in
                  control-plane) shift; main=dev.weft.controlplane.Main ;;
                  sidecar | gateway) main=dev.weft.sidecar.Main ;;
                  demo) shift; main=dev.weft.demo.Main ;;
                esac
                exec '%s/bin/java' -Xmx192m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 --enable-native-access=ALL-UNNAMED \
                  '-Duser.home=%s' '-Dweft.home=%s' -cp '%s' "$main" "$@"
                """.formatted(System.getProperty("java.home"), folder, folder, System.getProperty("java.class.path"));
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        }
    }

    Shell with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    Result run(String command) throws IOException, InterruptedException {
        String name = "command-" + ++commands;
        Process process = launch(name, command);
        if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException(
                    "no end within " + PATIENCE + ": " + command + "\n" + said(name, "out") + said(name, "err"));
        }
        return new Result(process.exitValue(), said(name, "out"), said(name, "err"));
    }

    /** Starts it and waits for {@code words} on its standard output; returns that. */
    String start(String command, String words) throws IOException {
        String name = "command-" + ++commands;
        Process process = launch(name, "exec " + command);
        started.add(process);
        Awaitility.await(command)
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> {
                    if (!process.isAlive()) {
                        throw new IllegalStateException(command + "\nended with " + process.exitValue() + ":\n"
                                + said(name, "out") + said(name, "err"));
                    }
                    return said(name, "out").contains(words)
                            && !said(name, "out").isEmpty();
                });
        return said(name, "out");
    }

    private Process launch(String name, String command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder("bash", "-c", command)
                .directory(folder.toFile())
                .redirectOutput(folder.resolve(name + ".out").toFile())
                .redirectError(folder.resolve(name + ".err").toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroy));
        return process;
    }

    private String said(String name, String stream) {
        try {
            return Files.readString(folder.resolve(name + "." + stream));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        for (Process process : started.reversed()) {
            // The demo ends its own processes when it is asked to; nobody would after a kill.
            process.destroy();
        }
        started.reversed().forEach(Shell::awaitEnd);
    }

    private static void awaitEnd(Process process) {
        try {
            if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
