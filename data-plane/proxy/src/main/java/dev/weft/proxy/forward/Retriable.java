package dev.weft.proxy.forward;

import dev.weft.proxy.failure.ProxyFailure;
import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.model.RetryPolicy;
import dev.weft.proxy.model.RetryPolicy.Condition;
import dev.weft.proxy.route.RetryRules;
import org.jspecify.annotations.Nullable;

/**
 * Whether a try that failed may be repeated. Pure.
 *
 * <p>Two questions are kept apart. A request that was certainly not processed (no connection, REFUSED_STREAM, GOAWAY), or that is
 * idempotent and was lost with its connection before the client got anything (RFC 9110, section 9.2.2), is repeated without being
 * asked, and the policy does not count it: this is how a mesh loses an instance and no request. It is bounded by
 * {@link RetryState}, so that a request that kills whoever gets it meets few, and an upstream that refuses all is not sent
 * much more for it. All else is repeated only where the route's policy says so.
 */
enum Retriable {
    NO,
    BY_POLICY,
    /** Idempotent or not sent at all, but it may be what ends whoever gets it. */
    SAFELY,
    /** Not looked at, by a peer that may be overloaded. */
    REFUSED,
    /** Not looked at, by a peer that takes others: it is only for another connection to take it. */
    ELSEWHERE;

    /** For a try of whose response, if it had begun, nothing was passed on. */
    static Retriable afterFailure(ProxyFailure failure, @Nullable RetryPolicy policy, String method) {
        return switch (failure) {
            case ProxyFailure.ConnectFailed f ->
                switch (f.cause().reason()) {
                    case REFUSED, UNREACHABLE, TIMEOUT, TLS, TLS_TIMEOUT -> SAFELY;
                    case OVERFLOW, CLOSED -> NO;
                };
            case ProxyFailure.UpstreamReset f -> afterReset(f, policy, method);
            case ProxyFailure.TimedOut f ->
                switch (f.limit()) {
                    case PER_TRY, UPSTREAM_STREAM -> namesReset(policy) ? BY_POLICY : NO;
                    case ROUTE, STREAM, STREAM_IDLE, BODY_IDLE, BODY_RATE, REQUEST, CONNECTION -> NO;
                };
            case ProxyFailure.NoRoute _,
                    ProxyFailure.PathRefused _,
                    ProxyFailure.NoCluster _,
                    ProxyFailure.NoClusterNamed _,
                    ProxyFailure.NoHealthyEndpoint _,
                    ProxyFailure.Overflow _,
                    ProxyFailure.UpgradeRefused _,
                    ProxyFailure.BodyTooLarge _,
                    ProxyFailure.RateLimited _,
                    ProxyFailure.FaultInjected _,
                    ProxyFailure.BadEncoding _,
                    ProxyFailure.FilterFailed _,
                    ProxyFailure.Broken _,
                    ProxyFailure.Overloaded _,
                    ProxyFailure.ClientGone _ -> NO;
        };
    }

    private static Retriable afterReset(ProxyFailure.UpstreamReset reset, @Nullable RetryPolicy policy, String method) {
        return switch (reset.cause()) {
            case REFUSED -> reset.responseStarted() ? NO : REFUSED;
            case NOT_TAKEN -> ELSEWHERE;
            case CONNECTION_CLOSED_UNANSWERED, CONNECTION_CLOSED ->
                isIdempotent(method) ? SAFELY : byPolicy(reset, policy);
            case CANCELLED, PROTOCOL_ERROR, PEER_ERROR, LIMIT, TIMED_OUT, SHUTDOWN -> byPolicy(reset, policy);
        };
    }

    private static Retriable byPolicy(ProxyFailure.UpstreamReset reset, @Nullable RetryPolicy policy) {
        return !reset.responseStarted() && namesReset(policy) ? BY_POLICY : NO;
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

    /** As in Envoy, what a rate limit of a proxy behind us has answered is repeated only where that is named. */
    static boolean afterResponse(RetryPolicy policy, @Nullable RetryRules rules, int status, Headers headers) {
        boolean named = policy.on().contains(Condition.ENVOY_RATE_LIMITED);
        boolean wanted = isWanted(policy, rules, status, headers);
        boolean limited = (named || wanted) && headers.contains(HeaderName.X_ENVOY_RATELIMITED);
        return limited ? named : wanted;
    }

    private static boolean isWanted(RetryPolicy policy, @Nullable RetryRules rules, int status, Headers headers) {
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
        if (rules != null && policy.on().contains(Condition.RETRIABLE_HEADERS) && rules.want(status, headers)) {
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
