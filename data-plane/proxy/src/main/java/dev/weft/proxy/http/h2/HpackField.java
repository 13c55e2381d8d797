package dev.weft.proxy.http.h2;

import java.nio.charset.StandardCharsets;

/**
 * A field of an HPACK table: name and value side by side in one array, so that it is copied at a stroke, and what is asked about it
 * each time it comes, found out once. Immutable.
 */
final class HpackField {
    /** What RFC 7541, section 4.1 adds to the bytes of a field. */
    static final int OVERHEAD = 32;

    final byte[] bytes;
    final int nameLength;

    /** The hash that {@code Headers} keeps of names. */
    final int nameHash;

    /** See {@link IncomingFields#isPlain}. */
    final boolean plain;

    HpackField(byte[] bytes, int nameLength) {
        this.bytes = bytes;
        this.nameLength = nameLength;
        this.nameHash = HpackStaticTable.hash(bytes, 0, nameLength);
        this.plain = IncomingFields.isPlain(bytes, nameLength);
    }

    static HpackField of(String name, String value) {
        return new HpackField((name + value).getBytes(StandardCharsets.ISO_8859_1), name.length());
    }

    int size() {
        return bytes.length + OVERHEAD;
    }

    String name() {
        return new String(bytes, 0, nameLength, StandardCharsets.ISO_8859_1);
    }

    int valueLength() {
        return bytes.length - nameLength;
    }
}
