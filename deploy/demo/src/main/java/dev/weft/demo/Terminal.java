package dev.weft.demo;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * The terminal, if there is one: repainted in place, and read key by key.
 *
 * <p>Confined to the thread that opened it.
 */
final class Terminal implements AutoCloseable {
    private static final String CLEAR = "\033[2J";
    private static final String HOME = "\033[H";
    private static final String REST_OF_LINE = "\033[K";
    private static final String REST_OF_SCREEN = "\033[J";

    private final String settings;

    private Terminal(String settings) {
        this.settings = settings;
    }

    /** Empty where this program's output is no terminal, or one that cannot be repainted. */
    @SuppressWarnings("SystemConsoleNull") // since JDK 25 it is null again where there is no terminal
    static Optional<Terminal> open() throws IOException, InterruptedException {
        String kind = System.getenv().getOrDefault("TERM", "dumb");
        if (System.console() == null || !System.console().isTerminal() || kind.equals("dumb")) {
            return Optional.empty();
        }
        String settings = stty("-g").strip();
        stty("-icanon", "-echo", "min", "0");
        System.out.print(CLEAR);
        return Optional.of(new Terminal(settings));
    }

    /** Empty colours where people asked for none (no-color.org). */
    static boolean coloured() {
        return System.getenv().getOrDefault("NO_COLOR", "").isEmpty();
    }

    void paint(List<String> lines) {
        StringBuilder screen = new StringBuilder(HOME);
        lines.forEach(line -> screen.append(line).append(REST_OF_LINE).append('\n'));
        System.out.print(screen.append(REST_OF_SCREEN));
        System.out.flush();
    }

    /** A key that was pressed since the last one, or 0. */
    int key() throws IOException {
        return System.in.available() > 0 ? System.in.read() : 0;
    }

    private static String stty(String... arguments) throws IOException, InterruptedException {
        Process stty = new ProcessBuilder(command(arguments))
                .redirectInput(new File("/dev/tty"))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String said = new String(stty.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        stty.waitFor();
        return said;
    }

    private static String[] command(String[] arguments) {
        String[] command = new String[arguments.length + 1];
        command[0] = "stty";
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        return command;
    }

    /** As it was before. */
    @Override
    public void close() throws IOException {
        try {
            stty(settings);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
