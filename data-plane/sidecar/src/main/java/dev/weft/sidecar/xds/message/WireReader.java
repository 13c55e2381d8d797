package dev.weft.sidecar.xds.message;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads protobuf's wire format by the table of supported fields. Confined to the calling thread. */
final class WireReader {
    private static final int MAX_DEPTH = 64;

    private final Schema schema = Schema.supported();
    private final Problems problems;
    private int depth;

    WireReader(Problems problems) {
        this.problems = problems;
    }

    Message read(Shape shape, ByteString bytes) throws InvalidProtocolBufferException {
        Message root = new Message(shape, null, "");
        try {
            fill(root, bytes.newCodedInput());
        } catch (InvalidProtocolBufferException e) {
            throw e;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return root;
    }

    private void fill(Message into, CodedInputStream in) throws IOException {
        if (++depth > MAX_DEPTH) {
            throw new InvalidProtocolBufferException("nested deeper than " + MAX_DEPTH + " messages");
        }
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            int number = WireFormat.getTagFieldNumber(tag);
            Field field = into.shape().field(number);
            if (field == null) {
                problems.add(into.path(FieldNames.of(into.shape().name(), number)), "not supported");
                in.skipField(tag);
            } else {
                readField(into, field, WireFormat.getTagWireType(tag), in);
            }
        }
        depth--;
    }

    private void readField(Message into, Field field, int wireType, CodedInputStream in) throws IOException {
        if (field.many() == Field.Many.ONE) {
            Object value = value(into, field, field.name(), in);
            if (value != null) {
                into.put(field, value);
            }
        } else if (field.many() == Field.Many.LIST) {
            List<Object> list = listOf(into, field);
            boolean packed = wireType == WireFormat.WIRETYPE_LENGTH_DELIMITED && isNumeric(field);
            int end = packed ? in.pushLimit(in.readRawVarint32()) : 0;
            do {
                add(list, value(into, field, field.name() + "[" + list.size() + "]", in));
            } while (packed && in.getBytesUntilLimit() > 0);
            if (packed) {
                in.popLimit(end);
            }
        } else {
            readEntry(into, field, in);
        }
    }

    private void readEntry(Message into, Field field, CodedInputStream in) throws IOException {
        CodedInputStream entry = in.readBytes().newCodedInput();
        String key = "";
        for (int tag = entry.readTag(); tag != 0; tag = entry.readTag()) {
            if (WireFormat.getTagFieldNumber(tag) == 1) {
                key = entry.readStringRequireUtf8();
            } else {
                Object value = value(into, field, field.name() + "[" + key + "]", entry);
                if (value != null) {
                    mapOf(into, field).put(key, value);
                }
            }
        }
    }

    private static boolean isNumeric(Field field) {
        return switch (field.kind()) {
            case BOOL, INT32, INT64, UINT32, UINT64, FLOAT, DOUBLE, ENUM -> !field.wrapped();
            case STRING, BYTES, MESSAGE, DURATION, STRUCT, ANY -> false;
        };
    }

    private @Nullable Object value(Message into, Field field, String step, CodedInputStream in) throws IOException {
        if (!field.wrapped()) {
            return plain(into, field, step, in);
        }
        CodedInputStream wrapper = in.readBytes().newCodedInput();
        Object value = wrapper.isAtEnd() ? null : unwrap(into, field, step, wrapper);
        return value != null ? value : zero(field);
    }

    private @Nullable Object unwrap(Message into, Field field, String step, CodedInputStream in) throws IOException {
        in.readTag();
        return plain(into, field, step, in);
    }

    private static Object zero(Field field) {
        return switch (field.kind()) {
            case BOOL -> false;
            case FLOAT, DOUBLE -> 0.0;
            case STRING -> "";
            case BYTES, INT32, INT64, UINT32, UINT64, ENUM, MESSAGE, DURATION, STRUCT, ANY -> 0L;
        };
    }

