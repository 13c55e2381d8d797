package dev.weft.proxy.forward;

import dev.weft.balance.health.Outcome;
import dev.weft.proxy.cluster.Cluster;
import dev.weft.proxy.cluster.ClusterEndpoint;
import dev.weft.proxy.failure.ProxyFailure;
import dev.weft.proxy.http.ClientConnection;
import dev.weft.proxy.http.ClientStream;
import dev.weft.proxy.http.ClientStreamHandler;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.http.StreamReset;
import dev.weft.proxy.telemetry.TrafficCounters;
import dev.weft.proxy.upstream.Acquisition;
import dev.weft.proxy.upstream.ConnectFailure;
import dev.weft.proxy.upstream.UpstreamPools;
import io.netty.buffer.ByteBuf;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One try of a request at one endpoint: waits for a connection, sends, and hands the response to its exchange. Ends exactly once,
 * and tells the cluster how; after its end nothing that still arrives is passed on.
 *
 * <p>Confined to its exchange's event loop.
 */
final class Attempt implements ClientStreamHandler, UpstreamPools.Callback {
    /** A span that was not measured. */
    static final long UNMEASURED = -1;

    private static final int CONNECTED = 200;

    private final Exchange exchange;
    private final ForwardLoop loop;
    private final Cluster cluster;
    private final ClusterEndpoint endpoint;
    private final TrafficCounters counters;
    private final long startNanos;

    /** Whether a retry permit of the cluster is held for this try. */
    private boolean holdsRetryPermit;

    private Acquisition acquisition = Acquisition.DONE;
    private @Nullable ClientStream stream;
    private int status;
    private long nanosToHead = UNMEASURED;
    private boolean over;

    Attempt(Exchange exchange, ForwardLoop loop, Cluster cluster, ClusterEndpoint endpoint, boolean holdsRetryPermit) {
        this.exchange = exchange;
        this.loop = loop;
        this.cluster = cluster;
        this.endpoint = endpoint;
        this.holdsRetryPermit = holdsRetryPermit;
        this.counters = loop.telemetry().cluster(cluster.name());
        this.startNanos = loop.timer().nanos();
    }

    /** Asks for a connection; the answer may come before this returns. */
    void start() {
        counters.started();
        Acquisition waiting = exchange.endsConnect()
                ? loop.pools().acquireOpaque(cluster, endpoint, exchange.connection(), this)
                : loop.pools().acquire(cluster, endpoint, exchange.connection(), this);
        if (stream == null && !over) {
            acquisition = waiting;
        }
    }

    ClusterEndpoint endpoint() {
        return endpoint;
    }

    /** Where the request's body goes; null before there is a connection, and after the end. */
    @Nullable
    ClientStream stream() {
        return over ? null : stream;
    }

    /** Our end of its connection; null before there is one. */
    @Nullable
    InetSocketAddress local() {
        ClientStream used = stream;
        return used != null && used.connection().channel().localAddress() instanceof InetSocketAddress local
                ? local
                : null;
    }

    /** From the begin of the try to the head of its response. */
    long nanosToHead() {
        return nanosToHead;
    }

    @Override
    public void connected(ClientConnection connection) {
        acquisition = Acquisition.DONE;
        if (over || !exchange.attempts().beforeSending()) {
            return;
        }
        ClientStream opened;
        try {
            opened = connection.open(exchange.request(), exchange.requestFlow().isHeadOnly(), this);
        } catch (RuntimeException unwritable) {
            // A rewrite or a filter has made a head that cannot be sent. Nothing was: the connection is still good.
            exchange.broken(unwritable);
            return;
        }
        stream = opened;
        if (over) {
            return; // the connection was dead already, and reset() has been called
        }
        Duration longest = cluster.config().lifetimes().stream();
        if (!longest.isZero()) {
            exchange.deadline().upstreamWithin(longest);
        }
        if (exchange.endsConnect()) {
            // That there is a connection is all the consent a tunnel needs.
            head(new ResponseHead().status(CONNECTED), false);
            if (over) {
                return;
            }
        }
        exchange.requestFlow().pump();
        opened.flush();
    }

    @Override
    public void failed(ConnectFailure failure) {
        acquisition = Acquisition.DONE;
        if (over) {
            return;
        }
        boolean judged = switch (failure.reason()) {
            case REFUSED, UNREACHABLE, TIMEOUT, TLS, TLS_TIMEOUT -> true;
            case OVERFLOW, CLOSED -> false;
        };
        end(judged ? Outcome.LOCAL_FAILURE : null);
        exchange.attempts().failed(new ProxyFailure.ConnectFailed(cluster.name(), endpoint.toString(), failure));
    }

    @Override
    public void informational(ResponseHead head) {
        if (!over) {
            exchange.responseFlow().informational(head);
        }
    }

    @Override
    public void head(ResponseHead head, boolean end) {
        if (over) {
            return;
        }
        status = head.status();
        if (exchange.policy().tellsTimes()) {
            nanosToHead = loop.timer().nanos() - startNanos;
        }
        if (Tunnels.looksOpen(exchange.request(), status, exchange.connection().protocol())) {
            abandon(Outcome.ofStatus(status));
            exchange.attempts()
                    .failed(new ProxyFailure.UpstreamReset(
                            cluster.name(), endpoint.toString(), StreamReset.PROTOCOL_ERROR, false));
            return;
        }
        exchange.responseFlow().head(head, end);
    }

    @Override
    public void data(ByteBuf data, boolean end) {
        if (over) {
            data.release();
            return;
        }
        exchange.responseFlow().data(data, end);
    }

    @Override
    public void trailers(Headers trailers) {
        if (!over) {
            exchange.responseFlow().trailers(trailers);
        }
    }

    @Override
    public void reset(StreamReset cause) {
        if (over) {
            return;
        }
        boolean started = status != 0;
        end(cause.isUnprocessed() || cause == StreamReset.SHUTDOWN ? null : Outcome.LOCAL_FAILURE);
        exchange.attempts().failed(new ProxyFailure.UpstreamReset(cluster.name(), endpoint.toString(), cause, started));
    }

    @Override
    public void writable() {
        if (!over) {
            exchange.requestFlow().pump();
        }
    }

    /** The response was received whole; whatever of the request was not yet sent will not be. */
    void complete(boolean requestIncomplete) {
        ClientStream open = stream;
        end(Outcome.ofStatus(status));
        if (requestIncomplete && open != null) {
            open.reset(StreamReset.CANCELLED);
        }
    }

    /**
     * Gives the try up.
     *
     * @param outcome what it says of the endpoint, or null for nothing
     */
    void abandon(@Nullable Outcome outcome) {
        if (over) {
            return;
        }
        ClientStream open = stream;
        end(outcome);
        acquisition.cancel();
        if (open != null) {
            open.reset(StreamReset.CANCELLED);
        }
    }

    /** To be called before the permit for the try after this one is asked for: a request needs one at a time. */
    void returnRetryPermit() {
        if (holdsRetryPermit) {
            holdsRetryPermit = false;
            cluster.returnRetry();
        }
    }

    private void end(@Nullable Outcome outcome) {
        over = true;
        if (outcome == null) {
            cluster.attemptAbandoned(endpoint);
        } else {
            cluster.attemptEnded(endpoint, outcome);
        }
        returnRetryPermit();
        counters.ended(status, loop.timer().nanos() - startNanos);
    }
}
