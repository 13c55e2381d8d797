package dev.weft.sidecar.xds.message;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A message type with the fields of it that are supported. Immutable once the table is read. */
final class Shape {
    private final String name;
    private final Map<String, Field> byName = new LinkedHashMap<>();
    private final Map<String, Field> byJsonName = new LinkedHashMap<>();
    private final Map<Integer, Field> byNumber = new LinkedHashMap<>();

    Shape(String name) {
        this.name = name;
    }

    void add(Field field) {
        byName.put(field.name(), field);
        byJsonName.put(jsonName(field.name()), field);
        byNumber.put(field.number(), field);
    }

    /** Full proto name. */
    String name() {
        return name;
    }

    @Nullable
    Field field(int number) {
        return byNumber.get(number);
    }

    /** By the name in the .proto file, or by the lowerCamel one of proto3's JSON form. */
    @Nullable
    Field find(String field) {
        Field found = byName.get(field);
        return found != null ? found : byJsonName.get(field);
    }

    /** A field that the reader of the message knows is in the table. */
    Field field(String field) {
        Field found = byName.get(field);
        if (found == null) {
            throw new IllegalStateException(name + "." + field + ": not in supported-fields.txt");
        }
        return found;
    }

    Collection<Field> fields() {
        return byName.values();
    }

    /** As protoc makes it: each underscore goes, and what follows it is upper case. */
    private static String jsonName(String name) {
        StringBuilder json = new StringBuilder(name.length());
        boolean upper = false;
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c != '_') {
                json.append(upper ? Character.toUpperCase(c) : c);
            }
            upper = c == '_';
        }
        return json.toString();
    }
}
