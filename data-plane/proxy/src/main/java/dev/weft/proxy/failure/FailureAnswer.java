package dev.weft.proxy.failure;

import dev.weft.proxy.failure.ProxyFailure.TimedOut.Limit;
import dev.weft.proxy.http.StreamReset;

/**
 * How a failure is answered, counted and logged: the one table. Immutable.
 *
 * @param status HTTP status
 * @param grpcStatus what a gRPC request gets instead, in trailers with HTTP 200
 * @param label value of {@code reason} in metrics
 * @param flag in access logs; Envoy's letters, since people know them
 * @param clientText what the client may know
 */
public record FailureAnswer(int status, int grpcStatus, String label, String flag, String clientText) {
    private static final int DEADLINE_EXCEEDED = 4;
    private static final int PERMISSION_DENIED = 7;
    private static final int RESOURCE_EXHAUSTED = 8;
    private static final int UNIMPLEMENTED = 12;
    private static final int INTERNAL = 13;
    private static final int UNAVAILABLE = 14;
    private static final int CANCELLED = 1;

    private static final FailureAnswer NO_ROUTE = of(404, UNIMPLEMENTED, "no_route", "NR", "no route matches");
    private static final FailureAnswer BAD_PATH = of(400, INTERNAL, "bad_path", "DPE", "path is ambiguous");
    private static final FailureAnswer NO_CLUSTER = of(503, UNAVAILABLE, "no_cluster", "NC", "no such cluster");
    private static final FailureAnswer NO_ENDPOINT =
            of(503, UNAVAILABLE, "no_healthy_endpoint", "UH", "no healthy upstream");
    private static final FailureAnswer OVERFLOW = of(503, UNAVAILABLE, "overflow", "UO", "upstream is overloaded");
    private static final FailureAnswer CONNECT_FAILED =
            of(503, UNAVAILABLE, "connect_failed", "UF", "upstream cannot be reached");
    private static final FailureAnswer CONNECT_TIMEOUT =
            of(504, UNAVAILABLE, "connect_timeout", "UF", "upstream cannot be reached in time");
    private static final FailureAnswer TLS_TIMEOUT =
            of(504, UNAVAILABLE, "tls_timeout", "UF", "upstream cannot be reached in time");
    private static final FailureAnswer TLS_FAILED =
            of(503, UNAVAILABLE, "tls_failed", "UF", "upstream cannot be reached");
    private static final FailureAnswer CLOSING = of(503, UNAVAILABLE, "closing", "DO", "proxy is closing");
    private static final FailureAnswer CLOSED =
            of(503, UNAVAILABLE, "upstream_closed", "UC", "upstream closed the connection");
    private static final FailureAnswer REFUSED =
            of(503, UNAVAILABLE, "upstream_refused", "UR", "upstream refused the request");
    private static final FailureAnswer RESET =
            of(502, UNAVAILABLE, "upstream_reset", "UR", "upstream gave the request up");
    private static final FailureAnswer UPSTREAM_SILENT =
            of(504, DEADLINE_EXCEEDED, "upstream_silent", "UT", "upstream timed out");
    private static final FailureAnswer BAD_RESPONSE =
            of(502, INTERNAL, "upstream_protocol_error", "UPE", "upstream sent an invalid response");
    private static final FailureAnswer ROUTE_TIMEOUT =
            of(504, DEADLINE_EXCEEDED, "route_timeout", "UT", "upstream timed out");
    private static final FailureAnswer TRY_TIMEOUT =
            of(504, DEADLINE_EXCEEDED, "per_try_timeout", "UT", "upstream timed out");
    private static final FailureAnswer STREAM_TIMEOUT =
            of(504, DEADLINE_EXCEEDED, "max_stream_duration", "DT", "stream lived too long");
    private static final FailureAnswer UPSTREAM_STREAM_TIMEOUT =
            of(504, DEADLINE_EXCEEDED, "upstream_max_stream_duration", "UMSDR", "upstream stream lived too long");
    private static final FailureAnswer IDLE_TIMEOUT =
            of(504, DEADLINE_EXCEEDED, "idle_timeout", "SI", "stream was idle too long");
    private static final FailureAnswer BODY_STOPPED =
            of(408, DEADLINE_EXCEEDED, "body_idle_timeout", "SI", "request body stopped");
    private static final FailureAnswer BODY_SLOW =
            of(408, DEADLINE_EXCEEDED, "body_rate", "RT", "request body is too slow");
    private static final FailureAnswer REQUEST_TIMEOUT =
            of(408, DEADLINE_EXCEEDED, "request_timeout", "RT", "request took too long");
    private static final FailureAnswer CONNECTION_TIMEOUT =
            of(504, DEADLINE_EXCEEDED, "max_duration", "DT", "connection lived too long");
    private static final FailureAnswer UPGRADE_REFUSED =
            of(403, PERMISSION_DENIED, "upgrade_refused", "UPG", "upgrade is not allowed");
    private static final FailureAnswer TOO_LARGE =
            of(413, RESOURCE_EXHAUSTED, "body_too_large", "PTL", "request body is too large");
    private static final FailureAnswer FILTER_FAILED = of(500, INTERNAL, "filter_failed", "FF", "internal error");
    private static final FailureAnswer BROKEN = of(500, INTERNAL, "broken", "IE", "internal error");
    private static final FailureAnswer OVERLOADED = of(503, UNAVAILABLE, "overloaded", "OM", "proxy is overloaded");
    private static final FailureAnswer CLIENT_GONE = of(499, CANCELLED, "client_gone", "DC", "");
    private static final FailureAnswer HEAD_TIMEOUT = of(408, DEADLINE_EXCEEDED, "head_timeout", "RT", "");
    private static final FailureAnswer BAD_REQUEST = of(400, INTERNAL, "bad_request", "DPE", "");

