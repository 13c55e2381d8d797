package dev.weft.proxy.tcp;

import dev.weft.proxy.failure.FailureAnswer;
import dev.weft.proxy.failure.ProxyFailure;
import dev.weft.proxy.http.Connection;
import dev.weft.proxy.http.StreamReset;
import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.HttpOptions.AccessLog;
import dev.weft.proxy.telemetry.ConnectionCounters;
import dev.weft.proxy.telemetry.ConnectionRecord;
import org.jspecify.annotations.Nullable;

/**
 * What is told of one opaque connection: numbers while it lives, and a line of the access log at its end, which comes once.
 *
 * <p>Confined to its event loop.
 */
final class ConnectionAccount {
    private final TcpLoop loop;
    private final Connection connection;
    private final String listener;
    private final AccessLog accessLog;
    private final ConnectionCounters downstream;
    private final long startNanos;
    private long receivedBytes;
    private long sentBytes;
    private int tries;
    private @Nullable ClusterName cluster;
    private @Nullable String endpoint;

    /** Of the cluster, while there is a connection to it. */
    private @Nullable ConnectionCounters upstream;

    private @Nullable ProxyFailure failure;
    private boolean over;

    ConnectionAccount(TcpLoop loop, Connection connection, String listener, AccessLog accessLog) {
        this.loop = loop;
        this.connection = connection;
        this.listener = listener;
        this.accessLog = accessLog;
        this.downstream = loop.telemetry().tcpListener(listener);
        this.startNanos = loop.timer().nanos();
        downstream.begun();
    }

    void chosen(ClusterName name) {
        cluster = name;
    }

    void connecting(String to) {
        endpoint = to;
        tries++;
    }

    void connectFailed(ClusterName name) {
        loop.telemetry().tcpCluster(name).connectFailed();
    }

    void connected(ClusterName name) {
        upstream = loop.telemetry().tcpCluster(name);
        upstream.begun();
    }

    /** The client has sent these. */
    void fromClient(int bytes) {
        receivedBytes += bytes;
        downstream.received(bytes);
        if (upstream != null) {
            upstream.sent(bytes);
        }
    }

    /** The endpoint has sent these. */
    void fromEndpoint(int bytes) {
        sentBytes += bytes;
        downstream.sent(bytes);
        if (upstream != null) {
            upstream.received(bytes);
        }
    }

    /** Says why the connection ends; what follows from that is no news. */
    void failed(ProxyFailure why) {
        if (failure == null && !over) {
            failure = why;
            loop.telemetry().failed(FailureAnswer.of(why).label());
        }
    }

    /** The client's side broke, or was closed by us. */
    void clientLost(StreamReset how) {
        failed(new ProxyFailure.ClientGone(how));
    }

    void endpointLost() {
        ClusterName to = cluster;
        if (to != null) {
            failed(new ProxyFailure.UpstreamReset(
                    to, String.valueOf(endpoint), StreamReset.CONNECTION_CLOSED, sentBytes > 0));
        }
    }

    void end() {
        if (over) {
            return;
        }
        over = true;
        downstream.ended();
        if (upstream != null) {
            upstream.ended();
        }
        if (accessLog != AccessLog.OFF) {
            log();
        }
    }

    private void log() {
        ConnectionRecord record = loop.accessLog().connection();
        record.listener = listener;
        record.peer = connection.remoteIp();
        record.serverName = connection.tlsServerName();
        record.receivedBytes = receivedBytes;
        record.sentBytes = sentBytes;
        record.durationNanos = loop.timer().nanos() - startNanos;
        record.cluster = cluster == null ? null : cluster.value();
        record.upstream = endpoint;
        record.tries = tries;
        record.failureFlag = failure == null ? null : FailureAnswer.of(failure).flag();
        record.failureReason = failure == null ? null : failure.reason();
        loop.accessLog().logConnection(accessLog);
    }
}
