package dev.weft.proxy.model;

import dev.weft.proxy.model.RouteMatch.NamedMatch;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * When and how a failed try is repeated.
 *
 * @param on conditions; a request that was certainly not processed is repeated even if none is named
 * @param statuses repeated where {@link Condition#RETRIABLE_STATUS} is named
 * @param retries tries after the first
 * @param perTryTimeout zero for none
 * @param baseBackoff the first wait is random up to it, and each further one up to twice as much
 * @param maxBackoff no wait is longer, unless the response asks for it ({@code Retry-After})
 * @param maxBufferedBytes a request body beyond it is not kept, and the request not repeated
 * @param responseHeaders one of them is enough where {@link Condition#RETRIABLE_HEADERS} is named; {@code :status} is one too
 * @param requestHeaders of which a request has to have one, or nothing of it is repeated by this policy; none for all requests
 * @param rateLimited how an upstream says when to come back; absent, that is Retry-After in seconds, up to five
 */
public record RetryPolicy(
        Set<Condition> on,
        Set<Integer> statuses,
        int retries,
        Duration perTryTimeout,
        Duration baseBackoff,
        Duration maxBackoff,
        int maxBufferedBytes,
        List<NamedMatch> responseHeaders,
        List<NamedMatch> requestHeaders,
        Optional<RateLimited> rateLimited) {
    /** What is repeated. The names are Envoy's with underscores. */
    public enum Condition {
        /** No connection could be made. */
        CONNECT_FAILURE,
        /** The upstream refused the stream unprocessed. */
        REFUSED_STREAM,
        /** The stream or connection broke, or a try timed out, before a response. */
        RESET,
        /** 502, 503 or 504. */
        GATEWAY_ERROR,
        /** Any 5xx, or no response. */
        FIVE_XX,
        /** 409. */
        RETRIABLE_4XX,
        /** One of {@link #statuses}. */
        RETRIABLE_STATUS,
        /** A response with certain fields. */
        RETRIABLE_HEADERS,
        /** A response with {@code x-envoy-ratelimited}, which is repeated for no other reason. */
        ENVOY_RATE_LIMITED,
        /** This one and the following: {@code grpc-status} in a head without a body. */
        GRPC_CANCELLED,
        GRPC_DEADLINE_EXCEEDED,
        GRPC_INTERNAL,
        GRPC_RESOURCE_EXHAUSTED,
        GRPC_UNAVAILABLE
    }

    /**
     * Fields of a response that say when to come back, the first of which that can be read counts. The wait is up to half as long
     * again, so that not all come back at once; without any it is the usual backoff.
     *
     * @param longest a longer wait is as if the field were not there
     */
    public record RateLimited(List<ResetHeader> headers, Duration longest) {
        public RateLimited {
            headers = List.copyOf(headers);
            if (headers.isEmpty()) {
                throw new IllegalArgumentException("reset_headers: empty (expected: at least one)");
            }
            Check.positive(longest, "max_interval");
        }
    }

    /**
     * @param unixTime whether it holds the second since 1970 at which to come back; otherwise, how many seconds to wait
     */
    public record ResetHeader(String name, boolean unixTime) {}

    /** Whatever request and response say in their fields. */
    public RetryPolicy(
            Set<Condition> on,
            Set<Integer> statuses,
            int retries,
            Duration perTryTimeout,
            Duration baseBackoff,
            Duration maxBackoff,
            int maxBufferedBytes) {
        this(
                on,
                statuses,
                retries,
                perTryTimeout,
                baseBackoff,
                maxBackoff,
                maxBufferedBytes,
                List.of(),
                List.of(),
                Optional.empty());
    }

    /** No retries but those that need no policy, for which so much of a request is kept. */
    public static RetryPolicy keeping(int bytes) {
        Duration unused = Duration.ofMillis(25);
        return new RetryPolicy(Set.of(), Set.of(), 0, Duration.ZERO, unused, unused, bytes);
    }

    public RetryPolicy {
        responseHeaders = List.copyOf(responseHeaders);
        requestHeaders = List.copyOf(requestHeaders);
        on = Set.copyOf(on);
        statuses = Set.copyOf(statuses);
        statuses.forEach(status -> Check.range(status, 100, 599, "retriable_status_codes"));
        Check.range(retries, 0, 100, "num_retries");
        Check.notNegative(perTryTimeout, "per_try_timeout");
        Check.positive(baseBackoff, "base_interval");
        Check.positive(maxBackoff, "max_interval");
        Check.range(maxBufferedBytes, 0, 64 << 20, "max_buffered_bytes");
    }
}
