package dev.weft.proxy.tcp;

import dev.weft.proxy.failure.FailureAnswer;
import dev.weft.proxy.failure.ProxyFailure;
import dev.weft.proxy.format.RequestFacts;
import dev.weft.proxy.http.Connection;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.http.StreamReset;
import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.HttpOptions.AccessLog;
import dev.weft.proxy.model.TcpOptions;
import dev.weft.proxy.telemetry.ConnectionCounters;
import dev.weft.proxy.telemetry.ConnectionRecord;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What is told of one opaque connection: numbers while it lives, and a line of the access log at its end, which comes once.
 *
 * <p>Confined to its event loop.
 */
final class ConnectionAccount implements RequestFacts {
    private static final String UNKNOWN = "-";

    private final TcpLoop loop;
    private final Connection connection;
    private final String listener;
    private final TcpOptions options;
    private final ConnectionCounters downstream;
    private final long startNanos;
    private long receivedBytes;
    private long sentBytes;
    private int tries;
    private @Nullable ClusterName cluster;
    private @Nullable String endpoint;
    private @Nullable InetSocketAddress upstreamLocal;

    /** Of the cluster, while there is a connection to it. */
    private @Nullable ConnectionCounters upstream;

    private @Nullable ProxyFailure failure;
    private boolean over;

    ConnectionAccount(TcpLoop loop, Connection connection, String listener, TcpOptions options) {
        this.loop = loop;
        this.connection = connection;
        this.listener = listener;
        this.options = options;
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

    /** @param local our end of the connection */
    void connected(ClusterName name, @Nullable InetSocketAddress local) {
        upstreamLocal = local;
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
        if (options.accessLog() != AccessLog.OFF) {
            log();
        }
        options.logs().forEach(format -> loop.accessLog().log(format, this));
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
        loop.accessLog().logConnection(options.accessLog());
    }

    // ---- What lines in words of somebody's own may tell; of requests there is nothing ----

    @Override
    public Connection connection() {
        return connection;
    }

    @Override
    public @Nullable String protocol() {
        return null;
    }

    @Override
    public RequestHead request() {
        return new RequestHead()
                .method(UNKNOWN)
                .scheme(UNKNOWN)
                .authority(UNKNOWN)
                .path(UNKNOWN);
    }

    @Override
    public String routedPath() {
        return UNKNOWN;
    }

    @Override
    public String routedAuthority() {
        return UNKNOWN;
    }

    @Override
    public @Nullable ResponseHead response() {
        return null;
    }

    @Override
    public @Nullable String route() {
        return null;
    }

    @Override
    public @Nullable ClusterName cluster() {
        return cluster;
    }

    @Override
    public @Nullable String endpoint() {
        return endpoint;
    }

    @Override
    public @Nullable InetSocketAddress upstreamLocal() {
        return upstreamLocal;
    }

    @Override
    public long upstreamNanos() {
        return -1;
    }

    @Override
    public int tries() {
        return tries;
    }

    @Override
    public String peerAddress() {
        return connection.remoteIp();
    }

    @Override
    public String clientAddress() {
        return connection.remoteIp();
    }

    @Override
    public long startMillis() {
        return System.currentTimeMillis() - TimeUnit.NANOSECONDS.toMillis(elapsedNanos());
    }

    @Override
    public long elapsedNanos() {
        return loop.timer().nanos() - startNanos;
    }

    @Override
    public long receivedBytes() {
        return receivedBytes;
    }

    @Override
    public long sentBytes() {
        return sentBytes;
    }

    @Override
    public @Nullable String failureFlag() {
        return failure == null ? null : FailureAnswer.of(failure).flag();
    }

    @Override
    public @Nullable String failureLabel() {
        return failure == null ? null : FailureAnswer.of(failure).label();
    }
}
