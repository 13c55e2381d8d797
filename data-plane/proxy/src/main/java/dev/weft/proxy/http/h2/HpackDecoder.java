package dev.weft.proxy.http.h2;

import org.jspecify.annotations.Nullable;

/**
 * Decodes header blocks (RFC 7541).
 *
 * <p>Confined to its connection's event loop. A block must be decoded to its end whatever becomes of its message, because both
 * sides' tables follow it; so limits on the message are the receiver's to watch, and here only memory is bounded: by the table's
 * size, and by the length of the block, which the frame reader bounds.
 */
final class HpackDecoder {
    /** Receives the fields of a block in order; the arrays are valid during the call. */
    interface Sink {
        void field(byte[] name, int nameAt, int nameLength, byte[] value, int valueAt, int valueLength);

        /** One that stands in a table. */
        default void field(HpackField field) {
            field(field.bytes, 0, field.nameLength, field.bytes, field.nameLength, field.valueLength());
        }
    }

    private static final byte[] NOTHING = {};

    /** Room for a value that is kept for the next. */
    private static final int MOST_KEPT_BYTES = 8 * 1024;

    private final int allowedTableBytes;
    private int maxTableBytes;
    private int tableBytes;

    /** The dynamic table as a ring: the newest at {@code head}. */
    private @Nullable HpackField[] ring = new @Nullable HpackField[32];

    private int head;
    private int count;

    private byte[] block = NOTHING;
    private int at;
    private int end;

    private byte[] nameScratch = new byte[64];
    private byte[] valueScratch = new byte[256];

    // The string read last: where it lies and how long it is.
    private byte[] text = block;
    private int textAt;
    private int textLength;

    /** @param allowedTableBytes what we announce as SETTINGS_HEADER_TABLE_SIZE */
    HpackDecoder(int allowedTableBytes) {
        this.allowedTableBytes = allowedTableBytes;
        this.maxTableBytes = allowedTableBytes;
    }

    /** @throws Http2Failure COMPRESSION_ERROR of the connection where the block is wrong */
    void decode(byte[] source, int from, int length, Sink sink) throws Http2Failure {
        block = source;
        at = from;
        end = from + length;
        boolean fieldSeen = false;
        while (at < end) {
            int b = block[at] & 0xff;
            if (b >= 0x80) {
                sink.field(field(integer(7)));
                fieldSeen = true;
            } else if (b >= 0x40) {
                literal(6, true, sink);
                fieldSeen = true;
            } else if (b >= 0x20) {
                if (fieldSeen) {
                    throw broken("a table size update after a field");
                }
                resize(integer(5));
            } else {
                literal(4, false, sink);
                fieldSeen = true;
            }
        }
        trim();
    }

    int tableBytes() {
        return tableBytes;
    }

    private void literal(int prefixBits, boolean indexed, Sink sink) throws Http2Failure {
        int nameIndex = integer(prefixBits);
        byte[] name;
        int nameAt;
        int nameLength;
        if (nameIndex > 0) {
            HpackField named = field(nameIndex);
            name = named.bytes;
            nameAt = 0;
            nameLength = named.nameLength;
        } else {
            nameScratch = string(nameScratch);
            name = text;
            nameAt = textAt;
            nameLength = textLength;
        }
        valueScratch = string(valueScratch);
        HpackField added = indexed ? add(name, nameAt, nameLength) : null;
        if (added != null) {
            sink.field(added);
            return;
        }
        sink.field(name, nameAt, nameLength, text, textAt, textLength);
    }

    private HpackField field(int index) throws Http2Failure {
        if (index == 0) {
            throw broken("index 0");
        }
        if (index <= HpackStaticTable.SIZE) {
            return HpackStaticTable.get(index);
        }
        int back = index - HpackStaticTable.SIZE - 1;
        if (back >= count) {
            throw broken("index " + index + " of a table of " + (HpackStaticTable.SIZE + count));
        }
        return entry(head - back);
    }

