package dev.weft.proxy.http.h2;

import dev.weft.proxy.http.CodecFields;
import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.Headers;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Encodes header blocks (RFC 7541), straight from {@link Headers}.
 *
 * <p>Confined to its connection's event loop. What goes into the dynamic table is what came twice: a field's hash is remembered at
 * first sight and the field is added at the second, so that request ids, dates and lengths do not push out what repeats. Lookups
 * are direct-mapped by hash; a collision costs compression, not correctness. Literals are plain: see {@link Huffman}.
 */
final class HpackEncoder {
    private static final int MAX_TABLE_BYTES = 4096;
    private static final int SLOTS = 128;

    /** Values longer than this are neither hashed nor indexed. */
    private static final int LONGEST_INDEXED = 256;

    private static final int INDEXED = 0x80;
    private static final int LITERAL_INDEXED = 0x40;
    private static final int TABLE_SIZE = 0x20;
    private static final int LITERAL_NEVER = 0x10;
    private static final int LITERAL = 0x00;

    private static final int STATUS = 8;
    private static final int STATUS_LAST = 14;
    private static final int ACCEPT_ENCODING = 16;

    private static final byte[] TRAILERS = IncomingFields.ascii("trailers");

    /** A peer or a neighbour on the wire must not learn these by probing what compresses well (section 7.1). */
    private static final HeaderName AUTHORIZATION = HeaderName.of("authorization");

    /** By insertion number modulo its length, a power of two. */
    private @Nullable HpackField[] ring = new @Nullable HpackField[16];

    private int[] ringHash = new int[16];
    private int inserted;
    private int count;
    private int tableBytes;
    private int maxTableBytes = MAX_TABLE_BYTES;

    /** The smallest size since the last block, to be announced before the next (section 4.2); -1 for none. */
    private int announce = -1;

    /** By hash: the insertion number of the field last added with it. */
    private final int[] latest = new int[SLOTS];

    /** By hash: the hash of a field seen, not added. */
    private final int[] seen = new int[SLOTS];

    private byte[] scratch = new byte[128];

    /** The peer's SETTINGS_HEADER_TABLE_SIZE. */
    void peerTableBytes(long bytes) {
        int next = (int) Math.min(bytes, MAX_TABLE_BYTES);
        if (next != maxTableBytes) {
            announce = announce < 0 ? next : Math.min(announce, next);
            maxTableBytes = next;
            evictDownTo(next);
        }
    }

    /** Begins a block. */
    void begin(ByteBuf out) {
        if (announce >= 0) {
            integer(out, TABLE_SIZE, 5, announce);
            if (announce != maxTableBytes) {
                integer(out, TABLE_SIZE, 5, maxTableBytes);
            }
            announce = -1;
        }
    }

    void status(ByteBuf out, int status) {
        for (int i = STATUS; i <= STATUS_LAST; i++) {
            HpackField field = HpackStaticTable.get(i);
            if ((field.bytes[7] - '0') * 100 + (field.bytes[8] - '0') * 10 + field.bytes[9] - '0' == status) {
                out.writeByte(INDEXED | i);
                return;
            }
        }
        out.writeByte(LITERAL | STATUS);
        out.writeByte(3);
        out.writeByte('0' + status / 100);
        out.writeByte('0' + status / 10 % 10);
        out.writeByte('0' + status % 10);
    }

    /**
     * A pseudo-header field.
     *
     * @param staticIndex the first of that name in the static table, or 0
     * @param value ASCII
     */
    void pseudo(ByteBuf out, HpackField name, int staticIndex, String value) {
        int length = value.length();
        for (int i = staticIndex; i > 0 && i <= HpackStaticTable.SIZE && sameName(i, name); i++) {
            if (valueIs(HpackStaticTable.get(i), value)) {
                out.writeByte(INDEXED | i);
                return;
            }
        }
        byte[] field = room(name.nameLength + length);
        System.arraycopy(name.bytes, 0, field, 0, name.nameLength);
        for (int i = 0; i < length; i++) {
            field[name.nameLength + i] = (byte) value.charAt(i);
        }
        int nameHash = HpackStaticTable.hash(field, 0, name.nameLength);
        field(out, field, 0, name.nameLength, nameHash, name.nameLength, length, staticIndex, false);
    }

