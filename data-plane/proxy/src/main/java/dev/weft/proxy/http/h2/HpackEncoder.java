package dev.weft.proxy.http.h2;

import dev.weft.proxy.http.CodecFields;
import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.Headers;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Encodes header blocks (RFC 7541), straight from {@link Headers}.
 *
 * <p>Confined to its connection's event loop. What goes into the dynamic table is what came twice: a field's hash is remembered at
 * first sight and the field is added at the second, so that request ids, dates and lengths do not push out what repeats. Lookups
 * are direct-mapped by hash, first of the name alone and then of the field; a collision costs compression, not correctness. Literals are plain: see {@link Huffman}.
 */
final class HpackEncoder {
    private static final int MAX_TABLE_BYTES = 4096;
    private static final int SLOTS = 128;
    private static final int NAME_SLOTS = 32;

    /** Those of a request have static indices up to 6. */
    private static final int PSEUDO_NAMES = 7;

    /** Values longer than this are neither hashed nor indexed. */
    private static final int LONGEST_INDEXED = 256;

    private static final int INDEXED = 0x80;
    private static final int LITERAL_INDEXED = 0x40;
    private static final int TABLE_SIZE = 0x20;
    private static final int LITERAL_NEVER = 0x10;
    private static final int LITERAL = 0x00;

    private static final int STATUS = 8;
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

    /** By the hash of its name: the insertion number of the field that was met last in the table, which most often comes again. */
    private final int[] latestOfName = new int[NAME_SLOTS];

    /** By the static index of its name: the pseudo-header field that was met last in the table. */
    private final @Nullable String[] pseudoValue = new @Nullable String[PSEUDO_NAMES];

    private final int[] pseudoNumber = new int[PSEUDO_NAMES];

    private final HeaderBlock out = new HeaderBlock();
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

    /** Begins a block; what is written from now on is in {@link #block}. */
    void begin() {
        out.clear();
        if (announce >= 0) {
            integer(TABLE_SIZE, 5, announce);
            if (announce != maxTableBytes) {
                integer(TABLE_SIZE, 5, maxTableBytes);
            }
            announce = -1;
        }
    }

    /** Good until {@link #begin}. */
    HeaderBlock block() {
        return out;
    }

    void status(int status) {
        switch (status) {
            case 200 -> out.write(INDEXED | STATUS);
            case 204 -> out.write(INDEXED | STATUS + 1);
            case 206 -> out.write(INDEXED | STATUS + 2);
            case 304 -> out.write(INDEXED | STATUS + 3);
            case 400 -> out.write(INDEXED | STATUS + 4);
            case 404 -> out.write(INDEXED | STATUS + 5);
            case 500 -> out.write(INDEXED | STATUS + 6);
            default -> {
                out.write(LITERAL | STATUS);
                out.write(3);
                out.write('0' + status / 100);
                out.write('0' + status / 10 % 10);
                out.write('0' + status % 10);
            }
        }
    }

    /**
     * A pseudo-header field.
     *
     * @param staticIndex the first of that name in the static table, or 0
     * @param value ASCII
     */
    void pseudo(HpackField name, int staticIndex, String value) {
        if (value.equals(pseudoValue[staticIndex]) && isAlive(pseudoNumber[staticIndex])) {
            indexed(pseudoNumber[staticIndex]);
            return;
        }
        int length = value.length();
        for (int i = staticIndex; i > 0 && i <= HpackStaticTable.SIZE && sameName(i, name); i++) {
            if (valueIs(HpackStaticTable.get(i), value)) {
                out.write(INDEXED | i);
                return;
            }
        }
        byte[] field = room(name.nameLength + length);
        System.arraycopy(name.bytes, 0, field, 0, name.nameLength);
        for (int i = 0; i < length; i++) {
            field[name.nameLength + i] = (byte) value.charAt(i);
        }
        pseudoNumber[staticIndex] =
                field(field, 0, name.nameLength, name.nameHash, name.nameLength, length, staticIndex, false);
        pseudoValue[staticIndex] = pseudoNumber[staticIndex] == 0 ? null : value;
    }

