package dev.weft.proxy.tcp;

import dev.weft.balance.PickContext;
import dev.weft.balance.hash.HashFunction;
import dev.weft.balance.hash.RequestHash;
import dev.weft.balance.health.Outcome;
import dev.weft.proxy.cluster.Cluster;
import dev.weft.proxy.cluster.ClusterEndpoint;
import dev.weft.proxy.failure.ProxyFailure;
import dev.weft.proxy.failure.ProxyFailure.TimedOut;
import dev.weft.proxy.http.Connection;
import dev.weft.proxy.http.StreamReset;
import dev.weft.proxy.model.ClientTls;
import dev.weft.proxy.model.ClusterConfig;
import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.ListenerConfig;
import dev.weft.proxy.model.ListenerConfig.TcpCluster;
import dev.weft.proxy.model.TcpOptions;
import dev.weft.proxy.time.Deadline;
import dev.weft.proxy.transport.ResetWatch;
import dev.weft.proxy.upstream.Acquisition;
import dev.weft.proxy.upstream.Announcement;
import dev.weft.proxy.upstream.ConnectFailure;
import dev.weft.proxy.upstream.Connector;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslContext;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Carries one downstream connection to an endpoint of a cluster: the handler that an accepted channel gets, past TLS. Nothing is
 * read from the client before there is an upstream connection; a connect failure moves on to an endpoint that was not tried, where
 * there is one, as often as is configured. What was read before this handler came, behind a PROXY header or with the end of a
 * handshake, waits for that connection too.
 *
 * <p>Confined to the event loop of its channel.
 */
public final class TcpProxy extends ChannelInboundHandlerAdapter {
    private final TcpLoop loop;
    private final Connection connection;
    private final ListenerConfig.Tcp config;
    private final Function<ClusterName, @Nullable Cluster> clusters;
    private final Channel downstream;
    private final ConnectionAccount account;
    private final PickContext picking;

    /** Of the client, while it is not read. */
    private final ResetWatch resets;

    /** Whose connection permit is held. */
    private @Nullable Cluster cluster;

    private @Nullable ClusterEndpoint endpoint;
    private Acquisition connecting = Acquisition.DONE;
    private int attempts;
    private boolean over;

    /** In order; as much as one read of the channel gave, and the end of the client's bytes where that was in it. */
    private final Queue<Object> early = new ArrayDeque<>();

    private @Nullable Relay relay;

    private final Deadline longest = new Deadline() {
        @Override
        protected void expired() {
            fail(new TimedOut(TimedOut.Limit.CONNECTION, null));
        }
    };

    /**
     * @param listener its name, for numbers and log
     * @param clusters looked up once, when the connection begins; null where there is none of that name
     */
    public TcpProxy(
            TcpLoop loop,
            Connection connection,
            String listener,
            ListenerConfig.Tcp config,
            Function<ClusterName, @Nullable Cluster> clusters) {
        this.loop = loop;
        this.connection = connection;
        this.config = config;
        this.clusters = clusters;
        this.downstream = connection.channel();
        this.account = new ConnectionAccount(loop, connection, listener, config.options());
        this.picking = new PickContext(loop.random());
        this.resets = new ResetWatch(downstream, loop.timer());
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        downstream.config().setAutoRead(false);
        downstream.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
        TcpOptions options = config.options();
        if (!options.maxDuration().isZero()) {
            loop.timer().arm(longest, options.maxDuration().toNanos());
        }
        String shortage = loop.memory().shortage(loop.timer().nanos());
        if (shortage != null) {
            fail(new ProxyFailure.Overloaded(shortage));
            return;
        }
        ClusterName name = choose(config.clusters(), loop.random());
        account.chosen(name);
        Cluster to = clusters.apply(name);
        if (to == null) {
            fail(new ProxyFailure.NoCluster(name));
        } else if (!to.tryTakeConnection()) {
            fail(new ProxyFailure.Overflow(name, "max_connections"));
        } else {
            cluster = to;
            hash(to);
            resets.begin();
            connect(added, to, null);
        }
    }

    private static ClusterName choose(List<TcpCluster> among, RandomGenerator random) {
        if (among.size() == 1) {
            return among.getFirst().cluster();
        }
        long left = random.nextLong(among.stream().mapToLong(TcpCluster::weight).sum());
        for (TcpCluster each : among) {
            left -= each.weight();
            if (left < 0) {
                return each.cluster();
            }
        }
        throw new IllegalStateException("the weights of " + among + " have another sum");
    }

