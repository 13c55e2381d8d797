package dev.weft.sidecar.xds.message;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Messages as trees of maps, lists and scalars in proto3's JSON form. Stateless. */
final class JsonTree {
    /** Stands for a JSON null inside a Struct, where maps must not hold a real one. */
    enum Null {
        NULL
    }

    private JsonTree() {}

    static Map<String, Object> of(Message message) {
        Map<String, Object> tree = new LinkedHashMap<>();
        message.values()
                .forEach((name, value) -> tree.put(name, value(message.shape().field(name), value)));
        return tree;
    }

    private static Object value(Field field, Object value) {
        if (field.kind() == Field.Kind.STRUCT) {
            return value;
        }
        return switch (value) {
            case List<?> list -> {
                List<Object> items = new ArrayList<>(list.size());
                list.forEach(item -> items.add(value(field, item)));
                yield items;
            }
            case Map<?, ?> map -> {
                Map<String, Object> entries = new LinkedHashMap<>();
                map.forEach((key, item) -> entries.put((String) key, value(field, item)));
                yield entries;
            }
            case Message nested -> {
                Map<String, Object> tree = new LinkedHashMap<>();
                if (field.kind() == Field.Kind.ANY) {
                    tree.put("@type", Schema.TYPE_URL_PREFIX + nested.type());
                }
                tree.putAll(of(nested));
                yield tree;
            }
            case Duration duration -> text(duration);
            case byte[] bytes -> Base64.getEncoder().encodeToString(bytes);
            default -> value;
        };
    }

    /** Proto3 JSON: seconds with as many decimals as needed. */
    private static String text(Duration duration) {
        String seconds = java.math.BigDecimal.valueOf(duration.getSeconds())
                .add(java.math.BigDecimal.valueOf(duration.getNano(), 9))
                .stripTrailingZeros()
                .toPlainString();
        return seconds + "s";
    }
}
