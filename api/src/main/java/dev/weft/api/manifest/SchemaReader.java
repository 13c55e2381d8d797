package dev.weft.api.manifest;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Duration;
import com.google.protobuf.Message;
import com.google.protobuf.UInt32Value;
import dev.weft.api.validation.Code;
import dev.weft.api.validation.HumanUnits;
import dev.weft.api.validation.Suggestion;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * Fills messages from YAML nodes by their descriptors, collecting every problem with its line and path.
 *
 * <p>Beyond proto3 JSON: durations as {@code 500ms} or {@code 1m30s}, enum values in lower case, whole numbers as percents.
 */
final class SchemaReader {
    private final ManifestReader.Reading reading;

    SchemaReader(ManifestReader.Reading reading) {
        this.reading = reading;
    }

    /** Sets one field of {@code builder} from {@code node}. */
    void field(Message.Builder builder, FieldDescriptor field, String path, Node node) {
        reading.at(path, node);
        if (isNull(node)) {
            return;
        }
        if (field.isMapField()) {
            map(builder, field, path, node);
        } else if (field.isRepeated()) {
            list(builder, field, path, node);
        } else {
            Object value = value(builder, field, path, node);
            if (value != null) {
                builder.setField(field, value);
            }
        }
    }

    private void message(Message.Builder builder, String path, Node node) {
        if (!(node instanceof MappingNode mapping)) {
            reading.problem(Code.SYNTAX, node, path, describe(node) + " (expected: a mapping)");
            return;
        }
        Map<FieldDescriptor, Node> seen = new HashMap<>();
        for (NodeTuple entry : mapping.getValue()) {
            String key = entry.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : "";
            String at = path + "." + key;
            reading.at(at, entry.getKeyNode());
            FieldDescriptor field = find(builder.getDescriptorForType(), key);
            if (field == null) {
                unknown(builder.getDescriptorForType(), key, at, entry.getKeyNode());
            } else if (seen.put(field, entry.getKeyNode()) != null) {
                reading.problem(Code.DUPLICATE, entry.getKeyNode(), at, "given twice (expected: once)");
            } else if (field.getRealContainingOneof() != null
                    && builder.hasOneof(field.getRealContainingOneof())
                    && !isNull(entry.getValueNode())) {
                String other = builder.getOneofFieldDescriptor(field.getRealContainingOneof())
                        .getName();
                reading.problem(
                        Code.CHOICE, entry.getKeyNode(), at, "given beside " + other + " (expected: only one of them)");
            } else {
                field(builder, field, at, entry.getValueNode());
            }
        }
    }

    private void unknown(Descriptor type, String key, String at, Node node) {
        List<String> names =
                type.getFields().stream().map(FieldDescriptor::getName).toList();
        String expected = names.isEmpty() ? "nothing here" : "one of " + String.join(", ", names);
        reading.problem(Code.SYNTAX, node, at, "unknown field (expected: " + expected + ")", Suggestion.of(key, names));
    }

    private static @Nullable FieldDescriptor find(Descriptor type, String key) {
        for (FieldDescriptor field : type.getFields()) {
            if (field.getName().equals(key) || field.getJsonName().equals(key)) {
                return field;
            }
        }
        return null;
    }

    private void list(Message.Builder builder, FieldDescriptor field, String path, Node node) {
        if (!(node instanceof SequenceNode sequence)) {
            reading.problem(Code.SYNTAX, node, path, describe(node) + " (expected: a list)");
            return;
        }
        int index = 0;
        for (Node element : sequence.getValue()) {
            String at = path + "[" + index++ + "]";
            reading.at(at, element);
            Object value = value(builder, field, at, element);
            if (value != null) {
                builder.addRepeatedField(field, value);
            }
        }
    }

    private void map(Message.Builder builder, FieldDescriptor field, String path, Node node) {
        if (!(node instanceof MappingNode mapping)) {
            reading.problem(Code.SYNTAX, node, path, describe(node) + " (expected: a mapping of names to text)");
            return;
        }
        for (NodeTuple entry : mapping.getValue()) {
            String key = entry.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : "";
            reading.at(path + "." + key, entry.getKeyNode());
            if (!(entry.getValueNode() instanceof ScalarNode scalar)) {
                reading.problem(
                        Code.SYNTAX,
                        entry.getValueNode(),
                        path + "." + key,
                        describe(entry.getValueNode()) + " (expected: text)");
                continue;
            }
            Message.Builder pair = builder.newBuilderForField(field);
            pair.setField(field.getMessageType().findFieldByNumber(1), key);
            pair.setField(field.getMessageType().findFieldByNumber(2), scalar.getValue());
            builder.addRepeatedField(field, pair.build());
        }
    }

