package dev.weft.cli;

import dev.weft.api.client.MeshClient;
import dev.weft.api.validation.HumanUnits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import picocli.CommandLine.Option;

/**
 * Which control plane is meant: {@code --server}, else the context's, else this machine.
 *
 * <p>Contexts stand in {@code ~/.config/weft/config.yaml}: {@code current: NAME} and {@code contexts: {NAME: {server: HOST:PORT}}}.
 */
final class Server {
    private static final String DEFAULT = "127.0.0.1:15010";

    @Option(
            names = {"-s", "--server"},
            paramLabel = "HOST:PORT",
            description = "The control plane (default: the context's, else " + DEFAULT + ").")
    private @Nullable String server;

    @Option(names = "--context", paramLabel = "NAME", description = "Context in ~/.config/weft/config.yaml.")
    private @Nullable String context;

    @Option(
            names = "--request-timeout",
            paramLabel = "DURATION",
            description = "For one answer of the control plane (default: 10s).")
    private @Nullable String timeout;

    MeshClient connect() {
        return MeshClient.connect(target(), requestTimeout());
    }

    private String target() {
        if (server != null) {
            return server;
        }
        Path file = Path.of(System.getProperty("user.home"), ".config", "weft", "config.yaml");
        if (!Files.exists(file)) {
            if (context != null) {
                throw new InvalidInput("--context " + context + ": there is no " + file);
            }
            return DEFAULT;
        }
        return fromFile(file);
    }

    private String fromFile(Path file) {
        try {
            Object root = new Load(
                            LoadSettings.builder().setLabel(file.toString()).build())
                    .loadFromString(Files.readString(file));
            Map<?, ?> config = root instanceof Map<?, ?> map ? map : Map.of();
            Object name = Optional.<Object>ofNullable(context).orElse(config.get("current"));
            Object contexts = config.get("contexts");
            if (name == null) {
                return DEFAULT;
            }
            if (contexts instanceof Map<?, ?> all
                    && all.get(name) instanceof Map<?, ?> chosen
                    && chosen.get("server") instanceof String found) {
                return found;
            }
            throw new InvalidInput(file + ": contexts." + name + ".server: missing (expected: HOST:PORT)");
        } catch (IOException | YamlEngineException e) {
            throw new InvalidInput(file + " cannot be read: " + e.getMessage());
        }
    }

    private Duration requestTimeout() {
        return timeout == null ? Duration.ofSeconds(10) : duration("--request-timeout", timeout);
    }

    static Duration duration(String flag, String text) {
        try {
            var parsed = HumanUnits.parseDuration(text);
            return Duration.ofSeconds(parsed.getSeconds(), parsed.getNanos());
        } catch (IllegalArgumentException e) {
            throw new InvalidInput(flag + ": " + e.getMessage());
        }
    }
}
