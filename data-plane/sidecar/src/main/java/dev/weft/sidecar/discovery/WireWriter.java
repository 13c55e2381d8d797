package dev.weft.sidecar.discovery;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;

/** Writes one protobuf message, field by field. Confined to the calling thread. */
public final class WireWriter {
    private static final int FIRST_BYTES = 128;

    private final ByteString.Output bytes = ByteString.newOutput(FIRST_BYTES);
    private final CodedOutputStream out = CodedOutputStream.newInstance(bytes);

    private interface Write {
        void run() throws IOException;
    }

    /** Leaves out the empty string, as proto3 does. */
    public WireWriter string(int field, String value) {
        return value.isEmpty() ? this : written(() -> out.writeString(field, value));
    }

    public WireWriter strings(int field, Iterable<String> values) {
        values.forEach(value -> written(() -> out.writeString(field, value)));
        return this;
    }

    public WireWriter integer(int field, int value) {
        return written(() -> out.writeInt32(field, value));
    }

    /** Leaves out zero, as proto3 does. */
    public WireWriter count(int field, long value) {
        return value == 0 ? this : written(() -> out.writeUInt64(field, value));
    }

    public WireWriter bool(int field, boolean value) {
        return written(() -> out.writeBool(field, value));
    }

    public WireWriter number(int field, double value) {
        return written(() -> out.writeDouble(field, value));
    }

    /** A nested message, or bytes. */
    public WireWriter bytes(int field, ByteString value) {
        return written(() -> out.writeBytes(field, value));
    }

    /** A {@code google.protobuf.Struct} of maps, lists, strings, numbers and booleans; anything else is a null. */
    public WireWriter struct(int field, Map<?, ?> fields) {
        return bytes(field, struct(fields));
    }

    private static ByteString struct(Map<?, ?> fields) {
        WireWriter struct = new WireWriter();
        fields.forEach((key, value) -> struct.bytes(
                1,
                new WireWriter()
                        .string(1, String.valueOf(key))
                        .bytes(2, value(value))
                        .message()));
        return struct.message();
    }

    /** {@code google.protobuf.Value}: what it holds is told by the field's number. */
    private static ByteString value(Object value) {
        WireWriter writer = new WireWriter();
        switch (value) {
            case Number number -> writer.number(2, number.doubleValue());
            case String text -> writer.written(() -> writer.out.writeString(3, text));
            case Boolean truth -> writer.bool(4, truth);
            case Map<?, ?> map -> writer.bytes(5, struct(map));
            case List<?> list -> {
                WireWriter items = new WireWriter();
                list.forEach(item -> items.bytes(1, value(item)));
                writer.bytes(6, items.message());
            }
            default -> writer.integer(1, 0);
        }
        return writer.message();
    }

    /** All that was written. */
    public ByteString message() {
        written(out::flush);
        return bytes.toByteString();
    }

    private WireWriter written(Write write) {
        try {
            write.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }
}