    private @Nullable Object value(Message.Builder builder, FieldDescriptor field, String path, Node node) {
        if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
            Descriptor type = field.getMessageType();
            if (type.equals(Duration.getDescriptor())) {
                return duration(path, node);
            }
            if (type.equals(UInt32Value.getDescriptor())) {
                Integer number = whole(path, node);
                return number == null ? null : UInt32Value.of(number);
            }
            Message.Builder nested = builder.newBuilderForField(field);
            message(nested, path, node);
            return nested.build();
        }
        if (!(node instanceof ScalarNode scalar)) {
            reading.problem(Code.SYNTAX, node, path, describe(node) + " (expected: " + name(field) + ")");
            return null;
        }
        return switch (field.getJavaType()) {
            case STRING -> scalar.getValue();
            case INT -> whole(path, node);
            case BOOLEAN -> bool(path, scalar);
            case ENUM -> constant(field, path, scalar);
            case LONG, FLOAT, DOUBLE, BYTE_STRING, MESSAGE ->
                throw new IllegalStateException(field.getFullName() + ": no such type in manifests");
        };
    }

    private @Nullable Duration duration(String path, Node node) {
        if (node instanceof ScalarNode scalar) {
            try {
                return HumanUnits.parseDuration(scalar.getValue());
            } catch (IllegalArgumentException e) {
                reading.problem(Code.VALUE, node, path, String.valueOf(e.getMessage()));
                return null;
            }
        }
        reading.problem(Code.SYNTAX, node, path, describe(node) + " (expected: a duration such as 500ms)");
        return null;
    }

    private @Nullable Integer whole(String path, Node node) {
        String text = node instanceof ScalarNode scalar ? scalar.getValue() : "";
        try {
            String digits =
                    text.endsWith("%") ? text.substring(0, text.length() - 1).strip() : text;
            return Integer.parseUnsignedInt(digits);
        } catch (NumberFormatException e) {
            reading.problem(Code.VALUE, node, path, describe(node) + " (expected: a whole number)");
            return null;
        }
    }

    private @Nullable Boolean bool(String path, ScalarNode node) {
        return switch (node.getValue()) {
            case "true" -> true;
            case "false" -> false;
            default -> {
                reading.problem(Code.VALUE, node, path, describe(node) + " (expected: true or false)");
                yield null;
            }
        };
    }

    private @Nullable EnumValueDescriptor constant(FieldDescriptor field, String path, ScalarNode node) {
        EnumValueDescriptor found =
                field.getEnumType().findValueByName(node.getValue().toUpperCase(Locale.ROOT));
        if (found == null || found.getNumber() == 0) {
            List<String> names = new ArrayList<>();
            field.getEnumType().getValues().stream()
                    .filter(v -> v.getNumber() != 0)
                    .forEach(v -> names.add(v.getName().toLowerCase(Locale.ROOT)));
            reading.problem(
                    Code.VALUE,
                    node,
                    path,
                    describe(node) + " (expected: " + String.join(", ", names) + ")",
                    Suggestion.of(node.getValue(), names));
            return null;
        }
        return found;
    }

    private static String name(FieldDescriptor field) {
        return switch (field.getJavaType()) {
            case STRING -> "text";
            case BOOLEAN -> "true or false";
            case ENUM -> "a name";
            case INT, LONG, FLOAT, DOUBLE -> "a number";
            case BYTE_STRING, MESSAGE -> "a mapping";
        };
    }

    private static String describe(Node node) {
        return switch (node) {
            case ScalarNode scalar -> "\"" + scalar.getValue() + "\"";
            case SequenceNode _ -> "a list";
            case MappingNode _ -> "a mapping";
            default -> "something else";
        };
    }

    private static boolean isNull(Node node) {
        return node instanceof ScalarNode scalar && scalar.getTag().equals(Tag.NULL);
    }
}
