package dev.weft.sidecar;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** How many files this process may have open. Stateless. */
final class OpenFiles {
    private static final Path LIMITS = Path.of("/proc/self/limits");
    private static final String LINE = "Max open files";

    /** For jars, logs, event loops, the admin server and the control plane. */
    private static final int OWN = 64;

    private static final int AT_LEAST = 16;

    private OpenFiles() {}

    /**
     * The downstream connections that fit if each also needs one upstream; 0, for no limit, where the system does not say. A
     * process without a free descriptor can neither accept nor connect, so the clients that it has would suffer from those that
     * still come.
     */
    static int connectionsThatFit() {
        try {
            return connectionsThatFit(Files.readString(LIMITS));
        } catch (IOException notLinux) {
            return 0;
        }
    }

    /**
     * @param limits as in {@code /proc/PID/limits}: name, soft limit, hard limit, unit
     */
    static int connectionsThatFit(String limits) {
        return limits.lines()
                .filter(line -> line.startsWith(LINE))
                .map(line -> line.substring(LINE.length()).trim().split(" +")[0])
                .filter(soft -> soft.chars().allMatch(Character::isDigit))
                .mapToInt(soft ->
                        (int) Math.min(Integer.MAX_VALUE, Math.max(AT_LEAST, (Long.parseLong(soft) - OWN) / 2)))
                .findFirst()
                .orElse(0);
    }
}
