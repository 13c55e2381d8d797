package dev.weft.sidecar.xds.message;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads proto3's JSON form by the table of supported fields. Confined to the calling thread. */
final class JsonReader {
    /** Sign, seconds within protobuf's range of 10,000 years, decimals of a second. */
    private static final Pattern DURATION = Pattern.compile("(-?)(\\d{1,12})(?:\\.(\\d{1,9}))?s");

    private final Schema schema = Schema.supported();
    private final Problems problems;

    JsonReader(Problems problems) {
        this.problems = problems;
    }

    Message read(Shape shape, Object tree) {
        Message root = new Message(shape, null, "");
        fill(root, tree);
        return root;
    }

    private void fill(Message into, Object tree) {
        if (!(tree instanceof Map<?, ?> map)) {
            problems.add(into.path(), Json.brief(tree) + " (expected: an object)");
            return;
        }
        Map<String, String> setOneofs = new LinkedHashMap<>();
        map.forEach((key, value) -> {
            String name = String.valueOf(key);
            Field field = into.shape().find(name);
            if (name.equals("@type")) {
                return;
            }
            if (field == null) {
                problems.add(into.path(name), "not supported" + NearName.hint(name, into.shape()));
            } else if (value != null) {
                String rival = field.oneof() == null ? null : setOneofs.put(field.oneof(), name);
                if (rival != null) {
                    problems.add(into.path(name), "set beside " + rival + " (expected: one of the two)");
                }
                readField(into, field, value);
            }
        });
    }

    private void readField(Message into, Field field, Object tree) {
        switch (field.many()) {
            case ONE -> {
                Object value = value(into, field, field.name(), tree);
                if (value != null) {
                    into.put(field, value);
                }
            }
            case LIST -> readList(into, field, tree);
            case MAP -> readMap(into, field, tree);
        }
    }

    private void readList(Message into, Field field, Object tree) {
        if (!(tree instanceof List<?> items)) {
            problems.add(into.path(field.name()), Json.brief(tree) + " (expected: a list)");
            return;
        }
        List<Object> list = new ArrayList<>(items.size());
        for (int i = 0; i < items.size(); i++) {
            Object value = value(into, field, field.name() + "[" + i + "]", items.get(i));
            if (value != null) {
                list.add(value);
            }
        }
        into.put(field, list);
    }

    private void readMap(Message into, Field field, Object tree) {
        if (!(tree instanceof Map<?, ?> items)) {
            problems.add(into.path(field.name()), Json.brief(tree) + " (expected: an object)");
            return;
        }
        Map<String, Object> map = new LinkedHashMap<>();
        items.forEach((key, item) -> {
            Object value = value(into, field, field.name() + "[" + key + "]", item);
            if (value != null) {
                map.put(String.valueOf(key), value);
            }
        });
        into.put(field, map);
    }

    private @Nullable Object value(Message into, Field field, String step, @Nullable Object tree) {
        if (tree == null) {
            problems.add(into.path(step), "null (expected: a value)");
            return null;
        }
        Object value = switch (field.kind()) {
            case STRING -> tree instanceof String text ? text : null;
            case BYTES -> bytes(tree);
            case BOOL -> tree instanceof Boolean truth ? truth : null;
            case INT32 -> integer(tree, Integer.MIN_VALUE, Integer.MAX_VALUE);
            case INT64 -> integer(tree, Long.MIN_VALUE, Long.MAX_VALUE);
            case UINT32 -> integer(tree, 0, 0xffff_ffffL);
            case UINT64 -> integer(tree, 0, Long.MAX_VALUE);
            case FLOAT, DOUBLE -> tree instanceof Number number ? (Object) number.doubleValue() : null;
            case ENUM -> enumName(field, tree);
            case DURATION -> duration(tree);
            case STRUCT -> tree instanceof Map<?, ?> ? struct(tree) : null;
            case ANY -> any(into, step, tree);
            case MESSAGE -> nested(new Message(schema.shape(field.type()), into, step), tree);
        };
        if (value == null) {
            problems.add(into.path(step), Json.brief(tree) + " (expected: " + expected(field) + ")");
        }
        return value;
    }

