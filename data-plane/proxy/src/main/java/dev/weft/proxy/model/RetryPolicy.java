package dev.weft.proxy.model;

import java.time.Duration;
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
 */
public record RetryPolicy(
        Set<Condition> on,
        Set<Integer> statuses,
        int retries,
        Duration perTryTimeout,
        Duration baseBackoff,
        Duration maxBackoff,
        int maxBufferedBytes) {
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
        /** This one and the following: {@code grpc-status} in a head without a body. */
        GRPC_CANCELLED,
        GRPC_DEADLINE_EXCEEDED,
        GRPC_INTERNAL,
        GRPC_RESOURCE_EXHAUSTED,
        GRPC_UNAVAILABLE
    }

    public RetryPolicy {
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
