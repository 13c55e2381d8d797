package dev.weft.demo;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.File;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * One role of the distribution as a process of its own, which can be killed and started again.
 *
 * <p>Thread-safe. {@link #start} does not wait for the role to serve; {@link #awaitReady} does.
 */
final class RoleProcess implements AutoCloseable {
    private static final int TOLD_LINES = 15;

    private final String name;
    private final List<String> command;
    private final Path log;
    private final Path readyFile;
    private final Map<String, String> environment;
    private Process process;

    private RoleProcess(String name, List<String> command, Path log, Path readyFile, Map<String, String> environment)
            throws IOException {
        this.name = name;
        this.command = command;
        this.log = log;
        this.readyFile = readyFile;
        this.environment = environment;
        this.process = launch();
    }

    /**
     * @param name of the node, unique; also of its files in the folder
     * @param arguments without {@code --ready-file}
     */
    static RoleProcess start(Distribution distribution, Path folder, String name, List<String> arguments)
            throws IOException {
        Path readyFile = folder.resolve(name + ".ready");
        List<String> command = new ArrayList<>(List.of(distribution.launcher().toString()));
        command.addAll(arguments);
        command.addAll(List.of("--ready-file", readyFile.toString()));
        return new RoleProcess(
                name,
                List.copyOf(command),
                folder.resolve(name + ".log"),
                readyFile,
                distribution.environment(arguments.getFirst()));
    }

    String name() {
        return name;
    }

    synchronized long pid() {
        return process.pid();
    }

    synchronized boolean alive() {
        return process.isAlive();
    }

    /** As {@code kill -9} does; returns once it is gone. */
    synchronized void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** Starts it as it was started first, if it is not running. */
    synchronized void restart() throws IOException {
        if (!process.isAlive()) {
            process = launch();
        }
    }

    private Process launch() throws IOException {
        Files.deleteIfExists(readyFile);
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectInput(new File("/dev/null"))
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().remove(Distribution.RECORD);
        builder.environment().putAll(environment);
        return builder.start();
    }

    /**
     * What the role wrote once it served.
     *
     * @throws IOException if it ended, or took too long; with its last words
     */
    Addresses awaitReady(Duration patience) throws IOException, InterruptedException {
        Deadline deadline = Deadline.in(patience);
        while (!Files.exists(readyFile)) {
            if (!alive()) {
                throw new IOException(name + " ended; it said:\n" + said());
            }
            deadline.orWait(name + " said \"" + said() + "\" and does not serve");
        }
        return new Addresses(JsonParser.parseString(Files.readString(readyFile)).getAsJsonObject());
    }

    private String said() throws IOException {
        List<String> lines = Files.readAllLines(log);
        return String.join("\n", lines.subList(Math.max(0, lines.size() - TOLD_LINES), lines.size()));
    }

    /** Asks it to end; {@link #close} then waits. So that many end at the same time. */
    synchronized void end() {
        process.destroy();
    }

    /** Asks it to end and waits: a short time where it only has to end. */
    @Override
    public synchronized void close() {
        process.destroy();
        long seconds = environment.containsKey(Distribution.RECORD) ? 120 : 5;
        try {
            if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    /** Where a role serves. Immutable. */
    record Addresses(JsonObject json) {
        InetSocketAddress admin() {
            return address(json.get("admin").getAsString());
        }

        /**
         * @throws IOException if it has no listener of that name
         */
        InetSocketAddress listener(String name) throws IOException {
            JsonElement address = json.getAsJsonObject("listeners").get(name);
            if (address == null) {
                throw new IOException("no listener \"" + name + "\" is served, only " + json.get("listeners"));
            }
            return address(address.getAsString());
        }

        private static InetSocketAddress address(String text) {
            int colon = text.lastIndexOf(':');
            return new InetSocketAddress(text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
        }
    }
}