    private Message nested(Message message, Object tree) {
        fill(message, tree);
        return message;
    }

    /** An unknown type is left to the reader of the message, which knows whether it may be skipped. */
    private @Nullable Message any(Message into, String step, Object tree) {
        if (!(tree instanceof Map<?, ?> map) || !(map.get("@type") instanceof String url)) {
            return null;
        }
        String type = url.substring(url.lastIndexOf('/') + 1);
        Shape shape = schema.find(type);
        return shape == null ? new Message(new Shape(type), into, step) : nested(new Message(shape, into, step), tree);
    }

    private static @Nullable Object bytes(Object tree) {
        try {
            return tree instanceof String text ? Base64.getDecoder().decode(text) : null;
        } catch (IllegalArgumentException notBase64) {
            return null;
        }
    }

    private static @Nullable Long integer(Object tree, long min, long max) {
        if (tree instanceof Integer || tree instanceof Long) {
            long number = ((Number) tree).longValue();
            return number < min || number > max ? null : number;
        }
        return tree instanceof Number || tree instanceof String ? oddInteger(tree.toString(), min, max) : null;
    }

    /** What is a whole number in another form: {@code 1e3}, {@code 2.0}, in quotes. */
    private static @Nullable Long oddInteger(String text, long min, long max) {
        try {
            long number = new BigDecimal(text).longValueExact();
            return number < min || number > max ? null : number;
        } catch (ArithmeticException | NumberFormatException notWhole) {
            return null;
        }
    }

    private @Nullable String enumName(Field field, Object tree) {
        Map<Integer, String> values = schema.enumValues(field.type());
        if (tree instanceof Integer given) {
            return values.get(given);
        }
        Integer number =
                tree instanceof String name ? schema.enumNumbers(field.type()).get(name) : null;
        return number == null ? null : values.get(number);
    }

    /** By hand: the first BigDecimal of a process takes 20 ms to make tables, and bootstraps hold many durations. */
    private static @Nullable Duration duration(Object tree) {
        Matcher parts = DURATION.matcher(tree instanceof String text ? text : "");
        if (!parts.matches()) {
            return null;
        }
        long seconds = Long.parseLong(parts.group(2));
        String decimals = parts.group(3) == null ? "" : parts.group(3);
        int nanos = Integer.parseInt(decimals + "0".repeat(9 - decimals.length()));
        Duration duration = Duration.ofSeconds(seconds, nanos);
        return parts.group(1).isEmpty() ? duration : duration.negated();
    }

    /** As the wire form reads: all numbers are doubles. */
    private static Object struct(@Nullable Object tree) {
        return switch (tree) {
            case null -> JsonTree.Null.NULL;
            case Map<?, ?> map -> {
                Map<String, Object> fields = new LinkedHashMap<>();
                map.forEach((key, value) -> fields.put(String.valueOf(key), struct(value)));
                yield fields;
            }
            case List<?> list -> {
                List<Object> items = new ArrayList<>();
                list.forEach(item -> items.add(struct(item)));
                yield items;
            }
            case Number number -> number.doubleValue();
            default -> tree;
        };
    }

    private String expected(Field field) {
        return switch (field.kind()) {
            case STRING -> "a string";
            case BYTES -> "base64";
            case BOOL -> "true or false";
            case INT32, INT64 -> "a whole number";
            case UINT32, UINT64 -> "a whole number >= 0";
            case FLOAT, DOUBLE -> "a number";
            case ENUM -> String.join(", ", schema.enumValues(field.type()).values());
            case DURATION -> "a duration in seconds, for instance \"0.5s\"";
            case STRUCT, MESSAGE -> "an object";
            case ANY -> "an object with @type";
        };
    }
}
