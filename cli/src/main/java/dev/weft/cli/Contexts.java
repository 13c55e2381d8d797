package dev.weft.cli;

import dev.weft.api.validation.Suggestion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * The contexts of {@code ~/.config/weft/config.yaml}: {@code current: NAME} and {@code contexts: {NAME: {server: HOST:PORT}}}. Immutable.
 *
 * <p>The file names a private key, so only its owner may read it. It is replaced whole: nobody sees half of it.
 *
 * @param current the one in use, or empty
 */
record Contexts(Path file, String current, Map<String, Context> all) {
    Contexts {
        all = new LinkedHashMap<>(all);
    }

    /**
     * @throws InvalidInput where the file is not what was written
     */
    static Contexts inHome() throws IOException {
        Path file = Path.of(System.getProperty("user.home"), ".config", "weft", "config.yaml");
        if (!Files.exists(file)) {
            return new Contexts(file, "", Map.of());
        }
        try {
            Object root = new Load(
                            LoadSettings.builder().setLabel(file.toString()).build())
                    .loadFromString(Files.readString(file));
            Map<?, ?> config = root instanceof Map<?, ?> map ? map : Map.of();
            Map<String, Context> all = new LinkedHashMap<>();
            if (config.get("contexts") instanceof Map<?, ?> entries) {
                entries.forEach((name, entry) -> all.put(
                        String.valueOf(name), Context.of(entry instanceof Map<?, ?> fields ? fields : Map.of())));
            }
            return new Contexts(file, config.get("current") instanceof String name ? name : "", all);
        } catch (YamlEngineException e) {
            throw new InvalidInput(file + " cannot be read: " + e.getMessage());
        }
    }

    /** The one that is named, else the one in use, else this machine's control plane. */
    Context chosen(Optional<String> name) {
        String wanted = name.orElse(current);
        if (wanted.isEmpty()) {
            return new Context(Server.DEFAULT, "", "", "");
        }
        Context found = named(wanted);
        if (found.server().isEmpty()) {
            throw new InvalidInput(file + ": contexts." + wanted + ".server: missing (expected: HOST:PORT)");
        }
        return found;
    }

    /**
     * @throws InvalidInput where there is none of that name
     */
    Context named(String name) {
        Context found = all.get(name);
        if (found == null) {
            String suggestion = Suggestion.of(name, List.copyOf(all.keySet()));
            throw new InvalidInput("no context \"" + name + "\" in " + file
                    + (all.isEmpty() ? "" : " (expected: one of " + String.join(", ", all.keySet()) + ")")
                    + (suggestion.isEmpty() ? "" : "\n  did you mean: " + suggestion));
        }
        return found;
    }

    Contexts using(String name) {
        return new Contexts(file, name, all);
    }

    Contexts with(String name, Context context) {
        Contexts changed = new Contexts(file, current, all);
        changed.all.put(name, context);
        return changed;
    }

    Contexts without(String name) {
        Contexts changed = new Contexts(file, current.equals(name) ? "" : current, all);
        changed.all.remove(name);
        return changed;
    }

    void write() throws IOException {
        Map<String, Object> entries = new LinkedHashMap<>();
        all.forEach((name, context) -> entries.put(name, context.entry()));
        Map<String, Object> config = new LinkedHashMap<>();
        if (!current.isEmpty()) {
            config.put("current", current);
        }
        config.put("contexts", entries);
        DumpSettings settings =
                DumpSettings.builder().setDefaultFlowStyle(FlowStyle.BLOCK).build();
        Path folder = file.resolveSibling("");
        Files.createDirectories(folder);
        Path next = Files.createTempFile(
                folder,
                "config",
                ".next",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(next, new Dump(settings).dumpToString(config));
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
