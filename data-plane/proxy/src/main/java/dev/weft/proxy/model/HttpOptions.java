package dev.weft.proxy.model;

import java.time.Duration;
import java.util.List;

/**
 * Limits, deadlines and header habits of an HTTP listener, made by a {@link #builder}. The defaults are finite on purpose.
 *
 * @param codec which versions are accepted
 * @param maxRequestLineBytes request line, HTTP/1
 * @param maxHeaderBytes all fields of a head together
 * @param maxHeaders number of fields of a head
 * @param maxTrailerBytes all trailer fields together
 * @param maxConcurrentStreams HTTP/2 streams a client may have open on one connection
 * @param headTimeout from the first byte of a request to the end of its head
 * @param idleTimeout a connection without a request is closed after it
 * @param streamIdleTimeout a request whose bodies do not move is ended after it; zero for never, at whatever rate they come
 * @param requestTimeout whole request received within, where its response does not begin earlier; zero for none
 * @param bodyRate how fast a client must send the body of a request at least
 * @param drainTimeout how long a draining connection may finish its requests
 * @param useRemoteAddress true at the edge: the peer's address is appended to X-Forwarded-For and what clients claim is not
 *     trusted; false behind a trusted proxy
 * @param trustedHops how many proxies in front are trusted when the client's address is taken from X-Forwarded-For
 * @param via the pseudonym in Via, or empty to add none
 * @param serverName value of the Server field where the origin sent none, or empty
 * @param requestId whether a missing X-Request-Id is made
 * @param stripPort whether the port of an authority is left out of the match against hosts
 * @param allowConnect whether CONNECT is accepted
 * @param accessLog how each request is logged
 * @param http2 windows and limits where HTTP/2 is spoken
 * @param target what becomes of host and path before a request is routed
 * @param clientCertificate what origins are told of the certificates that clients show
 * @param habits what is added to heads
 * @param logs more lines of the access log for each request, in words of one's own
 * @param lifetimes how long its connections and their streams may live; a route may say otherwise of a stream
 * @param clients what clients may do
 * @param replies what becomes of answers that the proxy gives by itself
 */
