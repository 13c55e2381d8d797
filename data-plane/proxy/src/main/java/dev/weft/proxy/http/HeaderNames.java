package dev.weft.proxy.http;

/** A set of field names that is asked by bytes and hash, so that a field that is none of them costs a load. Immutable. */
public final class HeaderNames {
    /**
     * What may not stand in trailers: framing, routing, who asks, and what the content is are settled by the head, and a recipient
     * that merges the two must not take them for it (RFC 9110, section 6.5.1).
     */
    public static final HeaderNames NOT_IN_TRAILERS = of(
            "authorization",
            "cache-control",
            "connection",
            "content-encoding",
            "content-length",
            "content-range",
            "content-type",
            "cookie",
            "expect",
            "forwarded",
            "host",
            "keep-alive",
            "max-forwards",
            "proxy-authenticate",
            "proxy-authorization",
            "proxy-connection",
            "set-cookie",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "x-forwarded-client-cert",
            "x-forwarded-for",
            "x-forwarded-host",
            "x-forwarded-proto");

    /** A power of two, several times the number of names. */
    private static final int SLOTS = 256;

    private final HeaderName[][] slots = new HeaderName[SLOTS][];

    private HeaderNames(String... names) {
        for (String text : names) {
            HeaderName name = HeaderName.of(text);
            HeaderName[] before = slots[slot(name.hash)];
            int count = before == null ? 0 : before.length;
            HeaderName[] after = new HeaderName[count + 1];
            if (before != null) {
                System.arraycopy(before, 0, after, 0, count);
            }
            after[count] = name;
            slots[slot(name.hash)] = after;
        }
    }

    public static HeaderNames of(String... names) {
        return new HeaderNames(names);
    }

    /** Whether the lower-case bytes there, with that hash, are one of the names. */
    public boolean contains(byte[] array, int offset, int length, int hash) {
        HeaderName[] candidates = slots[slot(hash)];
        if (candidates == null) {
            return false;
        }
        for (HeaderName name : candidates) {
            if (name.matches(array, offset, length, hash)) {
                return true;
            }
        }
        return false;
    }

    /** Takes all fields of these names out. */
    public void removeFrom(Headers headers) {
        for (int i = headers.size() - 1; i >= 0; i--) {
            if (contains(headers.array(), headers.nameOffset(i), headers.nameLength(i), headers.nameHash(i))) {
                headers.removeAt(i);
            }
        }
    }

    private static int slot(int hash) {
        return (hash ^ hash >>> 8) & SLOTS - 1;
    }
}
