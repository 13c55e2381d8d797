package dev.weft.proxy.filter.fault;

import dev.weft.proxy.filter.Filter;
import dev.weft.proxy.filter.FilterPolicy;
import dev.weft.proxy.model.RouteMatch.NamedMatch;
import dev.weft.proxy.model.Share;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Which requests are delayed, and which are not answered by their upstream. A request may be both, in this order.
 *
 * @param headers what a request must be like for any of it; may be empty
 * @param maxActive while so many requests are delayed, others meet no fault
 */
public record FaultPolicy(Optional<Delay> delay, Optional<Abort> abort, List<NamedMatch> headers, int maxActive)
        implements FilterPolicy {
    private static final int MIN_STATUS = 200;
    private static final int MAX_STATUS = 599;
    private static final int MAX_GRPC_STATUS = 16;

    /**
     * @param fixed how long; absent where the request says so, in milliseconds, in {@code x-envoy-fault-delay-request}
     */
    public record Delay(Optional<Duration> fixed, Share share) {
        public Delay {
            if (fixed.isPresent() && (fixed.get().isZero() || fixed.get().isNegative())) {
                throw new IllegalArgumentException("fixed_delay: " + fixed.get() + " (expected: > 0)");
            }
        }
    }

    /**
     * @param status absent where the request says so, in {@code x-envoy-fault-abort-request}, or for gRPC in
     *     {@code x-envoy-fault-abort-grpc-request}
     */
    public record Abort(Optional<Status> status, Share share) {}

    /** With what a request is answered. */
    public sealed interface Status {
        record Http(int code) implements Status {
            public Http {
                if (!isStatus(code)) {
                    throw new IllegalArgumentException("http_status: " + code + " (expected: 200 to 599)");
                }
            }
        }

        record Grpc(int code) implements Status {
            public Grpc {
                if (!isGrpcStatus(code)) {
                    throw new IllegalArgumentException("grpc_status: " + code + " (expected: 0 to 16)");
                }
            }
        }
    }

    public FaultPolicy {
        headers = List.copyOf(headers);
        if (maxActive < 0) {
            throw new IllegalArgumentException("max_active_faults: " + maxActive + " (expected: >= 0)");
        }
    }

    /** For any number of requests at a time. */
    public FaultPolicy(Optional<Delay> delay, Optional<Abort> abort, List<NamedMatch> headers) {
        this(delay, abort, headers, Integer.MAX_VALUE);
    }

    static boolean isStatus(long code) {
        return code >= MIN_STATUS && code <= MAX_STATUS;
    }

    static boolean isGrpcStatus(long code) {
        return code >= 0 && code <= MAX_GRPC_STATUS;
    }

    @Override
    public Filter filter() {
        return new FaultFilter(this);
    }
}
