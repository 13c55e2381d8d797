package dev.weft.proxy.http.h2;

/**
 * Which streams of a connection we have reset: what their peer sent before it knew is no fault of its (RFC 9113, section 5.1).
 *
 * <p>Confined to its connection's event loop. Remembers those among the latest {@value #REMEMBERED} of the peer's streams or of
 * ours, however many are reset at once. Of an older one it is not known any more how it ended, and the peer gets the benefit of the
 * doubt. A connection on which nothing was reset holds nothing.
 */
final class ResetStreams {
    static final int REMEMBERED = 256;

    private static final int[] NONE = {};

    /** By the stream's number modulo its length; ids of one kind are every other number. */
    private int[] ids = NONE;

    void add(int stream) {
        if (ids.length == 0) {
            ids = new int[REMEMBERED];
        }
        ids[slot(stream)] = stream;
    }

    /**
     * Whether {@code stream}, which is over, may have been reset by us.
     *
     * @param newest the largest stream of its kind so far
     */
    boolean mayContain(int stream, int newest) {
        return ids.length > 0 && (newest - stream >= 2 * REMEMBERED || ids[slot(stream)] == stream);
    }

    private static int slot(int stream) {
        return (stream >>> 1) & (REMEMBERED - 1);
    }
}
