package dev.weft.proxy.filter;

import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.RequestHead;

/**
 * Gives every request an {@code X-Request-Id}. One that came along is kept only from a trusted peer, since a client that chooses
 * ids could make its requests look like others in the logs. Immutable.
 */
public final class RequestIdFilter implements Filter {
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

    /** The text of a UUID of version 4 (RFC 9562, section 5.4), made character by character so that no string is. */
    private record RandomUuid(long high, long low) implements CharSequence {
        private static final String HEX = "0123456789abcdef";
        private static final int LENGTH = 36;

        @Override
        public int length() {
            return LENGTH;
        }

        @Override
        public char charAt(int index) {
            return switch (index) {
                case 8, 13, 18, 23 -> '-';
                case 14 -> '4';
                case 19 -> HEX.charAt(8 + (digit(16) & 3));
                default ->
                    HEX.charAt(digit(index - (index > 23 ? 4 : index > 18 ? 3 : index > 13 ? 2 : index > 8 ? 1 : 0)));
            };
        }

        private int digit(int n) {
            return (int) ((n < 16 ? high : low) >>> (60 - 4 * (n & 15))) & 15;
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return toString().substring(start, end);
        }

        @Override
        public String toString() {
            char[] text = new char[LENGTH];
            for (int i = 0; i < LENGTH; i++) {
                text[i] = charAt(i);
            }
            return new String(text);
        }
    }
}
