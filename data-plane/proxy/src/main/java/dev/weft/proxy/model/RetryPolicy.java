package dev.weft.proxy.model;

import dev.weft.proxy.model.RouteMatch.NamedMatch;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * When and how a failed try is repeated; made by a {@link #builder}.
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

    /** Begins with the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** No retries but those that need no policy, for which so much of a request is kept. */
    public static RetryPolicy keeping(int bytes) {
        return builder().retries(0).maxBufferedBytes(bytes).build();
    }

    /**
     * A policy in the making; what each setting is, the record says. One retry, of nothing but what needs no policy, where nothing is
     * said. Confined to the thread that builds.
     */
    public static final class Builder {
        private Set<Condition> on = Set.of();
        private Set<Integer> statuses = Set.of();
        private int retries = 1;
        private Duration perTryTimeout = Duration.ZERO;
        private Duration baseBackoff = Duration.ofMillis(25);
        private Duration maxBackoff = Duration.ofMillis(250);
        private int maxBufferedBytes = 64 * 1024;
        private List<NamedMatch> responseHeaders = List.of();
        private List<NamedMatch> requestHeaders = List.of();
        private Optional<RateLimited> rateLimited = Optional.empty();

        private Builder() {}

        public Builder on(Set<Condition> value) {
            on = value;
            return this;
        }

        public Builder statuses(Set<Integer> value) {
            statuses = value;
            return this;
        }

        public Builder retries(int value) {
            retries = value;
            return this;
        }

        public Builder perTryTimeout(Duration value) {
            perTryTimeout = value;
            return this;
        }

        public Builder baseBackoff(Duration value) {
            baseBackoff = value;
            return this;
        }

        public Builder maxBackoff(Duration value) {
            maxBackoff = value;
            return this;
        }

        public Builder maxBufferedBytes(int value) {
            maxBufferedBytes = value;
            return this;
        }

        public Builder responseHeaders(List<NamedMatch> value) {
            responseHeaders = value;
            return this;
        }

        public Builder requestHeaders(List<NamedMatch> value) {
            requestHeaders = value;
            return this;
        }

        public Builder rateLimited(RateLimited value) {
            rateLimited = Optional.of(value);
            return this;
        }

        /**
         * @throws IllegalArgumentException where a value is out of its range; the message names the field
         */
        public RetryPolicy build() {
            return new RetryPolicy(
                    on,
                    statuses,
                    retries,
                    perTryTimeout,
                    baseBackoff,
                    maxBackoff,
                    maxBufferedBytes,
                    responseHeaders,
                    requestHeaders,
                    rateLimited);
        }
    }
}
