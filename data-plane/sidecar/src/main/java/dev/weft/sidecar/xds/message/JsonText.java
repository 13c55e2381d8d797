package dev.weft.sidecar.xds.message;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import java.io.IOException;
import java.io.StringReader;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Text of JSON (RFC 8259) as the tree that {@link YamlTree} makes of it. It is for speed alone: reading a bootstrap as YAML is 30 ms of
 * a start. Stateless.
 */
final class JsonText {
    /** Longer ones are not read as a long: 19 digits may be too many. */
    private static final int DIGITS_OF_ANY_LONG = 18;

    private JsonText() {}

    /** Empty for all that is not one object or array of JSON, and where a key occurs twice: YAML's reader then says what is wrong. */
    static Optional<Object> tree(String text) {
        if (!text.startsWith("{") && !text.startsWith("[")) {
            return Optional.empty();
        }
        try (JsonReader reader = new JsonReader(new StringReader(text))) {
            reader.setStrictness(Strictness.STRICT);
            Object tree = value(reader);
            return reader.peek() == JsonToken.END_DOCUMENT ? Optional.ofNullable(tree) : Optional.empty();
        } catch (IOException | NumberFormatException otherThanJson) {
            return Optional.empty();
        }
    }

    private static @Nullable Object value(JsonReader reader) throws IOException {
        return switch (reader.peek()) {
            case BEGIN_OBJECT -> object(reader);
            case BEGIN_ARRAY -> array(reader);
            case STRING -> reader.nextString();
            case NUMBER -> number(reader.nextString());
            case BOOLEAN -> reader.nextBoolean();
            case NULL -> {
                reader.nextNull();
                yield null;
            }
            case END_OBJECT, END_ARRAY, NAME, END_DOCUMENT -> throw new MalformedJsonException("no value");
        };
    }

    private static Map<String, @Nullable Object> object(JsonReader reader) throws IOException {
        Map<String, @Nullable Object> members = new LinkedHashMap<>();
        reader.beginObject();
        while (reader.hasNext()) {
            String name = reader.nextName();
            if (members.containsKey(name)) {
                throw new MalformedJsonException("twice: " + name);
            }
            members.put(name, value(reader));
        }
        reader.endObject();
        return members;
    }

    private static List<@Nullable Object> array(JsonReader reader) throws IOException {
        List<@Nullable Object> elements = new ArrayList<>();
        reader.beginArray();
        while (reader.hasNext()) {
            elements.add(value(reader));
        }
        reader.endArray();
        return elements;
    }

    /** Of the narrowest of YAML's types: Integer, Long, BigInteger; or Double. */
    private static Number number(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '-' && (c < '0' || c > '9')) {
                return Double.valueOf(text);
            }
        }
        if (text.length() > DIGITS_OF_ANY_LONG) {
            BigInteger large = new BigInteger(text);
            return large.bitLength() < Long.SIZE ? (Number) large.longValue() : large;
        }
        long whole = Long.parseLong(text);
        return (int) whole == whole ? (Number) (int) whole : (Number) whole;
    }
}