public record HttpOptions(
        Codec codec,
        int maxRequestLineBytes,
        int maxHeaderBytes,
        int maxHeaders,
        int maxTrailerBytes,
        int maxConcurrentStreams,
        Duration headTimeout,
        Duration idleTimeout,
        Duration streamIdleTimeout,
        Duration requestTimeout,
        BodyRate bodyRate,
        Duration drainTimeout,
        boolean useRemoteAddress,
        int trustedHops,
        String via,
        String serverName,
        boolean requestId,
        boolean stripPort,
        boolean allowConnect,
        AccessLog accessLog,
        Http2Options http2,
        TargetRules target,
        ClientCertificateForwarding clientCertificate,
        HeaderHabits habits,
        List<LogFormat> logs,
        Lifetimes lifetimes,
        ClientRules clients,
        LocalReplyRules replies) {
    /** Versions a listener accepts. */
    public enum Codec {
        AUTO,
        HTTP1,
        HTTP2
    }

    /** One line a request, or none. */
    public enum AccessLog {
        OFF,
        TEXT,
        JSON
    }

    /**
     * A least rate of a request's body, judged while the proxy takes what comes and no response has begun. It is not for what
     * clients rightly send at their leisure: gRPC messages, tunnels.
     *
     * @param bytes expected in each span; zero for no least rate
     * @param within length of a span, so that a network that stands still for a moment is no fault
     */
    public record BodyRate(int bytes, Duration within) {
        public static final BodyRate DEFAULT = new BodyRate(2000, Duration.ofSeconds(20));
        public static final BodyRate NONE = new BodyRate(0, Duration.ofSeconds(20));

        public BodyRate {
            Check.range(bytes, 0, 1 << 30, "body_rate.bytes");
            Check.positive(within, "body_rate.within");
        }
    }

    public static final HttpOptions DEFAULT = builder().build();

    public HttpOptions {
        logs = List.copyOf(logs);
        Check.range(maxRequestLineBytes, 256, 1 << 20, "max_request_line_bytes");
        Check.range(maxHeaderBytes, 1024, 1 << 20, "max_header_bytes");
        Check.range(maxHeaders, 1, 10_000, "max_headers");
        Check.range(maxTrailerBytes, 0, 1 << 20, "max_trailer_bytes");
        Check.range(maxConcurrentStreams, 1, Integer.MAX_VALUE, "max_concurrent_streams");
        Check.positive(headTimeout, "head_timeout");
        Check.positive(idleTimeout, "idle_timeout");
        Check.notNegative(streamIdleTimeout, "stream_idle_timeout");
        Check.notNegative(requestTimeout, "request_timeout");
        Check.notNegative(drainTimeout, "drain_timeout");
        Check.fieldValue(serverName, "server_name");
        if (!via.isEmpty()) {
            Check.authority(via, "via"); // or a pseudonym, which is a token (RFC 9110, section 7.6.3)
        }
    }

    /** Begins with the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** Begins with what is here. */
    public Builder toBuilder() {
        return new Builder(this);
    }

    /**
     * Options in the making; what each is, the record says. Confined to the thread that builds.
     */
    public static final class Builder {
        private Codec codec = Codec.AUTO;
        private int maxRequestLineBytes = 8 * 1024;
        private int maxHeaderBytes = 60 * 1024;
        private int maxHeaders = 100;
        private int maxTrailerBytes = 64 * 1024;
        private int maxConcurrentStreams = 100;
        private Duration headTimeout = Duration.ofSeconds(15);
        private Duration idleTimeout = Duration.ofHours(1);
        private Duration streamIdleTimeout = Duration.ofMinutes(5);
        private Duration requestTimeout = Duration.ZERO;
        private BodyRate bodyRate = BodyRate.DEFAULT;
        private Duration drainTimeout = Duration.ofSeconds(5);
        private boolean useRemoteAddress = true;
        private int trustedHops;
        private String via = "";
        private String serverName = "";
        private boolean requestId = true;
        private boolean stripPort = true;
        private boolean allowConnect;
        private AccessLog accessLog = AccessLog.OFF;
        private Http2Options http2 = Http2Options.DEFAULT;
        private TargetRules target = TargetRules.NONE;
        private ClientCertificateForwarding clientCertificate = ClientCertificateForwarding.DEFAULT;
        private HeaderHabits habits = HeaderHabits.DEFAULT;
        private List<LogFormat> logs = List.of();
        private Lifetimes lifetimes = Lifetimes.UNLIMITED;
        private ClientRules clients = ClientRules.DEFAULT;
        private LocalReplyRules replies = LocalReplyRules.NONE;

        private Builder() {}

        private Builder(HttpOptions from) {
            codec = from.codec;
            maxRequestLineBytes = from.maxRequestLineBytes;
            maxHeaderBytes = from.maxHeaderBytes;
            maxHeaders = from.maxHeaders;
            maxTrailerBytes = from.maxTrailerBytes;
            maxConcurrentStreams = from.maxConcurrentStreams;
            headTimeout = from.headTimeout;
            idleTimeout = from.idleTimeout;
            streamIdleTimeout = from.streamIdleTimeout;
            requestTimeout = from.requestTimeout;
            bodyRate = from.bodyRate;
            drainTimeout = from.drainTimeout;
            useRemoteAddress = from.useRemoteAddress;
            trustedHops = from.trustedHops;
            via = from.via;
            serverName = from.serverName;
            requestId = from.requestId;
            stripPort = from.stripPort;
            allowConnect = from.allowConnect;
            accessLog = from.accessLog;
            http2 = from.http2;
            target = from.target;
            clientCertificate = from.clientCertificate;
            habits = from.habits;
            logs = from.logs;
            lifetimes = from.lifetimes;
            clients = from.clients;
            replies = from.replies;
        }

        public Builder codec(Codec value) {
            codec = value;
            return this;
        }

        public Builder maxRequestLineBytes(int value) {
            maxRequestLineBytes = value;
            return this;
        }

        public Builder maxHeaderBytes(int value) {
            maxHeaderBytes = value;
            return this;
        }

        public Builder maxHeaders(int value) {
            maxHeaders = value;
            return this;
        }

        public Builder maxTrailerBytes(int value) {
            maxTrailerBytes = value;
            return this;
        }

        public Builder maxConcurrentStreams(int value) {
            maxConcurrentStreams = value;
            return this;
        }

        public Builder headTimeout(Duration value) {
            headTimeout = value;
            return this;
        }

        public Builder idleTimeout(Duration value) {
            idleTimeout = value;
            return this;
        }

        public Builder streamIdleTimeout(Duration value) {
            streamIdleTimeout = value;
            return this;
        }

        public Builder requestTimeout(Duration value) {
            requestTimeout = value;
            return this;
        }

        public Builder bodyRate(BodyRate value) {
            bodyRate = value;
            return this;
        }

        public Builder drainTimeout(Duration value) {
            drainTimeout = value;
            return this;
        }

        public Builder useRemoteAddress(boolean value) {
            useRemoteAddress = value;
            return this;
        }

        public Builder trustedHops(int value) {
            trustedHops = value;
            return this;
        }

        public Builder via(String value) {
            via = value;
            return this;
        }

        public Builder serverName(String value) {
            serverName = value;
            return this;
        }

        public Builder requestId(boolean value) {
            requestId = value;
            return this;
        }

        public Builder stripPort(boolean value) {
            stripPort = value;
            return this;
        }

        public Builder allowConnect(boolean value) {
            allowConnect = value;
            return this;
        }

        public Builder accessLog(AccessLog value) {
            accessLog = value;
            return this;
        }

        public Builder http2(Http2Options value) {
            http2 = value;
            return this;
        }

        public Builder target(TargetRules value) {
            target = value;
            return this;
        }

        public Builder clientCertificate(ClientCertificateForwarding value) {
            clientCertificate = value;
            return this;
        }

        public Builder habits(HeaderHabits value) {
            habits = value;
            return this;
        }

        /** Replaces those that are there. */
        public Builder logs(List<LogFormat> formats) {
            logs = formats;
            return this;
        }

        public Builder lifetimes(Lifetimes value) {
            lifetimes = value;
            return this;
        }

        public Builder clients(ClientRules value) {
            clients = value;
            return this;
        }

        public Builder replies(LocalReplyRules value) {
            replies = value;
            return this;
        }

        /**
         * @throws IllegalArgumentException where a value is out of its range; the message names the field
         */
        public HttpOptions build() {
            return new HttpOptions(
                    codec,
                    maxRequestLineBytes,
                    maxHeaderBytes,
                    maxHeaders,
                    maxTrailerBytes,
                    maxConcurrentStreams,
                    headTimeout,
                    idleTimeout,
                    streamIdleTimeout,
                    requestTimeout,
                    bodyRate,
                    drainTimeout,
                    useRemoteAddress,
                    trustedHops,
                    via,
                    serverName,
                    requestId,
                    stripPort,
                    allowConnect,
                    accessLog,
                    http2,
                    target,
                    clientCertificate,
                    habits,
                    logs,
                    lifetimes,
                    clients,
                    replies);
        }
    }
}
