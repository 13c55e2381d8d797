package dev.weft.demo;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * Runs the project's scripts where a test says what is installed: no Java but those that it makes, in {@code machine}.
 *
 * <p>Confined to one thread.
 */
final class ScriptRun {
    /** Where the build runs: the module's folder. */
    private static final Path DEPLOY =
            Objects.requireNonNull(Path.of("").toAbsolutePath().getParent());

    private final Path machine;
    private final Map<String, String> environment = new HashMap<>();

    ScriptRun(Path machine) throws IOException {
        this.machine = machine;
        environment.put("PATH", machine.resolve("bin") + ":/usr/bin:/bin");
        environment.put("HOME", Files.createDirectories(machine.resolve("home")).toString());
        // Whatever the real machine has in its folders is not there.
        Path tools = Files.createDirectories(machine.resolve("bin"));
        executable(tools.resolve("java"), "echo 'no such command' >&2; exit 127");
    }

    /** What a script printed, and its exit code. */
    record Outcome(int code, String out, String err) {}

    ScriptRun with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    /** A Java that prints its arguments, one a line. */
    Path java(String folder, String version) throws IOException {
        Path home = machine.resolve(folder);
        Files.createDirectories(home.resolve("bin"));
        Files.writeString(home.resolve("release"), "IMPLEMENTOR=\"nobody\"\nJAVA_VERSION=\"" + version + "\"\n");
        executable(home.resolve("bin/java"), "printf '%s\\n' \"$0\" \"$@\"");
        return home;
    }

    /** A distribution without jars. */
    Path distribution(String folder) throws IOException {
        Path home = machine.resolve(folder);
        copy(DEPLOY.resolve("src/dist"), home);
        Files.createDirectories(home.resolve("lib"));
        Files.writeString(home.resolve("VERSION"), "1.2.3\n");
        keepToMachine(home.resolve("libexec/java-home.sh"));
        return home;
    }

    /** A checkout with the scripts, without sources. */
    Path checkout(String folder) throws IOException {
        Path root = machine.resolve(folder);
        copy(DEPLOY.resolve("src"), root.resolve("deploy/src"));
        Files.copy(DEPLOY.resolveSibling("weft"), root.resolve("weft"), StandardCopyOption.COPY_ATTRIBUTES);
        keepToMachine(root.resolve("deploy/src/dist/libexec/java-home.sh"));
        return root;
    }

    private void keepToMachine(Path script) throws IOException {
        String text = Files.readString(script);
        for (String folder : List.of("/usr/lib/jvm", "/opt/java", "/usr/java", "/usr/local", "/opt")) {
            text = text.replace(" " + folder + "/", " " + machine.resolve(folder.substring(1)) + "/");
        }
        Files.writeString(script, text);
    }

    Outcome run(Path folder, String... command) throws IOException, InterruptedException {
        Path out = Files.createTempFile(machine, "out", "");
        Path err = Files.createTempFile(machine, "err", "");
        ProcessBuilder builder = new ProcessBuilder(new ArrayList<>(List.of(command)))
                .directory(folder.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        Process process = builder.start();
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException("no end within a minute: " + List.of(command));
        }
        return new Outcome(process.exitValue(), Files.readString(out), Files.readString(err));
    }

    static void executable(Path script, String text) throws IOException {
        Files.writeString(script, "#!/bin/sh\n" + text + "\n", StandardCharsets.UTF_8);
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.walkFileTree(from, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) throws IOException {
                Files.createDirectories(to.resolve(from.relativize(folder).toString()));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.copy(
                        file,
                        to.resolve(from.relativize(file).toString()),
                        StandardCopyOption.COPY_ATTRIBUTES,
                        StandardCopyOption.REPLACE_EXISTING);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
