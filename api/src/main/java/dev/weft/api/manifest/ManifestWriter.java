package dev.weft.api.manifest;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Duration;
import com.google.protobuf.Message;
import com.google.protobuf.Timestamp;
import com.google.protobuf.UInt32Value;
import com.google.protobuf.util.Timestamps;
import dev.weft.api.validation.HumanUnits;
import dev.weft.api.validation.Validation.Kinds;
import dev.weft.v1.Resource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;

/** Writes resources as manifests that {@link ManifestReader} reads back to the same. Pure and thread-safe. */
public final class ManifestWriter {
    private static final Gson GSON =
            new GsonBuilder().disableHtmlEscaping().setPrettyPrinting().create();
    private static final DumpSettings YAML = DumpSettings.builder()
            .setDefaultFlowStyle(FlowStyle.BLOCK)
            .setExplicitStart(false)
            .setIndicatorIndent(2)
            .setIndentWithIndicator(true)
            .setSplitLines(false)
            .build();

    private ManifestWriter() {}

    /** Documents separated by {@code ---}. */
    public static String yaml(List<Resource> resources) {
        List<String> documents = resources.stream()
                .map(r -> new Dump(YAML).dumpToString(tree(r)))
                .toList();
        return String.join("---\n", documents);
    }

    /** One object for one resource, an array otherwise. */
    public static String json(List<Resource> resources) {
        List<Map<String, Object>> trees =
                resources.stream().map(ManifestWriter::tree).toList();
        return GSON.toJson(trees.size() == 1 ? trees.getFirst() : trees) + "\n";
    }

    /** A resource as plain maps, lists, numbers and text. */
    public static Map<String, Object> tree(Resource resource) {
        Map<String, Object> tree = new LinkedHashMap<>();
        String kind = Kinds.name(resource);
        tree.put("kind", kind.substring(0, 1).toUpperCase(Locale.ROOT) + kind.substring(1));
        tree.put("name", resource.getName());
        if (resource.getLabelsCount() > 0) {
            tree.put("labels", new TreeMap<>(resource.getLabelsMap()));
        }
        if (!resource.getOwner().isEmpty()) {
            tree.put("owner", resource.getOwner());
        }
        if (resource.getRevision() != 0) {
            tree.put("revision", resource.getRevision());
        }
        if (resource.hasUpdatedAt()) {
            tree.put("updated_at", Timestamps.toString(resource.getUpdatedAt()));
        }
        FieldDescriptor spec = Resource.getDescriptor().findFieldByName(kind);
        tree.put("spec", spec == null ? Map.of() : tree((Message) resource.getField(spec)));
        return tree;
    }

    /** Any message of the API, field names as in the proto files. */
    public static Map<String, Object> tree(Message message) {
        Map<String, Object> tree = new LinkedHashMap<>();
        message.getAllFields().forEach((field, value) -> tree.put(field.getName(), value(field, value)));
        return tree;
    }

    private static Object value(FieldDescriptor field, Object value) {
        if (field.isMapField()) {
            Map<String, Object> map = new TreeMap<>();
            for (Object entry : (List<?>) value) {
                Message pair = (Message) entry;
                List<FieldDescriptor> parts = pair.getDescriptorForType().getFields();
                map.put(
                        String.valueOf(pair.getField(parts.getFirst())),
                        single(parts.getLast(), pair.getField(parts.getLast())));
            }
            return map;
        }
        if (field.isRepeated()) {
            List<Object> list = new ArrayList<>();
            ((List<?>) value).forEach(element -> list.add(single(field, element)));
            return list;
        }
        return single(field, value);
    }

    private static Object single(FieldDescriptor field, Object value) {
        return switch (value) {
            case Duration duration -> HumanUnits.duration(duration);
            case Timestamp time -> Timestamps.toString(time);
            case UInt32Value number -> Integer.toUnsignedLong(number.getValue());
            case Resource resource -> tree(resource);
            case Message message -> tree(message);
            case EnumValueDescriptor constant -> constant.getName().toLowerCase(Locale.ROOT);
            case Integer number when field.getType() == FieldDescriptor.Type.UINT32 -> Integer.toUnsignedLong(number);
            default -> value;
        };
    }
}
