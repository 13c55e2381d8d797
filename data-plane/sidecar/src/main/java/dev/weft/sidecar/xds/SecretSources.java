package dev.weft.sidecar.xds;

import dev.weft.sidecar.xds.message.Message;
import dev.weft.sidecar.xds.message.Problems;
import dev.weft.sidecar.xds.message.YamlTree;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code SdsSecretConfig}: secrets of the bootstrap and of files are read at once, as if they were written where they are named; files
 * are read again when they change. Those of a control plane are asked for. Confined to the thread of the conversion.
 */
final class SecretSources {
    private static final String DISCOVERY = "envoy.service.discovery.v3.DiscoveryResponse";

    private final Problems problems;
    private final FileText files;
    private final Map<String, Secret> statics;

    /** @param statics secrets of the bootstrap */
    SecretSources(Problems problems, FileText files, Map<String, Secret> statics) {
        this.problems = problems;
        this.files = files;
        this.statics = statics;
    }

    /** A secret, or where to ask for it. */
    sealed interface Found {
        record Here(Secret secret) implements Found {}

        record Sent(SecretRef secret) implements Found {}
    }

    /** Null where there is none, which is noted. */
    @Nullable
    Found find(Message config, Secret.Kind kind) {
        String name = config.string("name");
        if (name.isEmpty()) {
            problems.add(config.path("name"), "empty (expected: a name)");
            return null;
        }
        Message source = config.message("sds_config");
        if (!config.has("sds_config")) {
            Secret secret = statics.get(name);
            if (secret == null) {
                problems.add(
                        config.path("name"), name + " (expected: one of static_resources.secrets, or with sds_config)");
            }
            return here(config.path("name"), name, secret, kind);
        }
        if (source.has("path_config_source")) {
            Message path = source.message("path_config_source");
            return here(path.path("path"), name, ofFile(path, "path", name), kind);
        }
        if (source.has("path")) {
            return here(source.path("path"), name, ofFile(source, "path", name), kind);
        }
        if (!source.has("ads") && !source.has("self")) {
            problems.add(source.path(), "no source (expected: ads or path_config_source)");
            return null;
        }
        return new Found.Sent(new SecretRef(kind, name, Sources.initialFetchTimeout(source)));
    }

    private @Nullable Found here(String path, String name, @Nullable Secret secret, Secret.Kind kind) {
        if (secret == null) {
            return null;
        }
        if (secret.kind() != kind) {
            problems.add(path, "secret " + name + ": " + secret.kind().field() + " (expected: " + kind.field() + ")");
            return null;
        }
        return new Found.Here(secret);
    }

    private @Nullable Secret ofFile(Message holder, String field, String name) {
        String file = holder.string(field);
        String at = holder.path(field);
        if (!file.matches(".*\\.(yaml|yml|json)")) {
            problems.add(at, file + ": cannot be told what it is (expected: a name that ends in .yaml, .yml or .json)");
            return null;
        }
        try {
            return named(name, at, file, YamlTree.of(file, files.read(file)));
        } catch (IOException e) {
            problems.add(at, file + ": cannot be read (" + e.getClass().getSimpleName() + ")");
        } catch (IllegalArgumentException e) {
            problems.add(at, String.valueOf(e.getMessage()));
        }
        return null;
    }

    private @Nullable Secret named(String name, String at, String file, Object tree) {
        Problems inFile = new Problems();
        Secret found = null;
        List<String> others = new ArrayList<>();
        for (Message message : secrets(tree, inFile)) {
            if (!message.type().equals(ResourceType.SECRET.messageType())) {
                inFile.add(message.path(), message.type() + " (expected: " + ResourceType.SECRET.messageType() + ")");
            } else if (message.string("name").equals(name)) {
                found = new SecretTranslation(inFile, files).secret(message);
            } else {
                others.add(message.string("name"));
            }
        }
        inFile.list().forEach(problem -> problems.add(at, file + ": " + problem));
        if (found == null && inFile.isEmpty()) {
            problems.add(at, file + ": without a secret " + name + ", with " + others + " (expected: that one in it)");
        }
        return found;
    }

    /** Envoy's files hold a response as a control plane would send it; one secret alone will do. */
    private static List<Message> secrets(Object tree, Problems inFile) {
        return tree instanceof Map<?, ?> map && map.containsKey("resources")
                ? Message.ofJson(DISCOVERY, tree, inFile).messages("resources")
                : List.of(Message.ofJson(ResourceType.SECRET.messageType(), tree, inFile));
    }
}
