package dev.weft.sidecar.xds.message;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A message of Envoy's API as a tree that knows its path. Immutable once read.
 *
 * <p>Fields are named as in the .proto files. A name that is not in the table of supported fields is a mistake of the caller
 * and throws. Absent scalars read as proto3 defaults; {@code find…} tells absent from zero.
 */
public final class Message {
    private static final Duration LONGEST = Duration.ofDays(36_500);

    private final Shape shape;
    private final @Nullable Message parent;
    private final String step;
    private final Map<String, Object> values = new LinkedHashMap<>();

    Message(Shape shape, @Nullable Message parent, String step) {
        this.shape = shape;
        this.parent = parent;
        this.step = step;
    }

    /**
     * Reads a message as xDS carries it.
     *
     * @param type full proto name, one of the table's
     * @throws InvalidProtocolBufferException where the bytes are no protobuf message
     */
    public static Message ofWire(String type, ByteString bytes, Problems problems)
            throws InvalidProtocolBufferException {
        return new WireReader(problems).read(Schema.supported().shape(type), bytes);
    }

    /**
     * Reads a message from the tree of maps, lists and scalars that a JSON or YAML parser makes.
     *
     * @param type full proto name, one of the table's
     */
    public static Message ofJson(String type, Object tree, Problems problems) {
        return new JsonReader(problems).read(Schema.supported().shape(type), tree);
    }

    /** Full proto name; for an extension of unknown type the name that its type URL gives. */
    public String type() {
        return shape.name();
    }

    /** Where it is, from the root: {@code static_resources.listeners[0].address}; empty at the root. */
    public String path() {
        if (parent == null) {
            return step;
        }
        String above = parent.path();
        return above.isEmpty() ? step : above + "." + step;
    }

    public String path(String field) {
        String own = path();
        return own.isEmpty() ? field : own + "." + field;
    }

    public boolean has(String field) {
        return values.containsKey(shape.field(field).name());
    }

    public String string(String field) {
        return value(field) instanceof String text ? text : "";
    }

    public List<String> strings(String field) {
        return list(field).stream().map(String.class::cast).toList();
    }

    public byte[] bytes(String field) {
        return value(field) instanceof byte[] bytes ? bytes : new byte[0];
    }

    public boolean bool(String field) {
        return value(field) instanceof Boolean truth && truth;
    }

    public boolean bool(String field, boolean absent) {
        return value(field) instanceof Boolean truth ? truth : absent;
    }

    public long number(String field) {
        return number(field, 0);
    }

    public long number(String field, long absent) {
        return value(field) instanceof Long number ? number : absent;
    }

    /** Like {@link #number(String, long)} for a field that the proto bounds to 32 bits; larger ones are cut to the maximum. */
    public int integer(String field, int absent) {
        return (int) Math.min(Integer.MAX_VALUE, number(field, absent));
    }

    public List<Long> numbers(String field) {
        return list(field).stream().map(Long.class::cast).toList();
    }

    public double real(String field, double absent) {
        return value(field) instanceof Double number ? number : absent;
    }

    /** The name of an enum's value; absent, that of 0. */
    public String choice(String field) {
        Field known = shape.field(field);
        return value(field) instanceof String name
                ? name
                : Schema.supported().enumValues(known.type()).getOrDefault(0, "");
    }

    /** The number of an enum's value; absent, 0. */
    public int choiceNumber(String field) {
        String name = choice(field);
        return Schema.supported().enumValues(shape.field(field).type()).entrySet().stream()
                .filter(value -> value.getValue().equals(name))
                .mapToInt(Map.Entry::getKey)
                .findFirst()
                .orElse(0);
    }

    /** Longer ones than a century, which proto allows and nanoseconds cannot hold, are cut to it. */
    public Optional<Duration> duration(String field) {
        return value(field) instanceof Duration duration
                ? Optional.of(duration.compareTo(LONGEST) > 0 ? LONGEST : duration)
                : Optional.empty();
    }

    public Optional<Message> find(String field) {
        return value(field) instanceof Message message ? Optional.of(message) : Optional.empty();
    }

    /** The message in a field; absent, an empty one. */
    public Message message(String field) {
        Field known = shape.field(field);
        return value(field) instanceof Message message
                ? message
                : new Message(Schema.supported().shape(known.type()), this, field);
    }

    public List<Message> messages(String field) {
        return list(field).stream().map(Message.class::cast).toList();
    }

    /** The entries of a map of messages. */
    public Map<String, Message> entries(String field) {
        Map<String, Message> entries = new LinkedHashMap<>();
        map(field).forEach((key, value) -> entries.put(key, (Message) value));
        return entries;
    }

    /** A {@code google.protobuf.Struct}, or a map of them, as plain maps, lists and scalars. */
    @SuppressWarnings("unchecked")
    public Map<String, Object> map(String field) {
        return value(field) instanceof Map<?, ?> map ? (Map<String, Object>) map : Map.of();
    }

    /** As a JSON tree with the names of the .proto files. */
    public Map<String, Object> json() {
        return JsonTree.of(this);
    }

    Shape shape() {
        return shape;
    }

    Map<String, Object> values() {
        return values;
    }

    void put(Field field, Object value) {
        values.put(field.name(), value);
    }

    private @Nullable Object value(String field) {
        return values.get(shape.field(field).name());
    }

    private List<?> list(String field) {
        return value(field) instanceof List<?> list ? list : List.of();
    }
}
