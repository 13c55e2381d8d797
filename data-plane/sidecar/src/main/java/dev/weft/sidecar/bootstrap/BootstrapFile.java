package dev.weft.sidecar.bootstrap;

import dev.weft.sidecar.xds.message.YamlTree;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A file in YAML or JSON, which YAML includes, as a tree of maps, lists and scalars. Stateless. */
public final class BootstrapFile {
    private BootstrapFile() {}

    /** @throws BadBootstrap where it cannot be read, or is not one document */
    public static Object read(Path file) throws BadBootstrap {
        try {
            return YamlTree.of(file.toString(), Files.readString(file, StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            throw new BadBootstrap(List.of(String.valueOf(e.getMessage())));
        } catch (IOException e) {
            throw new BadBootstrap(
                    List.of(file + ": cannot be read (" + e.getClass().getSimpleName() + ")"));
        }
    }
}
