package dev.weft.proxy.http;

/**
 * How much room the heads of a connection take, learned from those that went before: where each has an object of its own, half of
 * what a request allocates would be room that it does not use.
 *
 * <p>Confined to its connection's event loop.
 */
public final class HeadRoom {
    private static final int LEAST_BYTES = 128;
    private static final int MOST_BYTES = 2048;
    private static final int LEAST_FIELDS = 4;
    private static final int MOST_FIELDS = 64;

    /** What comes off the surplus each time is one of so many parts (a power of two's exponent). */
    private static final int DECAY = 3;

    private int bytes = Headers.USUAL_BYTES;
    private int fields = Headers.USUAL_FIELDS;

    /** Empty, with room for what is likely to come. */
    public Headers newHeaders() {
        return new Headers(bytes, fields);
    }

    /** Learns from a head that is complete: grows to it at once, and shrinks slowly. */
    public void learn(Headers complete) {
        bytes = next(bytes, complete.usedBytes(), LEAST_BYTES, MOST_BYTES);
        fields = next(fields, complete.size(), LEAST_FIELDS, MOST_FIELDS);
    }

    private static int next(int room, int used, int least, int most) {
        int next = used > room ? used : room - ((room - used) >> DECAY);
        return Math.clamp(next, least, most);
    }
}