    private @Nullable Object plain(Message into, Field field, String step, CodedInputStream in) throws IOException {
        return switch (field.kind()) {
            case STRING -> in.readStringRequireUtf8();
            case BYTES -> in.readByteArray();
            case BOOL -> in.readBool();
            case INT32 -> (long) in.readInt32();
            case INT64 -> in.readInt64();
            case UINT32 -> Integer.toUnsignedLong(in.readUInt32());
            case UINT64 -> unsigned(in.readUInt64());
            case FLOAT -> (double) in.readFloat();
            case DOUBLE -> in.readDouble();
            case ENUM -> enumName(into, field, step, in.readEnum());
            case DURATION -> duration(in.readBytes().newCodedInput());
            case STRUCT -> struct(in.readBytes().newCodedInput());
            case ANY -> any(into, step, in.readBytes().newCodedInput());
            case MESSAGE -> {
                Message nested = new Message(schema.shape(field.type()), into, step);
                fill(nested, in.readBytes().newCodedInput());
                yield nested;
            }
        };
    }

    /** Sizes and intervals beyond 2^63 are all the same to us: too large. */
    private static long unsigned(long bits) {
        return bits < 0 ? Long.MAX_VALUE : bits;
    }

    private @Nullable String enumName(Message into, Field field, String step, int number) {
        String name = schema.enumValues(field.type()).get(number);
        if (name == null) {
            problems.add(into.path(step), number + ": not supported");
        }
        return name;
    }

    private Message any(Message into, String step, CodedInputStream in) throws IOException {
        String url = "";
        ByteString bytes = ByteString.EMPTY;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            if (WireFormat.getTagFieldNumber(tag) == 1) {
                url = in.readStringRequireUtf8();
            } else {
                bytes = in.readBytes();
            }
        }
        String type = url.substring(url.lastIndexOf('/') + 1);
        Shape shape = schema.find(type);
        if (shape == null) {
            return new Message(new Shape(type), into, step);
        }
        Message nested = new Message(shape, into, step);
        fill(nested, bytes.newCodedInput());
        return nested;
    }

    private static Duration duration(CodedInputStream in) throws IOException {
        long seconds = 0;
        int nanos = 0;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            if (WireFormat.getTagFieldNumber(tag) == 1) {
                seconds = in.readInt64();
            } else {
                nanos = in.readInt32();
            }
        }
        return Duration.ofSeconds(seconds, nanos);
    }

    private Map<String, Object> struct(CodedInputStream in) throws IOException {
        Map<String, Object> fields = new LinkedHashMap<>();
        while (in.readTag() != 0) {
            CodedInputStream entry = in.readBytes().newCodedInput();
            String key = "";
            for (int tag = entry.readTag(); tag != 0; tag = entry.readTag()) {
                if (WireFormat.getTagFieldNumber(tag) == 1) {
                    key = entry.readStringRequireUtf8();
                } else {
                    fields.put(key, structValue(entry.readBytes().newCodedInput()));
                }
            }
        }
        return fields;
    }

    /** {@code google.protobuf.Value}: null, number, string, bool, struct, list by field number. */
    private Object structValue(CodedInputStream in) throws IOException {
        if (++depth > MAX_DEPTH) {
            throw new InvalidProtocolBufferException("nested deeper than " + MAX_DEPTH + " messages");
        }
        Object value = JsonTree.Null.NULL;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (WireFormat.getTagFieldNumber(tag)) {
                case 2 -> value = in.readDouble();
                case 3 -> value = in.readStringRequireUtf8();
                case 4 -> value = in.readBool();
                case 5 -> value = struct(in.readBytes().newCodedInput());
                case 6 -> value = structList(in.readBytes().newCodedInput());
                default -> in.skipField(tag);
            }
        }
        depth--;
        return value;
    }

    private List<Object> structList(CodedInputStream in) throws IOException {
        List<Object> list = new ArrayList<>();
        while (in.readTag() != 0) {
            list.add(structValue(in.readBytes().newCodedInput()));
        }
        return list;
    }

    private static void add(List<Object> list, @Nullable Object value) {
        if (value != null) {
            list.add(value);
        }
    }

    @SuppressWarnings("unchecked")
    private static List<Object> listOf(Message into, Field field) {
        return (List<Object>) into.values().computeIfAbsent(field.name(), name -> new ArrayList<>());
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> mapOf(Message into, Field field) {
        return (Map<String, Object>) into.values().computeIfAbsent(field.name(), name -> new LinkedHashMap<>());
    }
}
