package dev.weft.api.manifest;

import com.google.protobuf.Descriptors.FieldDescriptor;
import dev.weft.api.validation.Code;
import dev.weft.api.validation.Suggestion;
import dev.weft.v1.Resource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * Reads manifests: YAML 1.2, of which JSON is a part. Field names are accepted in both cases of proto3 JSON.
 *
 * <p>Confined to the thread that reads one set of files.
 */
public final class ManifestReader {
    private static final LoadSettings SETTINGS = LoadSettings.builder()
            .setUseMarks(true)
            .setMaxAliasesForCollections(50)
            .setCodePointLimit(16 << 20)
            .build();
    private static final List<String> KINDS = List.of("cluster", "route", "listener");
    /** Set by the server; accepted so that what {@code get} prints can be applied again. */
    private static final List<String> SERVER_FIELDS = List.of("revision", "created_revision", "updated_at");

    private static final List<String> TOP_FIELDS = List.of("kind", "name", "labels", "owner", "spec");

    private final List<Manifest> documents = new ArrayList<>();
    private final List<ManifestProblem> problems = new ArrayList<>();

    /**
     * Adds the documents of one file.
     *
     * @param source the file's name, for messages
     */
    public ManifestReader read(String source, String text) {
        try {
            for (Node document : new Compose(SETTINGS).composeAllFromString(text)) {
                document(source, document);
            }
        } catch (MarkedYamlEngineException e) {
            int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(0);
            problems.add(new ManifestProblem(Code.SYNTAX.text(), source, line, "", e.getProblem(), ""));
        } catch (YamlEngineException e) {
            problems.add(new ManifestProblem(Code.SYNTAX.text(), source, 0, "", String.valueOf(e.getMessage()), ""));
        }
        return this;
    }

    public Manifests manifests() {
        return new Manifests(documents, problems);
    }

    private void document(String source, Node node) {
        // JSON has no documents, so many resources are a list there: what get -o json prints.
        if (node instanceof SequenceNode list) {
            list.getValue().forEach(element -> document(source, element));
            return;
        }
        Reading reading = new Reading(source);
        if (!(node instanceof MappingNode mapping)) {
            if (!isEmpty(node)) {
                reading.problem(Code.SYNTAX, node, "", "not a mapping (expected: kind, name and spec)");
                problems.addAll(reading.problems);
            }
            return;
        }
        Resource.Builder resource = Resource.newBuilder();
        String kind = "";
        @Nullable Node spec = null;
        for (NodeTuple entry : mapping.getValue()) {
            String key = reading.key(entry);
            switch (key) {
                case "kind" -> kind = reading.kind(entry.getValueNode());
                case "spec" -> spec = entry.getValueNode();
                case "name", "labels", "owner" ->
                    reading.schema.field(
                            resource, Resource.getDescriptor().findFieldByName(key), key, entry.getValueNode());
                default -> {
                    if (!SERVER_FIELDS.contains(key)) {
                        reading.problem(
                                Code.SYNTAX,
                                entry.getKeyNode(),
                                key,
                                "unknown field (expected: one of " + String.join(", ", TOP_FIELDS) + ")",
                                Suggestion.of(key, TOP_FIELDS));
                    }
                }
            }
        }
        reading.spec(resource, kind, spec, node);
        problems.addAll(reading.problems);
        if (reading.problems.isEmpty()) {
            documents.add(new Manifest(resource.build(), source, line(node), reading.lines));
        }
    }

    private static boolean isEmpty(Node node) {
        return node instanceof ScalarNode scalar && scalar.getValue().isEmpty();
    }

    static int line(Node node) {
        return node.getStartMark().map(mark -> mark.getLine() + 1).orElse(0);
    }

    /** The state of one document's reading. */
    static final class Reading {
        private final String source;
        final Map<String, Integer> lines = new HashMap<>();
        final List<ManifestProblem> problems = new ArrayList<>();
        final SchemaReader schema = new SchemaReader(this);

        Reading(String source) {
            this.source = source;
        }

        void problem(Code code, Node at, String field, String text) {
            problem(code, at, field, text, "");
        }

        void problem(Code code, Node at, String field, String text, String suggestion) {
            problems.add(new ManifestProblem(code.text(), source, line(at), field, text, suggestion));
        }

        /** The line of a field: of its name where it has one, else of its value. */
        void at(String field, Node node) {
            lines.putIfAbsent(field, line(node));
        }

        private String key(NodeTuple entry) {
            String key = entry.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : "";
            at(key, entry.getKeyNode());
            return key;
        }

        private String kind(Node node) {
            String kind = node instanceof ScalarNode scalar ? scalar.getValue().toLowerCase(Locale.ROOT) : "";
            if (kind.equals("instance")) {
                problem(Code.CHOICE, node, "kind", "instances are registered by their sidecars and cannot be applied");
            } else if (!KINDS.contains(kind)) {
                problem(
                        Code.SYNTAX,
                        node,
                        "kind",
                        "\"" + kind + "\" (expected: Cluster, Route or Listener)",
                        Suggestion.of(kind, KINDS));
            }
            return kind;
        }

        private void spec(Resource.Builder resource, String kind, @Nullable Node spec, Node document) {
            if (kind.isEmpty() && !lines.containsKey("kind")) {
                problem(Code.CHOICE, document, "kind", "missing (expected: Cluster, Route or Listener)");
            }
            if (resource.getName().isEmpty() && !lines.containsKey("name")) {
                problem(Code.NAME, document, "name", "missing (expected: the resource's name)");
            }
            if (spec == null) {
                problem(Code.CHOICE, document, "spec", "missing (expected: the resource's spec)");
            } else if (KINDS.contains(kind)) {
                FieldDescriptor field = Resource.getDescriptor().findFieldByName(kind);
                schema.field(resource, field, "spec", spec);
            }
        }
    }
}
