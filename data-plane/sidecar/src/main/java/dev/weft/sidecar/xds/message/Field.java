package dev.weft.sidecar.xds.message;

import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A supported field of a message. Immutable.
 *
 * @param kind how its value, or each of its values, is written
 * @param wrapped a scalar in a wrapper message, so that absent and zero differ
 * @param type full name of the message or enum, otherwise empty
 * @param oneof name of the group of which only one may be set
 */
record Field(
        int number,
        String name,
        Kind kind,
        boolean wrapped,
        String type,
        Many many,
        @Nullable String oneof) {
    enum Many {
        ONE,
        LIST,
        MAP
    }

    enum Kind {
        STRING,
        BYTES,
        BOOL,
        INT32,
        INT64,
        UINT32,
        UINT64,
        FLOAT,
        DOUBLE,
        ENUM,
        MESSAGE,
        DURATION,
        STRUCT,
        ANY
    }

    private static final String WELL_KNOWN = "google.protobuf.";
    private static final Map<String, Kind> SCALARS = Map.of(
            "string", Kind.STRING,
            "bytes", Kind.BYTES,
            "bool", Kind.BOOL,
            "int32", Kind.INT32,
            "int64", Kind.INT64,
            "uint32", Kind.UINT32,
            "uint64", Kind.UINT64,
            "float", Kind.FLOAT,
            "double", Kind.DOUBLE);
    private static final Map<String, Kind> WRAPPERS = Map.of(
            "StringValue", Kind.STRING,
            "BoolValue", Kind.BOOL,
            "Int32Value", Kind.INT32,
            "Int64Value", Kind.INT64,
            "UInt32Value", Kind.UINT32,
            "UInt64Value", Kind.UINT64,
            "FloatValue", Kind.FLOAT,
            "DoubleValue", Kind.DOUBLE);
    private static final Map<String, Kind> SPECIAL =
            Map.of("Duration", Kind.DURATION, "Struct", Kind.STRUCT, "Any", Kind.ANY);

    /**
     * @param words a line of the table: number, name, type with {@code []} or {@code {}}, then {@code oneof=} and
     *     {@code informational} as they apply
     * @param enums says whether a type is an enum
     */
    static Field parse(String[] words, Predicate<String> enums) {
        String type = words[2];
        Many many = type.endsWith("[]") ? Many.LIST : type.endsWith("{}") ? Many.MAP : Many.ONE;
        if (many != Many.ONE) {
            type = type.substring(0, type.length() - 2);
        }
        String oneof = words.length > 3 && words[3].startsWith("oneof=") ? words[3].substring("oneof=".length()) : null;
        int number = Integer.parseInt(words[0]);
        Kind scalar = SCALARS.get(type);
        if (scalar != null) {
            return new Field(number, words[1], scalar, false, "", many, oneof);
        }
        if (type.startsWith(WELL_KNOWN)) {
            String known = type.substring(WELL_KNOWN.length());
            Kind special = SPECIAL.get(known);
            Kind wrapper = WRAPPERS.get(known);
            if (special != null) {
                return new Field(number, words[1], special, false, "", many, oneof);
            }
            if (wrapper != null) {
                return new Field(number, words[1], wrapper, true, "", many, oneof);
            }
        }
        return new Field(number, words[1], enums.test(type) ? Kind.ENUM : Kind.MESSAGE, false, type, many, oneof);
    }
}