    public static FailureAnswer of(ProxyFailure failure) {
        return switch (failure) {
            case ProxyFailure.NoRoute _ -> NO_ROUTE;
            case ProxyFailure.PathRefused _ -> BAD_PATH;
            case ProxyFailure.NoCluster _, ProxyFailure.NoClusterNamed _ -> NO_CLUSTER;
            case ProxyFailure.NoHealthyEndpoint _ -> NO_ENDPOINT;
            case ProxyFailure.Overflow _ -> OVERFLOW;
            case ProxyFailure.ConnectFailed f ->
                switch (f.cause().reason()) {
                    case REFUSED, UNREACHABLE -> CONNECT_FAILED;
                    case TIMEOUT -> CONNECT_TIMEOUT;
                    case TLS -> TLS_FAILED;
                    case TLS_TIMEOUT -> TLS_TIMEOUT;
                    case OVERFLOW -> OVERFLOW;
                    case CLOSED -> CLOSING;
                };
            case ProxyFailure.UpstreamReset f -> ofReset(f.cause());
            case ProxyFailure.TimedOut f -> ofTimeout(f.limit());
            case ProxyFailure.UpgradeRefused _ -> UPGRADE_REFUSED;
            case ProxyFailure.BodyTooLarge _ -> TOO_LARGE;
            case ProxyFailure.RateLimited f ->
                of(
                        f.status(),
                        f.resourceExhausted() ? RESOURCE_EXHAUSTED : UNAVAILABLE,
                        "rate_limited",
                        "RL",
                        "too many requests");
            case ProxyFailure.FaultInjected f ->
                of(f.status(), f.grpcStatus(), "fault_injected", "FI", "injected fault");
            case ProxyFailure.BadEncoding f ->
                of(f.ofRequest() ? 400 : 502, INTERNAL, "bad_encoding", "BE", "body cannot be decoded");
            case ProxyFailure.FilterFailed _ -> FILTER_FAILED;
            case ProxyFailure.Broken _ -> BROKEN;
            case ProxyFailure.Overloaded _ -> OVERLOADED;
            case ProxyFailure.ClientGone _ -> CLIENT_GONE;
        };
    }

    /** For what a codec has answered by itself, with that status, since it was no whole request: label and flag only. */
    public static FailureAnswer ofRefusal(int status) {
        return status == HEAD_TIMEOUT.status ? HEAD_TIMEOUT : BAD_REQUEST;
    }

    private static FailureAnswer ofReset(StreamReset cause) {
        return switch (cause) {
            case CONNECTION_CLOSED, CONNECTION_CLOSED_UNANSWERED -> CLOSED;
            case REFUSED, NOT_TAKEN -> REFUSED;
            case CANCELLED, PEER_ERROR -> RESET;
            case PROTOCOL_ERROR, LIMIT -> BAD_RESPONSE;
            case TIMED_OUT -> UPSTREAM_SILENT;
            case SHUTDOWN -> CLOSING;
        };
    }

    private static FailureAnswer ofTimeout(Limit limit) {
        return switch (limit) {
            case ROUTE -> ROUTE_TIMEOUT;
            case PER_TRY -> TRY_TIMEOUT;
            case STREAM -> STREAM_TIMEOUT;
            case UPSTREAM_STREAM -> UPSTREAM_STREAM_TIMEOUT;
            case STREAM_IDLE -> IDLE_TIMEOUT;
            case BODY_IDLE -> BODY_STOPPED;
            case BODY_RATE -> BODY_SLOW;
            case REQUEST -> REQUEST_TIMEOUT;
            case CONNECTION -> CONNECTION_TIMEOUT;
        };
    }

    private static FailureAnswer of(int status, int grpcStatus, String label, String flag, String clientText) {
        return new FailureAnswer(status, grpcStatus, label, flag, clientText);
    }
}
