package dev.weft.proxy.http.h2;

import java.util.Arrays;

/** The static table of RFC 7541, appendix A. Immutable. */
final class HpackStaticTable {
    private static final String[][] FIELDS = {
        {":authority", ""},
        {":method", "GET"},
        {":method", "POST"},
        {":path", "/"},
        {":path", "/index.html"},
        {":scheme", "http"},
        {":scheme", "https"},
        {":status", "200"},
        {":status", "204"},
        {":status", "206"},
        {":status", "304"},
        {":status", "400"},
        {":status", "404"},
        {":status", "500"},
        {"accept-charset", ""},
        {"accept-encoding", "gzip, deflate"},
        {"accept-language", ""},
        {"accept-ranges", ""},
        {"accept", ""},
        {"access-control-allow-origin", ""},
        {"age", ""},
        {"allow", ""},
        {"authorization", ""},
        {"cache-control", ""},
        {"content-disposition", ""},
        {"content-encoding", ""},
        {"content-language", ""},
        {"content-length", ""},
        {"content-location", ""},
        {"content-range", ""},
        {"content-type", ""},
        {"cookie", ""},
        {"date", ""},
        {"etag", ""},
        {"expect", ""},
        {"expires", ""},
        {"from", ""},
        {"host", ""},
        {"if-match", ""},
        {"if-modified-since", ""},
        {"if-none-match", ""},
        {"if-range", ""},
        {"if-unmodified-since", ""},
        {"last-modified", ""},
        {"link", ""},
        {"location", ""},
        {"max-forwards", ""},
        {"proxy-authenticate", ""},
        {"proxy-authorization", ""},
        {"range", ""},
        {"referer", ""},
        {"refresh", ""},
        {"retry-after", ""},
        {"server", ""},
        {"set-cookie", ""},
        {"strict-transport-security", ""},
        {"transfer-encoding", ""},
        {"user-agent", ""},
        {"vary", ""},
        {"via", ""},
        {"www-authenticate", ""},
    };

    static final int SIZE = FIELDS.length;

    private static final HpackField[] BY_INDEX = new HpackField[SIZE + 1];

    /** Open addressing by the hash of {@code HeaderName}: the first index of each name. */
    private static final int[] BY_NAME = new int[256];

    static {
        for (int i = SIZE; i > 0; i--) {
            BY_INDEX[i] = HpackField.of(FIELDS[i - 1][0], FIELDS[i - 1][1]);
            HpackField field = BY_INDEX[i];
            int slot = slot(field.nameHash);
            while (BY_NAME[slot] != 0 && !field.name().equals(BY_INDEX[BY_NAME[slot]].name())) {
                slot = (slot + 1) & 0xff;
            }
            BY_NAME[slot] = i;
        }
    }

    private HpackStaticTable() {}

    /** @param index 1 to {@link #SIZE} */
    static HpackField get(int index) {
        return BY_INDEX[index];
    }

    /** The first index of that name, or 0. */
    static int indexOfName(byte[] from, int at, int length, int hash) {
        for (int slot = slot(hash); BY_NAME[slot] != 0; slot = (slot + 1) & 0xff) {
            HpackField field = BY_INDEX[BY_NAME[slot]];
            if (field.nameLength == length && Arrays.equals(field.bytes, 0, length, from, at, at + length)) {
                return BY_NAME[slot];
            }
        }
        return 0;
    }

    /** The hash that {@code Headers} keeps of names. */
    static int hash(byte[] from, int at, int length) {
        int hash = 0;
        for (int i = at; i < at + length; i++) {
            hash = 31 * hash + from[i];
        }
        return hash;
    }

    private static int slot(int hash) {
        return (hash ^ hash >>> 8 ^ hash >>> 16) & 0xff;
    }
}
