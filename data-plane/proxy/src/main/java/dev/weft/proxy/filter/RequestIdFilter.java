package dev.weft.proxy.filter;

import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.RequestHead;
import java.nio.charset.StandardCharsets;

/**
 * Gives every request an {@code X-Request-Id}. One that came along is kept only from a trusted peer, since a client that chooses
 * ids could make its requests look like others in the logs. Immutable.
 */
public final class RequestIdFilter implements OfArrival {
    private final boolean trustsPeers;

    /**
     * @param trustsPeers whether an id that came along is kept
     */
    public RequestIdFilter(boolean trustsPeers) {
        this.trustsPeers = trustsPeers;
    }

    @Override
    public Next requestHead(RequestExchange exchange, RequestHead head, boolean end) {
        Headers headers = head.headers();
        if (headers.contains(HeaderName.X_REQUEST_ID)) {
            if (trustsPeers) {
                return Next.CONTINUE;
            }
            headers.remove(HeaderName.X_REQUEST_ID);
        }
        headers.add(
                HeaderName.X_REQUEST_ID,
                new RandomUuid(exchange.random().nextLong(), exchange.random().nextLong()));
        return Next.CONTINUE;
    }

    /** The text of a UUID of version 4 (RFC 9562, section 5.4), of 122 random bits. */
    private record RandomUuid(long high, long low) implements Headers.Value {
        private static final int LENGTH = 36;
        private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

        RandomUuid {
            high = (high & ~0xF000L) | 0x4000L; // version
            low = (low & ~(3L << 62)) | (1L << 63); // variant
        }

        @Override
        public int length() {
            return LENGTH;
        }

        @Override
        public void writeTo(byte[] bytes, int at) {
            write(high >>> 32, 8, bytes, at);
            bytes[at + 8] = '-';
            write(high >>> 16, 4, bytes, at + 9);
            bytes[at + 13] = '-';
            write(high, 4, bytes, at + 14);
            bytes[at + 18] = '-';
            write(low >>> 48, 4, bytes, at + 19);
            bytes[at + 23] = '-';
            write(low, 12, bytes, at + 24);
        }

        /** The lowest {@code digits} digits of {@code value}. */
        private static void write(long value, int digits, byte[] bytes, int at) {
            long rest = value;
            for (int i = at + digits - 1; i >= at; i--) {
                bytes[i] = HEX[(int) rest & 15];
                rest >>>= 4;
            }
        }
    }
}
