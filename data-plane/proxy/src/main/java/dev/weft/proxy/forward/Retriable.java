package dev.weft.proxy.forward;

import dev.weft.proxy.failure.ProxyFailure;
import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.StreamReset;
import dev.weft.proxy.model.RetryPolicy;
import dev.weft.proxy.model.RetryPolicy.Condition;
import org.jspecify.annotations.Nullable;

/**
 * Whether a try that failed may be repeated. Pure.
 *
 * <p>Two questions are kept apart. A request that was certainly not processed (no connection, REFUSED_STREAM, GOAWAY), or that is
 * idempotent and was lost with a reused connection before any answer (RFC 9110, section 9.2.2), is repeated without being
 * asked: this costs the upstream nothing, so neither the policy nor the retry budget counts it. All else is repeated only where
 * the route's policy says so.
 */
enum Retriable {
    NO,
    BY_POLICY,
    SAFELY;

    static Retriable afterFailure(ProxyFailure failure, @Nullable RetryPolicy policy, String method) {
        return switch (failure) {
            case ProxyFailure.ConnectFailed f ->
                switch (f.cause().reason()) {
                    case REFUSED, UNREACHABLE, TIMEOUT, TLS -> SAFELY;
                    case OVERFLOW, CLOSED -> NO;
                };
            case ProxyFailure.UpstreamReset f -> afterReset(f, policy, method);
            case ProxyFailure.TimedOut f ->
                f.limit() == ProxyFailure.TimedOut.Limit.PER_TRY && namesReset(policy) ? BY_POLICY : NO;
            case ProxyFailure.NoRoute _,
                    ProxyFailure.NoCluster _,
                    ProxyFailure.NoHealthyEndpoint _,
                    ProxyFailure.Overflow _,
                    ProxyFailure.UpgradeRefused _,
                    ProxyFailure.BodyTooLarge _,
                    ProxyFailure.FilterFailed _,
                    ProxyFailure.Overloaded _,
                    ProxyFailure.ClientGone _ -> NO;
        };
    }

    private static Retriable afterReset(ProxyFailure.UpstreamReset reset, @Nullable RetryPolicy policy, String method) {
        if (reset.responseStarted()) {
            return NO;
        }
        if (reset.cause() == StreamReset.REFUSED) {
            return SAFELY;
        }
        if (reset.cause() == StreamReset.CONNECTION_CLOSED_UNANSWERED && isIdempotent(method)) {
            return SAFELY;
        }
        return namesReset(policy) ? BY_POLICY : NO;
    }

    /** As in Envoy, a reset counts as the 5xx that it would be answered with. */
    private static boolean namesReset(@Nullable RetryPolicy policy) {
        return policy != null
                && (policy.on().contains(Condition.RESET)
                        || policy.on().contains(Condition.FIVE_XX)
                        || policy.on().contains(Condition.GATEWAY_ERROR));
    }

    /** Whether a connect failure or a refusal is named, once the safe repeats are used up. */
    static boolean namesUnprocessed(@Nullable RetryPolicy policy) {
        return policy != null
                && (policy.on().contains(Condition.CONNECT_FAILURE)
                        || policy.on().contains(Condition.REFUSED_STREAM)
                        || namesReset(policy));
    }

    static boolean afterResponse(RetryPolicy policy, int status, Headers headers) {
        if (status >= 500) {
            boolean gateway = status >= 502 && status <= 504;
            if (policy.on().contains(Condition.FIVE_XX)
                    || (gateway && policy.on().contains(Condition.GATEWAY_ERROR))) {
                return true;
            }
        }
        if (status == 409 && policy.on().contains(Condition.RETRIABLE_4XX)) {
            return true;
        }
        if (policy.on().contains(Condition.RETRIABLE_STATUS)
                && policy.statuses().contains(status)) {
            return true;
        }
        Condition grpc = status == 200 ? grpcCondition(headers) : null;
        return grpc != null && policy.on().contains(grpc);
    }

    /** A gRPC failure in the head (trailers-only); one after data can be repeated no more. */
    private static @Nullable Condition grpcCondition(Headers headers) {
        int i = headers.indexOf(HeaderName.GRPC_STATUS, 0);
        if (i < 0) {
            return null;
        }
        return switch (headers.valueAt(i)) {
            case "1" -> Condition.GRPC_CANCELLED;
            case "4" -> Condition.GRPC_DEADLINE_EXCEEDED;
            case "8" -> Condition.GRPC_RESOURCE_EXHAUSTED;
            case "13" -> Condition.GRPC_INTERNAL;
            case "14" -> Condition.GRPC_UNAVAILABLE;
            default -> null;
        };
    }

    static boolean isIdempotent(String method) {
        return switch (method) {
            case "GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE" -> true;
            default -> false;
        };
    }
}