    private HpackField entry(int place) {
        HpackField field = ring[place & (ring.length - 1)];
        if (field == null) {
            throw new IllegalStateException("dynamic table: nothing at " + place);
        }
        return field;
    }

    /** Adds the name given and the string read last; null where they do not fit. */
    private @Nullable HpackField add(byte[] name, int nameAt, int nameLength) {
        int size = nameLength + textLength + HpackField.OVERHEAD;
        evictDownTo(maxTableBytes - size);
        if (size > maxTableBytes) {
            return null;
        }
        byte[] bytes = new byte[nameLength + textLength];
        System.arraycopy(name, nameAt, bytes, 0, nameLength);
        System.arraycopy(text, textAt, bytes, nameLength, textLength);
        if (count == ring.length) {
            @Nullable HpackField[] larger = new @Nullable HpackField[ring.length * 2];
            for (int back = 0; back < count; back++) {
                larger[count - 1 - back] = ring[(head - back) & (ring.length - 1)];
            }
            ring = larger;
            head = count - 1;
        }
        head = (head + 1) & (ring.length - 1);
        HpackField added = new HpackField(bytes, nameLength);
        ring[head] = added;
        count++;
        tableBytes += size;
        return added;
    }

    private void resize(int bytes) throws Http2Failure {
        if (bytes > allowedTableBytes) {
            throw broken("a table of " + bytes + " bytes (expected: <= " + allowedTableBytes + ")");
        }
        maxTableBytes = bytes;
        evictDownTo(bytes);
    }

    private void evictDownTo(int bytes) {
        while (count > 0 && tableBytes > bytes) {
            int oldest = (head - count + 1) & (ring.length - 1);
            tableBytes -= entry(oldest).size();
            ring[oldest] = null; // else what was evicted would live on, up to a table's size in each place of the ring
            count--;
        }
    }

    /** Reads a string, and returns {@code scratch} or the larger one that decoding needed. */
    private byte[] string(byte[] scratch) throws Http2Failure {
        if (at >= end) {
            throw broken("it ends where a string begins");
        }
        boolean huffman = block[at] < 0;
        int length = integer(7);
        if (length > end - at) {
            throw broken("a string of " + length + " bytes where " + (end - at) + " are left");
        }
        int from = at;
        at += length;
        if (!huffman) {
            text = block;
            textAt = from;
            textLength = length;
            return scratch;
        }
        int room = length * 8 / 5 + 1;
        byte[] to = scratch.length < room ? new byte[Math.max(room, scratch.length * 2)] : scratch;
        int decoded = Huffman.decode(block, from, length, to, 0);
        if (decoded < 0) {
            throw broken("a Huffman code that is none");
        }
        text = to;
        textAt = 0;
        textLength = decoded;
        return to;
    }

    /** An integer with a prefix of so many bits (section 5.1), up to 2^28: nothing we take is larger. */
    private int integer(int prefixBits) throws Http2Failure {
        int mask = (1 << prefixBits) - 1;
        int value = block[at++] & mask;
        if (value < mask) {
            return value;
        }
        for (int shift = 0; shift <= 21; shift += 7) {
            if (at >= end) {
                throw broken("it ends within an integer");
            }
            int b = block[at++];
            value += (b & 0x7f) << shift;
            if (b >= 0) {
                return value;
            }
        }
        throw broken("an integer of more than 28 bits");
    }

    /** Gives back the room that an unusual block took: a connection may lie idle for an hour after it. */
    private void trim() {
        if (nameScratch.length > 1024) {
            nameScratch = new byte[64];
        }
        if (valueScratch.length > MOST_KEPT_BYTES) {
            valueScratch = new byte[256];
        }
        block = NOTHING;
        text = NOTHING;
    }

    private static Http2Failure broken(String what) {
        return Http2Failure.connection(ErrorCode.COMPRESSION_ERROR, "header block: " + what);
    }
}