    private void hash(Cluster to) {
        HashFunction function = to.hashFunction();
        if (config.options().hashSource() && function != null) {
            RequestHash hash = new RequestHash(function);
            hash.add(connection.remoteIp());
            picking.hash(hash.value());
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext reading, Object message) {
        if (relay != null) {
            reading.fireChannelRead(message);
        } else if (over) {
            ReferenceCountUtil.release(message);
        } else {
            early.add(message);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        boolean ends = event instanceof ChannelInputShutdownEvent || event instanceof SslCloseCompletionEvent;
        if (relay == null && ends) {
            early.add(event);
        } else {
            context.fireUserEventTriggered(event);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext closed) {
        if (relay == null) {
            account.clientLost(StreamReset.CONNECTION_CLOSED);
            end();
        }
        closed.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (relay == null) {
            downstream.close();
        } else {
            context.fireExceptionCaught(cause);
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext removed) {
        early.forEach(ReferenceCountUtil::release);
        early.clear();
    }

    /**
     * @param last why the attempt before this failed; null at the first
     */
    private void connect(ChannelHandlerContext context, Cluster to, @Nullable ProxyFailure last) {
        ClusterEndpoint chosen = to.pick(picking);
        if (chosen == null) {
            fail(last != null ? last : new ProxyFailure.NoHealthyEndpoint(to.name(), to.isEmpty()));
            return;
        }
        endpoint = chosen;
        attempts++;
        account.connecting(chosen.toString());
        to.attemptStarted(chosen, picking);
        Connector.Target target;
        try {
            target = target(to.config(), chosen);
        } catch (IllegalArgumentException e) {
            connectFailed(context, to, new ConnectFailure(ConnectFailure.Reason.TLS, String.valueOf(e.getMessage())));
            return;
        }
        connecting = loop.connector().connect(target, new Connector.Outcome() {
            @Override
            public void connected(Channel upstream, @Nullable String alpn) {
                connecting = Acquisition.DONE;
                carry(context, to, upstream);
            }

            @Override
            public void failed(ConnectFailure failure) {
                connecting = Acquisition.DONE;
                connectFailed(context, to, failure);
            }
        });
    }

    private Connector.Target target(ClusterConfig to, ClusterEndpoint chosen) {
        SslContext context = null;
        String serverName = "";
        if (to.tls().isPresent()) {
            ClientTls tls = to.tls().get();
            serverName = tls.serverName();
            context = loop.connector().tls().get(tls, tls.alpn());
        }
        byte[] preamble = Connector.preamble(to, new Announcement(connection.remote(), connection.local()));
        return new Connector.Target(chosen.address(), to.connectTimeout(), preamble, context, serverName);
    }

    private void connectFailed(ChannelHandlerContext context, Cluster to, ConnectFailure cause) {
        ClusterEndpoint tried = endpoint;
        endpoint = null;
        if (tried != null) {
            to.attemptEnded(tried, Outcome.LOCAL_FAILURE);
        }
        account.connectFailed(to.name());
        ProxyFailure failure = new ProxyFailure.ConnectFailed(to.name(), String.valueOf(tried), cause);
        if (attempts < config.options().maxConnectAttempts()) {
            connect(context, to, failure);
        } else {
            fail(failure);
        }
    }

    private void carry(ChannelHandlerContext context, Cluster to, Channel upstream) {
        account.connected(to.name(), upstream.localAddress() instanceof InetSocketAddress local ? local : null);
        Relay carrying = new Relay(
                downstream, upstream, account, loop.timer(), config.options().idleTimeout(), this::end);
        relay = carrying;
        resets.end();
        carrying.begin();
        if (early.isEmpty()) {
            return;
        }
        for (Object each = early.poll(); each != null; each = early.poll()) {
            if (each instanceof ChannelInputShutdownEvent || each instanceof SslCloseCompletionEvent) {
                context.fireUserEventTriggered(each);
            } else {
                context.fireChannelRead(each);
            }
        }
        context.fireChannelReadComplete();
    }

    private void fail(ProxyFailure failure) {
        Relay carrying = relay;
        if (carrying != null) {
            carrying.giveUp(failure);
            return;
        }
        account.failed(failure);
        end();
        downstream.close();
    }

    /** Settles everything, once. */
    private void end() {
        if (over) {
            return;
        }
        over = true;
        resets.end();
        connecting.cancel();
        loop.timer().cancel(longest);
        Cluster to = cluster;
        ClusterEndpoint used = endpoint;
        if (to != null && used != null) {
            if (relay != null) {
                to.attemptEnded(used, Outcome.SUCCESS);
            } else {
                to.attemptAbandoned(used);
            }
        }
        if (to != null) {
            to.returnConnection();
        }
        account.end();
    }
}
