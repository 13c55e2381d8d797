package dev.weft.sidecar.xds.message;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The table of supported messages, fields and enum values ({@code supported-fields.txt}). Immutable; thread-safe.
 *
 * <p>It is an allow-list: what is not in it is refused by its path wherever it is set. A test holds the table against the
 * generated descriptors, so numbers and types cannot drift.
 */
final class Schema {
    static final String TYPE_URL_PREFIX = "type.googleapis.com/";

    private static final Schema SUPPORTED = read();

    private final Map<String, Shape> shapes = new LinkedHashMap<>();
    private final Map<String, Map<Integer, String>> enums = new HashMap<>();

    /** Aliases too. */
    private final Map<String, Map<String, Integer>> enumNumbers = new HashMap<>();

    private Schema(List<String> lines) {
        Set<String> enumNames = new HashSet<>();
        for (String line : lines) {
            if (line.startsWith("enum ")) {
                enumNames.add(line.substring("enum ".length()));
            }
        }
        Shape shape = null;
        Map<Integer, String> values = null;
        Map<String, Integer> numbers = new HashMap<>();
        for (String line : lines) {
            if (line.startsWith("enum ")) {
                values = new LinkedHashMap<>();
                shape = null;
                numbers = new HashMap<>();
                enums.put(line.substring("enum ".length()), values);
                enumNumbers.put(line.substring("enum ".length()), numbers);
            } else if (!line.startsWith(" ")) {
                shape = new Shape(line);
                shapes.put(line, shape);
            } else {
                String[] words = line.strip().split(" ");
                if (shape != null) {
                    shape.add(Field.parse(words, enumNames::contains));
                } else if (values != null) {
                    values.put(Integer.parseInt(words[0]), words[1]);
                    numbers.put(words[1], Integer.parseInt(words[0]));
                }
            }
        }
    }

    static Schema supported() {
        return SUPPORTED;
    }

    /** A message type that is in the table for sure. */
    Shape shape(String name) {
        return Objects.requireNonNull(shapes.get(name), name);
    }

    @Nullable
    Shape find(String name) {
        return shapes.get(name);
    }

    Collection<Shape> shapes() {
        return shapes.values();
    }

    /** Numbers by name. */
    Map<String, Integer> enumNumbers(String name) {
        return Objects.requireNonNull(enumNumbers.get(name), name);
    }

    /** Names by number; of two names the last. */
    Map<Integer, String> enumValues(String name) {
        return Objects.requireNonNull(enums.get(name), name);
    }

    private static Schema read() {
        try (InputStream in = Objects.requireNonNull(
                Schema.class.getResourceAsStream("supported-fields.txt"), "supported-fields.txt")) {
            return new Schema(new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank())
                    .toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
