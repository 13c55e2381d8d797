package dev.weft.proxy.http;

/**
 * How many responses of status 1xx a server may send before the one that counts, and how large they may be together. All of them are
 * passed on (RFC 9110, section 15.2), they count as movement, and no window holds them back: without a bound they would keep a
 * request and its memory for ever. A hundred is more than a server needs that says "102 Processing" every minute for an hour.
 *
 * <p>Confined to its stream's event loop.
 */
public final class InterimLimit {
    private static final int MAX_RESPONSES = 100;
    private static final int MAX_BYTES = 128 * 1024;

    private int responses;
    private int bytes;

    /** For the next request. */
    public void reset() {
        responses = 0;
        bytes = 0;
    }

    /** Counts one; returns whether that is one too many. */
    public boolean isExceededBy(ResponseHead interim) {
        responses++;
        bytes += interim.headers().byteSize();
        return responses > MAX_RESPONSES || bytes > MAX_BYTES;
    }
}
