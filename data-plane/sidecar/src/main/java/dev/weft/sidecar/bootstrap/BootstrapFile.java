package dev.weft.sidecar.bootstrap;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/** A file in YAML or JSON, which YAML includes, as a tree of maps, lists and scalars. Stateless. */
public final class BootstrapFile {
    private BootstrapFile() {}

    /** @throws BadBootstrap where it cannot be read, or is not one document */
    public static Object read(Path file) throws BadBootstrap {
        LoadSettings settings = LoadSettings.builder()
                .setLabel(file.toString())
                .setAllowDuplicateKeys(false)
                .build();
        try {
            Object tree = new Load(settings).loadFromString(Files.readString(file, StandardCharsets.UTF_8));
            if (tree == null) {
                throw new BadBootstrap(List.of(file + ": empty (expected: a bootstrap)"));
            }
            return tree;
        } catch (YamlEngineException e) {
            throw new BadBootstrap(List.of(file + ": " + e.getMessage()));
        } catch (IOException e) {
            throw new BadBootstrap(
                    List.of(file + ": cannot be read (" + e.getClass().getSimpleName() + ")"));
        }
    }
}
