package dev.weft.proxy.model;

import dev.weft.proxy.model.HttpOptions.AccessLog;
import java.time.Duration;
import java.util.List;

/**
 * How opaque connections are carried.
 *
 * @param maxConnectAttempts how many endpoints are tried, one after the other, before the connection is given up
 * @param hashSource whether the client's address decides the endpoint, where the cluster's balancing looks at a hash
 * @param idleTimeout a connection on which nothing moves either way is closed after it; zero for no limit
 * @param maxDuration a connection is closed when it has lived so long; zero for no limit
 * @param drainTimeout how long connections may take to end once their chain is gone
 * @param accessLog how each connection is logged at its end
 * @param logs more lines of the access log for each connection, in words of one's own
 */
public record TcpOptions(
        int maxConnectAttempts,
        boolean hashSource,
        Duration idleTimeout,
        Duration maxDuration,
        Duration drainTimeout,
        AccessLog accessLog,
        List<LogFormat> logs) {
    public static final TcpOptions DEFAULT =
            new TcpOptions(3, false, Duration.ofHours(1), Duration.ZERO, Duration.ofSeconds(5), AccessLog.OFF);

    /** Without lines in words of one's own. */
    public TcpOptions(
            int maxConnectAttempts,
            boolean hashSource,
            Duration idleTimeout,
            Duration maxDuration,
            Duration drainTimeout,
            AccessLog accessLog) {
        this(maxConnectAttempts, hashSource, idleTimeout, maxDuration, drainTimeout, accessLog, List.of());
    }

    public TcpOptions {
        logs = List.copyOf(logs);
        Check.range(maxConnectAttempts, 1, Integer.MAX_VALUE, "max_connect_attempts");
        Check.notNegative(idleTimeout, "idle_timeout");
        Check.notNegative(maxDuration, "max_downstream_connection_duration");
        Check.notNegative(drainTimeout, "drain_timeout");
    }

    /** The same with another number of endpoints that are tried. */
    public TcpOptions withConnectAttempts(int other) {
        return new TcpOptions(other, hashSource, idleTimeout, maxDuration, drainTimeout, accessLog, logs);
    }

    /** The same with another access log. */
    public TcpOptions withAccessLog(AccessLog other) {
        return new TcpOptions(maxConnectAttempts, hashSource, idleTimeout, maxDuration, drainTimeout, other, logs);
    }

    /** The same with these lines of the access log. */
    public TcpOptions withLogs(List<LogFormat> others) {
        return new TcpOptions(
                maxConnectAttempts, hashSource, idleTimeout, maxDuration, drainTimeout, accessLog, others);
    }
}
