package dev.weft.proxy.http;

import dev.weft.proxy.syntax.Tokens;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Fields of a message in the order they came: names in lower case, values as bytes, all in one growing array, so that a message
 * costs no object per field and a connection can use the same instance again after {@link #clear()}.
 *
 * <p>Confined to the event loop of the stream it belongs to. Pseudo-header fields never appear here. Values are ISO-8859-1 (RFC
 * 9110, section 5.5); what enters through {@link #add(CharSequence, CharSequence)} must already be free of CR, LF and NUL, and is
 * refused otherwise.
 */
public final class Headers {
    /** A value that writes itself in its place, where it is made anew for every message. */
    public interface Value {
        /** In bytes. */
        int length();

        /** Writes as many bytes as its length from {@code at} on, all of them allowed in a value. */
        void writeTo(byte[] bytes, int at);
    }

    private static final int NAME = 0;
    private static final int NAME_LENGTH = 1;
    private static final int VALUE = 2;
    private static final int VALUE_LENGTH = 3;
    private static final int HASH = 4;
    private static final int STRIDE = 5;

    static final int USUAL_BYTES = 512;
    static final int USUAL_FIELDS = 16;

    private byte[] bytes;
    private int used;
    private int[] fields;
    private int size;

    /** The bits of all names that are here, and perhaps of some that were. */
    private long bits;

    public Headers() {
        this(USUAL_BYTES, USUAL_FIELDS);
    }

    /** With room for so many fields, of so many bytes together, at first. */
    Headers(int bytes, int fields) {
        this.bytes = new byte[bytes];
        this.fields = new int[fields * STRIDE];
    }

    /** Number of fields. */
    public int size() {
        return size;
    }

    public boolean isEmpty() {
        return size == 0;
    }

    /** Forgets all fields and keeps the room they took, unless one message made it unusually large. */
    public void clear() {
        size = 0;
        used = 0;
        bits = 0;
        if (bytes.length > 16 * 1024) {
            bytes = new byte[USUAL_BYTES];
        }
    }

    /**
     * Adds a field; the name is stored in lower case.
     *
     * @throws IllegalArgumentException where the name is no token or the value holds CR, LF, NUL or characters above U+00FF
     */
    public void add(CharSequence name, CharSequence value) {
        int nameLength = name.length();
        int valueLength = value.length();
        ensure(nameLength + valueLength);
        int start = used;
        int hash = 0;
        for (int i = 0; i < nameLength; i++) {
            int c = name.charAt(i);
            if (!Tokens.isTokenByte(c)) {
                throw new IllegalArgumentException("header name: \"" + name + "\" (expected: a token)");
            }
            byte lower = lower((byte) c);
            bytes[start + i] = lower;
            hash = 31 * hash + lower;
        }
        if (nameLength == 0) {
            throw new IllegalArgumentException("header name: empty (expected: a token)");
        }
        copyValue(name, value, start + nameLength);
        record(start, nameLength, valueLength, hash);
    }

    /** Adds a field whose name is known; see {@link #add(CharSequence, CharSequence)}. */
    public void add(HeaderName name, CharSequence value) {
        int nameLength = name.bytes.length;
        ensure(nameLength + value.length());
        System.arraycopy(name.bytes, 0, bytes, used, nameLength);
        copyValue(name.toString(), value, used + nameLength);
        record(used, nameLength, value.length(), name.hash);
    }

    /** Adds a field whose value is trusted to be one. */
    public void add(HeaderName name, Value value) {
        int nameLength = name.bytes.length;
        ensure(nameLength + value.length());
        System.arraycopy(name.bytes, 0, bytes, used, nameLength);
        value.writeTo(bytes, used + nameLength);
        record(used, nameLength, value.length(), name.hash);
    }

    /** Adds a field from bytes that a codec has already checked; the name is stored in lower case. */
    public void addChecked(ByteBuf from, int nameIndex, int nameLength, int valueIndex, int valueLength) {
        ensure(nameLength + valueLength);
        int start = used;
        from.getBytes(nameIndex, bytes, start, nameLength);
        from.getBytes(valueIndex, bytes, start + nameLength, valueLength);
        recordLowerCased(start, nameLength, valueLength);
    }

    /** As {@link #addChecked(ByteBuf, int, int, int, int)}, from an array. */
    public void addChecked(byte[] from, int nameIndex, int nameLength, int valueIndex, int valueLength) {
        ensure(nameLength + valueLength);
        int start = used;
        System.arraycopy(from, nameIndex, bytes, start, nameLength);
        System.arraycopy(from, valueIndex, bytes, start + nameLength, valueLength);
        recordLowerCased(start, nameLength, valueLength);
    }

    /** As {@link #addChecked(ByteBuf, int, int, int, int)}, from the name in lower case with its hash, the value right behind it. */
    public void addChecked(byte[] field, int nameLength, int hash) {
        ensure(field.length);
        System.arraycopy(field, 0, bytes, used, field.length);
        record(used, nameLength, field.length - nameLength, hash);
    }

    /**
     * Copies bytes of a head behind what is here, for a codec that finds the fields in {@link #array} and names them by {@link
     * #addInPlace}; returns where they end. What it does not want is given back by {@link #unload}.
     */
    public int load(ByteBuf from, int length) {
        ensure(length);
        from.readBytes(bytes, used, length);
        used += length;
        return used;
    }

    /** How many bytes {@link #load} takes without growing. */
    public int room() {
        return bytes.length - used;
    }

    /** Forgets loaded bytes from {@code end} on. */
    public void unload(int end) {
        used = end;
    }

    /** Adds a field whose checked bytes are loaded, the name in lower case with the hash of {@link HeaderName}. */
    public void addInPlace(int name, int nameLength, int value, int valueLength, int hash) {
        int at = nextField();
        bits |= HeaderName.bit(hash);
        fields[at + NAME] = name;
        fields[at + NAME_LENGTH] = nameLength;
        fields[at + VALUE] = value;
        fields[at + VALUE_LENGTH] = valueLength;
        fields[at + HASH] = hash;
    }

    /** As {@link #addChecked(ByteBuf, int, int, int, int)}, from two arrays. */
    public void addChecked(byte[] name, int nameIndex, int nameLength, byte[] value, int valueIndex, int valueLength) {
        ensure(nameLength + valueLength);
        int start = used;
        System.arraycopy(name, nameIndex, bytes, start, nameLength);
        System.arraycopy(value, valueIndex, bytes, start + nameLength, valueLength);
        recordLowerCased(start, nameLength, valueLength);
    }

    /** Adds every field of {@code other}. */
    public void addAll(Headers other) {
        for (int i = 0; i < other.size; i++) {
            int at = i * STRIDE;
            int nameLength = other.fields[at + NAME_LENGTH];
            int valueLength = other.fields[at + VALUE_LENGTH];
            ensure(nameLength + valueLength);
            System.arraycopy(other.bytes, other.fields[at + NAME], bytes, used, nameLength);
            System.arraycopy(other.bytes, other.fields[at + VALUE], bytes, used + nameLength, valueLength);
            record(used, nameLength, valueLength, other.fields[at + HASH]);
        }
    }

    /** Replaces all fields of that name by one. */
    public void set(HeaderName name, CharSequence value) {
        remove(name);
        add(name, value);
    }

    /** Removes all fields of that name; returns whether there was one. */
    public boolean remove(HeaderName name) {
        if ((bits & name.bit) == 0) {
            return false;
        }
        int kept = 0;
        for (int i = 0; i < size; i++) {
            if (!isAt(i, name)) {
                if (kept != i) {
                    System.arraycopy(fields, i * STRIDE, fields, kept * STRIDE, STRIDE);
                }
                kept++;
            }
        }
        boolean removed = kept != size;
        size = kept;
        return removed;
    }

    /** Removes all fields of the lower-case name that lies at {@code name} of {@link #array}, as {@link #remove}. */
    public void removeAll(int name, int nameLength, int hash) {
        for (int i = size - 1; i >= 0; i--) {
            int at = i * STRIDE;
            if (fields[at + HASH] == hash
                    && fields[at + NAME_LENGTH] == nameLength
                    && Arrays.equals(
                            bytes, fields[at + NAME], fields[at + NAME] + nameLength, bytes, name, name + nameLength)) {
                removeAt(i);
            }
        }
    }

    /** Removes the field at {@code index}; later fields move down by one. */
    public void removeAt(int index) {
        System.arraycopy(fields, (index + 1) * STRIDE, fields, index * STRIDE, (size - index - 1) * STRIDE);
        size--;
    }

    public boolean contains(HeaderName name) {
        return indexOf(name, 0) >= 0;
    }

    /** Index of the first field of that name at or after {@code from}, or -1. */
    public int indexOf(HeaderName name, int from) {
        if ((bits & name.bit) == 0) {
            return -1;
        }
        for (int i = from; i < size; i++) {
            if (isAt(i, name)) {
                return i;
            }
        }
        return -1;
    }

    /** How many fields bear that name. */
    public int count(HeaderName name) {
        int n = 0;
        for (int i = 0; i < size; i++) {
            n += isAt(i, name) ? 1 : 0;
        }
        return n;
    }

    /** The first value of that name, or null. Allocates the string. */
    public @Nullable String get(HeaderName name) {
        int i = indexOf(name, 0);
        return i < 0 ? null : valueAt(i);
    }

    /** All values of that name joined by {@code ", "} (by {@code "; "} for cookies), or null. Allocates. */
    public @Nullable String joined(HeaderName name) {
        int first = indexOf(name, 0);
        if (first < 0) {
            return null;
        }
        int next = indexOf(name, first + 1);
        if (next < 0) {
            return valueAt(first);
        }
        StringBuilder all = new StringBuilder(valueAt(first));
        for (; next >= 0; next = indexOf(name, next + 1)) {
            all.append(name.equals(HeaderName.COOKIE) ? "; " : ", ").append(valueAt(next));
        }
        return all.toString();
    }

    public boolean isAt(int index, HeaderName name) {
        int at = index * STRIDE;
        return fields[at + HASH] == name.hash
                && fields[at + NAME_LENGTH] == name.bytes.length
                && Arrays.equals(
                        bytes,
                        fields[at + NAME],
                        fields[at + NAME] + name.bytes.length,
                        name.bytes,
                        0,
                        name.bytes.length);
    }

    public String nameAt(int index) {
        return text(index * STRIDE, NAME);
    }

    public String valueAt(int index) {
        return text(index * STRIDE, VALUE);
    }

    /** Whether the value at {@code index} equals {@code expected}, letter case of ASCII aside. */
    public boolean valueEqualsIgnoreCase(int index, CharSequence expected) {
        int at = index * STRIDE;
        if (fields[at + VALUE_LENGTH] != expected.length()) {
            return false;
        }
        int start = fields[at + VALUE];
        for (int i = 0; i < expected.length(); i++) {
            if (lower(bytes[start + i]) != lower((byte) expected.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    /** The array that {@link #nameOffset}, {@link #valueOffset} index; changes when fields are added. */
    public byte[] array() {
        return bytes;
    }

    /** The hash of the name at {@code index}: {@code 31 * h + b} over its bytes, beginning with 0. */
    public int nameHash(int index) {
        return fields[index * STRIDE + HASH];
    }

    public int nameOffset(int index) {
        return fields[index * STRIDE + NAME];
    }

    public int nameLength(int index) {
        return fields[index * STRIDE + NAME_LENGTH];
    }

    public int valueOffset(int index) {
        return fields[index * STRIDE + VALUE];
    }

    public int valueLength(int index) {
        return fields[index * STRIDE + VALUE_LENGTH];
    }

    /** Of {@link #array}, those of removed fields included. */
    int usedBytes() {
        return used;
    }

    /** Bytes that names and values take, as HPACK and header limits count them without their overhead. */
    public int byteSize() {
        int total = 0;
        for (int i = 0; i < size; i++) {
            total += nameLength(i) + valueLength(i);
        }
        return total;
    }

    /** The value of {@code content-length}, which the codecs have checked; -1 where there is none. */
    public long contentLength() {
        String text = get(HeaderName.CONTENT_LENGTH);
        return text == null ? -1 : Long.parseLong(text);
    }

    /** Visits names and values as strings; for logs, tests and cold paths. */
    public void forEach(BiConsumer<String, String> visitor) {
        for (int i = 0; i < size; i++) {
            visitor.accept(nameAt(i), valueAt(i));
        }
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        forEach((name, value) -> text.append(name).append(": ").append(value).append('\n'));
        return text.toString();
    }

    private String text(int at, int what) {
        return new String(bytes, fields[at + what], fields[at + what + 1], StandardCharsets.ISO_8859_1);
    }

    private void copyValue(CharSequence name, CharSequence value, int to) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '\r' || c == '\n' || c == 0 || c > 0xff) {
                throw new IllegalArgumentException(name
                        + ": forbidden character U+%04X at %d in its value (expected: Latin-1 without CR, LF and NUL)"
                                .formatted((int) c, i));
            }
            bytes[to + i] = (byte) c;
        }
    }

    private void recordLowerCased(int start, int nameLength, int valueLength) {
        int hash = 0;
        for (int i = start; i < start + nameLength; i++) {
            byte b = lower(bytes[i]);
            bytes[i] = b;
            hash = 31 * hash + b;
        }
        record(start, nameLength, valueLength, hash);
    }

    private void record(int start, int nameLength, int valueLength, int hash) {
        int at = nextField();
        bits |= HeaderName.bit(hash);
        fields[at + NAME] = start;
        fields[at + NAME_LENGTH] = nameLength;
        fields[at + VALUE] = start + nameLength;
        fields[at + VALUE_LENGTH] = valueLength;
        fields[at + HASH] = hash;
        used = start + nameLength + valueLength;
    }

    private int nextField() {
        if ((size + 1) * STRIDE > fields.length) {
            fields = Arrays.copyOf(fields, fields.length * 2);
        }
        return size++ * STRIDE;
    }

    private void ensure(int more) {
        if (used + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, used + more));
        }
    }

    private static byte lower(byte b) {
        return b >= 'A' && b <= 'Z' ? (byte) (b + 32) : b;
    }
}