    /** All fields in their order, but those named {@code except} and what is another codec's business ({@link CodecFields}). */
    void fields(ByteBuf out, Headers headers, CodecFields.Part part, @Nullable HeaderName except) {
        byte[] bytes = headers.array();
        for (int i = 0; i < headers.size(); i++) {
            int nameLength = headers.nameLength(i);
            if ((except != null && headers.isAt(i, except))
                    || CodecFields.contains(headers, i, part)
                    || (nameLength == 2 && isOtherTe(headers, i))) {
                continue;
            }
            int nameAt = headers.nameOffset(i);
            int hash = headers.nameHash(i);
            int staticIndex = HpackStaticTable.indexOfName(bytes, nameAt, nameLength, hash);
            boolean secret = headers.isAt(i, AUTHORIZATION)
                    || headers.isAt(i, HeaderName.PROXY_AUTHORIZATION)
                    || (headers.isAt(i, HeaderName.COOKIE) && headers.valueLength(i) < 20);
            field(
                    out,
                    bytes,
                    nameAt,
                    nameLength,
                    hash,
                    headers.valueOffset(i),
                    headers.valueLength(i),
                    staticIndex,
                    secret);
        }
    }

    /** The one value that {@code te} may have (RFC 9113, section 8.2.2). */
    private static boolean isOtherTe(Headers headers, int i) {
        int at = headers.valueOffset(i);
        return headers.isAt(i, HeaderName.TE)
                && !Arrays.equals(headers.array(), at, at + headers.valueLength(i), TRAILERS, 0, TRAILERS.length);
    }

    private void field(
            ByteBuf out,
            byte[] from,
            int nameAt,
            int nameLength,
            int nameHash,
            int valueAt,
            int valueLength,
            int staticIndex,
            boolean secret) {
        if (secret || valueLength > LONGEST_INDEXED || maxTableBytes == 0) {
            literal(
                    out,
                    secret ? LITERAL_NEVER : LITERAL,
                    4,
                    staticIndex,
                    from,
                    nameAt,
                    nameLength,
                    valueAt,
                    valueLength);
            return;
        }
        if (staticIndex >= ACCEPT_ENCODING && isWhole(staticIndex, from, valueAt, valueLength)) {
            out.writeByte(INDEXED | staticIndex);
            return;
        }
        int hash = 31 * nameHash + valueHash(from, valueAt, valueLength);
        int slot = (hash ^ hash >>> 7 ^ hash >>> 16) & (SLOTS - 1);
        int number = latest[slot];
        if (number > inserted - count && ringHash[number & (ring.length - 1)] == hash) {
            HpackField known = ring[number & (ring.length - 1)];
            if (known != null && isSame(known, from, nameAt, nameLength, valueAt, valueLength)) {
                integer(out, INDEXED, 7, HpackStaticTable.SIZE + 1 + inserted - number);
                return;
            }
        }
        if (seen[slot] == hash && nameLength + valueLength + HpackField.OVERHEAD <= maxTableBytes) {
            literal(out, LITERAL_INDEXED, 6, staticIndex, from, nameAt, nameLength, valueAt, valueLength);
            add(hash, slot, from, nameAt, nameLength, valueAt, valueLength);
        } else {
            seen[slot] = hash;
            literal(out, LITERAL, 4, staticIndex, from, nameAt, nameLength, valueAt, valueLength);
        }
    }

