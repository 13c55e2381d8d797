package dev.weft.proxy.filter.buffer;

import dev.weft.proxy.filter.Filter;
import dev.weft.proxy.filter.FilterPolicy;
import dev.weft.proxy.filter.Next;
import dev.weft.proxy.filter.RequestExchange;
import dev.weft.proxy.http.RequestHead;

/**
 * Waits for the whole request before an upstream is asked, so that a slow client does not hold an upstream's time. What is larger
 * than the cap is answered with 413.
 *
 * @param maxBytes of a request's body
 */
public record BufferPolicy(long maxBytes) implements FilterPolicy {
    public BufferPolicy {
        if (maxBytes < 1) {
            throw new IllegalArgumentException("max_request_bytes: " + maxBytes + " (expected: > 0)");
        }
    }

    @Override
    public Filter filter() {
        return new BufferFilter(maxBytes);
    }

    /** Immutable. */
    private record BufferFilter(long maxBytes) implements Filter {
        @Override
        public Next requestHead(RequestExchange exchange, RequestHead head, boolean end) {
            // The bytes of a tunnel, whose end nobody knows, are no request to wait for.
            return end || head.asksForTunnel() ? Next.CONTINUE : exchange.awaitRequest(maxBytes);
        }
    }
}
