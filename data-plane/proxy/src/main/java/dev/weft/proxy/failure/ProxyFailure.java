package dev.weft.proxy.failure;

import dev.weft.proxy.http.StreamReset;
import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.upstream.ConnectFailure;
import org.jspecify.annotations.Nullable;

/**
 * Why the proxy could not do what the client asked. Immutable. How each is answered, counted and logged says
 * {@link FailureAnswer#of}, and nothing else.
 *
 * <p>{@link #reason} is for the access log; it may name endpoints, so it never reaches a client.
 */
public sealed interface ProxyFailure {
    String reason();

    /** No virtual host or no rule matched. */
    record NoRoute(String authority, String path) implements ProxyFailure {
        @Override
        public String reason() {
            return "no route for " + authority + path;
        }
    }

    /** A path that the listener's rules do not let pass, because servers disagree about what it means. */
    record PathRefused(String path) implements ProxyFailure {
        @Override
        public String reason() {
            return "path is ambiguous: " + path;
        }
    }

    /** A filter chose a cluster that is not configured. */
    record NoCluster(ClusterName cluster) implements ProxyFailure {
        @Override
        public String reason() {
            return "cluster " + cluster + " is not known";
        }
    }

    /** The request lacks the field by which its route finds the cluster. */
    record NoClusterNamed(String route) implements ProxyFailure {
        @Override
        public String reason() {
            return "route " + route + ": the header that names the cluster is missing";
        }
    }

    /**
     * @param empty whether the cluster has no endpoints at all
     */
    record NoHealthyEndpoint(ClusterName cluster, boolean empty) implements ProxyFailure {
        @Override
        public String reason() {
            return "cluster " + cluster + (empty ? " has no endpoints" : " has no healthy endpoint");
        }
    }

    /**
     * @param limit its name in the configuration
     */
    record Overflow(ClusterName cluster, String limit) implements ProxyFailure {
        @Override
        public String reason() {
            return "cluster " + cluster + " is full: " + limit;
        }
    }

    record ConnectFailed(ClusterName cluster, String endpoint, ConnectFailure cause) implements ProxyFailure {
        @Override
        public String reason() {
            String what = switch (cause.reason()) {
                case REFUSED -> "connection refused by ";
                case UNREACHABLE -> "cannot reach ";
                case TIMEOUT -> "connect timeout to ";
                case TLS -> "TLS handshake failed with ";
                case TLS_TIMEOUT -> "TLS handshake timeout with ";
                case OVERFLOW -> "too many connections to ";
                case CLOSED -> "the proxy is closing, no connection to ";
            };
            return what + endpoint + " of cluster " + cluster + (cause.detail().isEmpty() ? "" : ": " + cause.detail());
        }
    }

    /** The upstream's stream or connection ended before its response did. */
    record UpstreamReset(ClusterName cluster, String endpoint, StreamReset cause, boolean responseStarted)
            implements ProxyFailure {
        @Override
        public String reason() {
            String what = switch (cause) {
                case CANCELLED -> "gave the request up";
                case REFUSED -> "refused the request";
                case NOT_TAKEN -> "left without taking the request";
                case CONNECTION_CLOSED_UNANSWERED, CONNECTION_CLOSED -> "closed the connection";
                case PROTOCOL_ERROR -> "broke the protocol";
                case PEER_ERROR -> "reported an error";
                case LIMIT -> "exceeded a limit";
                case TIMED_OUT -> "was silent too long";
                case SHUTDOWN -> "was cut off by our shutdown";
            };
            return endpoint + " of cluster " + cluster + " " + what
                    + (responseStarted ? " in the middle of its response" : " before a response");
        }
    }

    /**
     * @param endpoint whom we waited for, where it was an endpoint
     */
    record TimedOut(Limit limit, @Nullable String endpoint) implements ProxyFailure {
        /** Which deadline has passed. */
        public enum Limit {
            /** The route's timeout, or a shorter grpc-timeout of the client. */
            ROUTE("route timeout"),
            PER_TRY("timeout of the last try"),
            /** A stream has lived as long as it may, whatever it was at. */
            STREAM("longest time of a stream"),
            /** The same of the last try's stream. */
            UPSTREAM_STREAM("longest time of an upstream's stream"),
            /** Nothing moved in either direction. */
            STREAM_IDLE("idle timeout"),
            /** Nothing moved because the client stopped in the middle of its request. */
            BODY_IDLE("idle timeout, waiting for the rest of the request"),
            /** The client sends its request's body more slowly than it may. */
            BODY_RATE("request body slower than its least rate"),
            /** The client did not send its request in time. */
            REQUEST("request timeout"),
            /** An opaque connection has lived as long as it may. */
            CONNECTION("longest time of a connection");

            private final String text;

            Limit(String text) {
                this.text = text;
            }
        }

        @Override
        public String reason() {
            return limit.text + (endpoint == null ? "" : ", waiting for " + endpoint);
        }
    }

    /** The client asks to switch to a protocol that the route does not allow. */
    record UpgradeRefused(String protocol) implements ProxyFailure {
        @Override
        public String reason() {
            return "upgrade to " + protocol + " is not allowed by the route";
        }
    }

    /** A body is larger than a policy that has to hold it whole allows. */
    record BodyTooLarge(long limitBytes) implements ProxyFailure {
        @Override
        public String reason() {
            return "request body larger than " + limitBytes + " bytes";
        }
    }

    /**
     * More requests than a local rate limit allows.
     *
     * @param limit which of them
     */
    record RateLimited(String limit, int status, boolean resourceExhausted) implements ProxyFailure {
        @Override
        public String reason() {
            return "more requests than the rate limit of " + limit + " allows";
        }
    }

    /**
     * A fault was injected on purpose.
     *
     * @param grpcStatus what a gRPC request gets
     */
    record FaultInjected(int status, int grpcStatus) implements ProxyFailure {
        @Override
        public String reason() {
            return "injected fault: status " + status;
        }
    }

    /** A body that was to be decompressed is not what its content-encoding says, or grows without measure. */
    record BadEncoding(String encoding, String what, boolean ofRequest) implements ProxyFailure {
        @Override
        public String reason() {
            return (ofRequest ? "request" : "response") + " body is not " + encoding + ": " + what;
        }
    }

    /** A filter threw; the request fails alone. */
    record FilterFailed(String filter, String message) implements ProxyFailure {
        @Override
        public String reason() {
            return "filter " + filter + " failed: " + message;
        }
    }

    /** What is ours, or a balancing policy of a user's, threw; the request fails alone. */
    record Broken(String what) implements ProxyFailure {
        @Override
        public String reason() {
            return "unexpected: " + what;
        }
    }

    /** The proxy's memory is in use; load is shed before it ends. */
    record Overloaded(String what) implements ProxyFailure {
        @Override
        public String reason() {
            return "overloaded: " + what;
        }
    }

    /** The client went away before it had its response. */
    record ClientGone(StreamReset cause) implements ProxyFailure {
        @Override
        public String reason() {
            return switch (cause) {
                case PROTOCOL_ERROR -> "the client broke the protocol";
                case TIMED_OUT -> "the client was silent too long";
                case LIMIT -> "the client exceeded a limit";
                case SHUTDOWN -> "cut off by our shutdown";
                case CANCELLED, REFUSED, NOT_TAKEN, CONNECTION_CLOSED_UNANSWERED, CONNECTION_CLOSED, PEER_ERROR ->
                    "the client went away";
            };
        }
    }
}