    private void add(int hash, int slot, byte[] from, int nameAt, int nameLength, int valueAt, int valueLength) {
        int size = nameLength + valueLength + HpackField.OVERHEAD;
        evictDownTo(maxTableBytes - size);
        if (count == ring.length) {
            grow();
        }
        byte[] bytes = new byte[nameLength + valueLength];
        System.arraycopy(from, nameAt, bytes, 0, nameLength);
        System.arraycopy(from, valueAt, bytes, nameLength, valueLength);
        inserted++;
        count++;
        tableBytes += size;
        ring[inserted & (ring.length - 1)] = new HpackField(bytes, nameLength);
        ringHash[inserted & (ring.length - 1)] = hash;
        latest[slot] = inserted;
    }

    private void grow() {
        @Nullable HpackField[] largerRing = new @Nullable HpackField[ring.length * 2];
        int[] largerHash = new int[ring.length * 2];
        for (int number = inserted - count + 1; number <= inserted; number++) {
            largerRing[number & (largerRing.length - 1)] = ring[number & (ring.length - 1)];
            largerHash[number & (largerRing.length - 1)] = ringHash[number & (ring.length - 1)];
        }
        ring = largerRing;
        ringHash = largerHash;
    }

    private void evictDownTo(int bytes) {
        while (count > 0 && tableBytes > bytes) {
            int oldest = (inserted - count + 1) & (ring.length - 1);
            HpackField evicted = ring[oldest];
            tableBytes -= evicted == null ? 0 : evicted.size();
            ring[oldest] = null; // else it would live on, up to a table's size in each place of the ring
            count--;
        }
    }

    private static void literal(
            ByteBuf out,
            int kind,
            int prefixBits,
            int staticIndex,
            byte[] from,
            int nameAt,
            int nameLength,
            int valueAt,
            int valueLength) {
        integer(out, kind, prefixBits, staticIndex);
        if (staticIndex == 0) {
            integer(out, 0, 7, nameLength);
            out.writeBytes(from, nameAt, nameLength);
        }
        integer(out, 0, 7, valueLength);
        out.writeBytes(from, valueAt, valueLength);
    }

    private static void integer(ByteBuf out, int kind, int prefixBits, int value) {
        int mask = (1 << prefixBits) - 1;
        if (value < mask) {
            out.writeByte(kind | value);
            return;
        }
        out.writeByte(kind | mask);
        int rest = value - mask;
        while (rest >= 0x80) {
            out.writeByte((rest & 0x7f) | 0x80);
            rest >>>= 7;
        }
        out.writeByte(rest);
    }

    private byte[] room(int bytes) {
        if (scratch.length < bytes) {
            scratch = new byte[Math.max(bytes, scratch.length * 2)];
        }
        return scratch;
    }

    private static boolean sameName(int staticIndex, HpackField name) {
        HpackField field = HpackStaticTable.get(staticIndex);
        return field.nameLength == name.nameLength
                && Arrays.equals(field.bytes, 0, field.nameLength, name.bytes, 0, name.nameLength);
    }

    private static boolean valueIs(HpackField field, String value) {
        int length = field.valueLength();
        if (length == 0 || length != value.length()) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (field.bytes[field.nameLength + i] != value.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isWhole(int staticIndex, byte[] from, int valueAt, int valueLength) {
        HpackField field = HpackStaticTable.get(staticIndex);
        return field.valueLength() > 0
                && Arrays.equals(
                        field.bytes, field.nameLength, field.bytes.length, from, valueAt, valueAt + valueLength);
    }

    private static boolean isSame(
            HpackField field, byte[] from, int nameAt, int nameLength, int valueAt, int valueLength) {
        return field.nameLength == nameLength
                && field.bytes.length == nameLength + valueLength
                && Arrays.equals(field.bytes, 0, nameLength, from, nameAt, nameAt + nameLength)
                && Arrays.equals(field.bytes, nameLength, field.bytes.length, from, valueAt, valueAt + valueLength);
    }

    private static int valueHash(byte[] from, int at, int length) {
        int hash = length;
        for (int i = at; i < at + length; i++) {
            hash = 31 * hash + from[i];
        }
        return hash;
    }
}