    /** All fields in their order, but those named {@code except} and what is another codec's business ({@link CodecFields}). */
    void fields(Headers headers, CodecFields.Part part, @Nullable HeaderName except) {
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
            int valueAt = headers.valueOffset(i);
            int valueLength = headers.valueLength(i);
            int slot = nameSlot(hash);
            int number = latestOfName[slot];
            if (isAlive(number) && isSame(number, bytes, nameAt, nameLength, valueAt, valueLength)) {
                indexed(number);
                continue;
            }
            int staticIndex = HpackStaticTable.indexOfName(bytes, nameAt, nameLength, hash);
            boolean secret = headers.isAt(i, AUTHORIZATION)
                    || headers.isAt(i, HeaderName.PROXY_AUTHORIZATION)
                    || (headers.isAt(i, HeaderName.COOKIE) && valueLength < 20);
            number = field(bytes, nameAt, nameLength, hash, valueAt, valueLength, staticIndex, secret);
            if (number != 0) {
                latestOfName[slot] = number;
            }
        }
    }

    /** The one value that {@code te} may have (RFC 9113, section 8.2.2). */
    private static boolean isOtherTe(Headers headers, int i) {
        int at = headers.valueOffset(i);
        return headers.isAt(i, HeaderName.TE)
                && !Arrays.equals(headers.array(), at, at + headers.valueLength(i), TRAILERS, 0, TRAILERS.length);
    }

    /** Writes a field; returns its number where it is in the dynamic table now, else 0. */
    private int field(
            byte[] from,
            int nameAt,
            int nameLength,
            int nameHash,
            int valueAt,
            int valueLength,
            int staticIndex,
            boolean secret) {
        if (secret || valueLength > LONGEST_INDEXED || maxTableBytes == 0) {
            literal(secret ? LITERAL_NEVER : LITERAL, 4, staticIndex, from, nameAt, nameLength, valueAt, valueLength);
            return 0;
        }
        if (staticIndex >= ACCEPT_ENCODING && isWhole(staticIndex, from, valueAt, valueLength)) {
            out.write(INDEXED | staticIndex);
            return 0;
        }
        int hash = 31 * nameHash + valueHash(from, valueAt, valueLength);
        int slot = (hash ^ hash >>> 7 ^ hash >>> 16) & (SLOTS - 1);
        int number = latest[slot];
        if (isAlive(number)
                && ringHash[number & (ring.length - 1)] == hash
                && isSame(number, from, nameAt, nameLength, valueAt, valueLength)) {
            indexed(number);
            return number;
        }
        if (seen[slot] == hash && nameLength + valueLength + HpackField.OVERHEAD <= maxTableBytes) {
            literal(LITERAL_INDEXED, 6, staticIndex, from, nameAt, nameLength, valueAt, valueLength);
            add(hash, slot, from, nameAt, nameLength, valueAt, valueLength);
            return inserted;
        }
        seen[slot] = hash;
        literal(LITERAL, 4, staticIndex, from, nameAt, nameLength, valueAt, valueLength);
        return 0;
    }

    /** Whether the field of that number has come and not been evicted. */
    private boolean isAlive(int number) {
        return number > inserted - count;
    }

    private void indexed(int number) {
        integer(INDEXED, 7, HpackStaticTable.SIZE + 1 + inserted - number);
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

    private void literal(
            int kind,
            int prefixBits,
            int staticIndex,
            byte[] from,
            int nameAt,
            int nameLength,
            int valueAt,
            int valueLength) {
        integer(kind, prefixBits, staticIndex);
        if (staticIndex == 0) {
            integer(0, 7, nameLength);
            out.write(from, nameAt, nameLength);
        }
        integer(0, 7, valueLength);
        out.write(from, valueAt, valueLength);
    }

    private void integer(int kind, int prefixBits, int value) {
        int mask = (1 << prefixBits) - 1;
        if (value < mask) {
            out.write(kind | value);
            return;
        }
        out.write(kind | mask);
        int rest = value - mask;
        while (rest >= 0x80) {
            out.write((rest & 0x7f) | 0x80);
            rest >>>= 7;
        }
        out.write(rest);
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

    /** Whether the field of that number, which is alive, is this one. */
    private boolean isSame(int number, byte[] from, int nameAt, int nameLength, int valueAt, int valueLength) {
        HpackField field = ring[number & (ring.length - 1)];
        if (field == null || field.nameLength != nameLength || field.valueLength() != valueLength) {
            return false;
        }
        byte[] bytes = field.bytes;
        int length = bytes.length;
        if (valueAt == nameAt + nameLength) {
            return Arrays.equals(bytes, 0, length, from, nameAt, nameAt + length);
        }
        return Arrays.equals(bytes, 0, nameLength, from, nameAt, nameAt + nameLength)
                && Arrays.equals(bytes, nameLength, length, from, valueAt, valueAt + valueLength);
    }

    private static int nameSlot(int nameHash) {
        return (nameHash ^ nameHash >>> 5 ^ nameHash >>> 16) & (NAME_SLOTS - 1);
    }

    private static int valueHash(byte[] from, int at, int length) {
        int hash = length;
        for (int i = at; i < at + length; i++) {
            hash = 31 * hash + from[i];
        }
        return hash;
    }
}
