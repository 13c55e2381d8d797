package dev.weft.sidecar;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** Where a node keeps its state. Stateless. */
final class StateDirectory {
    private static final String NONE = "none";

    private StateDirectory() {}

    /**
     * @param given by a flag: a directory, {@code none}, or empty for the default
     * @return empty where no state is kept, which is so too for a node without an id
     */
    static Optional<Path> of(String given, String nodeId, Map<String, String> environment) {
        if (given.equals(NONE) || (given.isEmpty() && nodeId.isEmpty())) {
            return Optional.empty();
        }
        if (!given.isEmpty()) {
            return Optional.of(Path.of(given));
        }
        String xdg = environment.getOrDefault("XDG_STATE_HOME", "");
        Path base = xdg.isEmpty() ? Path.of(System.getProperty("user.home"), ".local", "state") : Path.of(xdg);
        return Optional.of(base.resolve("weft").resolve(fileName(nodeId)));
    }

    /** An id is free text: what could step out of the directory is replaced. */
    private static String fileName(String nodeId) {
        String name = nodeId.replaceAll("[^A-Za-z0-9._-]", "_");
        return name.startsWith(".") ? "_" + name : name;
    }
}
