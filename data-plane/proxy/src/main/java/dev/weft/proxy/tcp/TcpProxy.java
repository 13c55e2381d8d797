package dev.weft.proxy.tcp;

import dev.weft.balance.PickContext;
import dev.weft.balance.health.Outcome;
import dev.weft.proxy.cluster.Cluster;
import dev.weft.proxy.cluster.ClusterEndpoint;
import dev.weft.proxy.http.Connection;
import dev.weft.proxy.model.ClientTls;
import dev.weft.proxy.model.ClusterConfig;
import dev.weft.proxy.time.LoopTimer;
import dev.weft.proxy.upstream.Acquisition;
import dev.weft.proxy.upstream.Announcement;
import dev.weft.proxy.upstream.ConnectFailure;
import dev.weft.proxy.upstream.Connector;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.handler.ssl.SslContext;
import io.netty.util.ReferenceCountUtil;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries one downstream connection to an endpoint of a cluster: the handler that an accepted channel gets, past TLS. Nothing is
 * read from the client before there is an upstream connection; a connect failure moves on to another endpoint, as long as there
 * is one that was not tried. What was read before this handler came, behind a PROXY header or with the end of a handshake, waits
 * for that connection too.
 *
 * <p>Confined to the event loop of its channel.
 */
public final class TcpProxy extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(TcpProxy.class);

    private static final int MOST_ATTEMPTS = 3;

    private final Connection connection;
    private final Connector connector;
    private final LoopTimer timer;
    private final Supplier<@Nullable Cluster> clusters;
    private final PickContext picking;
    private final Duration idleLimit;

    private @Nullable Cluster cluster;
    private boolean counted;
    private @Nullable ClusterEndpoint endpoint;
    private Acquisition connecting = Acquisition.DONE;
    private int attempts;
    private boolean over;

    /** In order; as much as one read of the channel gave. */
    private final Queue<Object> early = new ArrayDeque<>();

    private @Nullable ChannelHandlerContext context;
    private boolean joined;

    /**
     * @param cluster looked up once, when the connection begins; null where it does not exist
     * @param idleLimit a connection on which nothing moves either way is closed after it
     */
    public TcpProxy(
            Connection connection,
            Connector connector,
            LoopTimer timer,
            Supplier<@Nullable Cluster> cluster,
            RandomGenerator random,
            Duration idleLimit) {
        this.connection = connection;
        this.connector = connector;
        this.timer = timer;
        this.clusters = cluster;
        this.picking = new PickContext(random);
        this.idleLimit = idleLimit;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
        Channel downstream = added.channel();
        downstream.config().setAutoRead(false);
        downstream.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
        Cluster to = clusters.get();
        if (to == null) {
            LOG.warn("tcp from {}: its cluster does not exist", downstream.remoteAddress());
            downstream.close();
        } else if (!to.tryTakeConnection()) {
            LOG.warn("tcp from {}: cluster {}: max_connections", downstream.remoteAddress(), to.name());
            downstream.close();
        } else {
            cluster = to;
            counted = true;
            connect(downstream, to);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext reading, Object message) {
        if (joined) {
            reading.fireChannelRead(message);
        } else if (over) {
            ReferenceCountUtil.release(message);
        } else {
            early.add(message);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext closed) {
        connecting.cancel();
        end(null);
        closed.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext removed) {
        early.forEach(ReferenceCountUtil::release);
        early.clear();
    }

    private void connect(Channel downstream, Cluster to) {
        ClusterEndpoint chosen = to.pick(picking);
        if (chosen == null) {
            LOG.warn("tcp from {}: cluster {}: no healthy endpoint", downstream.remoteAddress(), to.name());
            end(null);
            downstream.close();
            return;
        }
        endpoint = chosen;
        attempts++;
        to.attemptStarted(chosen, picking);
        ClusterConfig config = to.config();
        SslContext context = null;
        String serverName = "";
        if (config.tls().isPresent()) {
            ClientTls tls = config.tls().get();
            serverName = tls.serverName();
            context = connector.tls().get(tls, List.copyOf(tls.alpn()));
        }
        byte[] preamble = Connector.preamble(config, new Announcement(connection.remote(), connection.local()));
        connecting = connector.connect(
                new Connector.Target(chosen.address(), config.connectTimeout(), preamble, context, serverName),
                new Connector.Outcome() {
                    @Override
                    public void connected(Channel upstream, @Nullable String alpn) {
                        relay(downstream, upstream);
                    }

                    @Override
                    public void failed(ConnectFailure failure) {
                        connectFailed(downstream, to, failure);
                    }
                });
    }

    private void connectFailed(Channel downstream, Cluster to, ConnectFailure failure) {
        ClusterEndpoint tried = endpoint;
        endpoint = null;
        if (tried != null) {
            to.attemptEnded(tried, Outcome.LOCAL_FAILURE);
        }
        if (attempts < MOST_ATTEMPTS) {
            connect(downstream, to);
            return;
        }
        LOG.warn("tcp from {}: cluster {}: {}", downstream.remoteAddress(), to.name(), failure.detail());
        end(null);
        downstream.close();
    }

    private void relay(Channel downstream, Channel upstream) {
        Relay.join(downstream, upstream, timer, idleLimit);
        upstream.closeFuture().addListener(closed -> end(Outcome.ofStatus(200)));
        joined = true;
        ChannelHandlerContext before = context;
        if (before != null && !early.isEmpty()) {
            for (Object message = early.poll(); message != null; message = early.poll()) {
                before.fireChannelRead(message);
            }
            before.fireChannelReadComplete();
        }
    }

    private void end(@Nullable Outcome outcome) {
        Cluster to = cluster;
        if (over || to == null) {
            return;
        }
        over = true;
        ClusterEndpoint used = endpoint;
        if (used != null && outcome != null) {
            to.attemptEnded(used, outcome);
        } else if (used != null) {
            to.attemptAbandoned(used);
        }
        if (counted) {
            to.returnConnection();
        }
    }
}
