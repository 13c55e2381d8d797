package dev.weft.proxy.listener;

import dev.weft.proxy.http.Connection;
import dev.weft.proxy.http.Protocol;
import dev.weft.proxy.http.RequestAcceptor;
import dev.weft.proxy.http.ServerConnection;
import dev.weft.proxy.http.h1.Http1ServerConnection;
import dev.weft.proxy.http.h2.Http2ServerConnection;
import dev.weft.proxy.listener.ProxyHeaderEntrance.Ends;
import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.model.HttpOptions.Codec;
import dev.weft.proxy.model.ListenerConfig;
import dev.weft.proxy.model.ProxyProtocol;
import dev.weft.proxy.model.ServerTls;
import dev.weft.proxy.time.LoopTimer;
import dev.weft.proxy.time.LoopTimers;
import dev.weft.proxy.tls.ServerTlsContext;
import dev.weft.proxy.tls.TlsEngine;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/**
 * What is done with a connection that was just accepted: a PROXY header where configured, a look at the first bytes where the
 * choice of a chain needs them, that choice, TLS where the chain has it, then the protocol by ALPN, by configuration or by the first
 * bytes, then whoever serves it.
 *
 * <p>Thread-safe; each connection is set up on its own event loop.
 */
final class Acceptance {
    private final LoopTimers timers;
    private final ConnectionHandlers handlers;
    private final int maxConnections;
    private final AtomicInteger open = new AtomicInteger();
    private final LongAdder refused = new LongAdder();

    private final Supplier<TlsEngine> engine;
    private final TlsFailures tlsFailures = new TlsFailures();
    private final ProxyHeaderFailures proxyHeaderFailures = new ProxyHeaderFailures();
    private final ChainFailures chainFailures = new ChainFailures();

    /** @param engine asked when a listener with TLS comes */
    Acceptance(LoopTimers timers, ConnectionHandlers handlers, int maxConnections, Supplier<TlsEngine> engine) {
        this.timers = timers;
        this.handlers = handlers;
        this.maxConnections = maxConnections;
        this.engine = engine;
    }

    /**
     * @throws IllegalArgumentException as {@link ServerTlsContext#of}
     */
    ServerTlsContext tlsOf(ServerTls tls) {
        return ServerTlsContext.of(tls, engine.get());
    }

    /** TLS handshakes that failed, since the start, by reason. */
    Map<String, Long> tlsFailures() {
        return tlsFailures.counts();
    }

    /** Connections closed for want of a PROXY header, since the start, by reason. */
    Map<String, Long> proxyHeaderFailures() {
        return proxyHeaderFailures.counts();
    }

    /** Connections for which no chain was found, since the start, by reason. */
    Map<String, Long> chainFailures() {
        return chainFailures.counts();
    }

    int open() {
        return open.get();
    }

    /** Connections closed unserved, since the start. */
    long refused() {
        return refused.sum();
    }

    void accept(Channel channel, Bound listener) {
        Accepted accepted = new Accepted(channel);
        listener.opened(accepted);
        int now = open.incrementAndGet();
        channel.closeFuture().addListener(closed -> {
            open.decrementAndGet();
            listener.ended(accepted);
        });
        if (maxConnections > 0 && now > maxConnections) {
            refused.increment();
            channel.close();
            return;
        }
        Optional<ProxyProtocol> announced = listener.config().proxyProtocol();
        if (announced.isEmpty()) {
            Ends ends =
                    new Ends((InetSocketAddress) channel.remoteAddress(), (InetSocketAddress) channel.localAddress());
            choose(accepted, listener, channel, ends, 0);
        } else {
            LoopTimer timer = timers.of(channel.eventLoop());
            long waited = timer.nanos();
            channel.pipeline()
                    .addLast(new ProxyHeaderEntrance(
                            announced.get(),
                            timer,
                            ends -> choose(accepted, listener, channel, ends, timer.nanos() - waited),
                            reason -> proxyHeaderFailures.failed(
                                    listener.config().name(), channel.remoteAddress(), reason)));
        }
    }

    /** @param waitedNanos of the time that there is for all that comes before the chain */
    private void choose(Accepted accepted, Bound listener, Channel channel, Ends ends, long waitedNanos) {
        BoundChain only = listener.onlyChain();
        if (only != null) {
            enter(accepted, listener, channel, ends, only, TlsFacts.NONE);
        } else if (listener.inspects()) {
            channel.pipeline()
                    .addLast(new TlsInspector(
                            listener.config().inspection(),
                            waitedNanos,
                            timers.of(channel.eventLoop()),
                            hello -> choose(accepted, listener, channel, ends, hello),
                            reason -> chainFailures.failed(listener.config().name(), ends.client(), reason)));
        } else {
            choose(accepted, listener, channel, ends, ClientHello.NONE);
        }
    }

    private void choose(Accepted accepted, Bound listener, Channel channel, Ends ends, ClientHello hello) {
        Arrival arrival = new Arrival(ends.client(), ends.local(), (InetSocketAddress) channel.remoteAddress(), hello);
        BoundChain chain = listener.chainFor(arrival);
        if (chain == null) {
            chainFailures.failed(listener.config().name(), ends.client(), ChainFailures.Reason.NO_MATCH);
            channel.close();
        } else {
            enter(accepted, listener, channel, ends, chain, TlsFacts.of(hello));
        }
    }

    private void enter(Accepted accepted, Bound listener, Channel channel, Ends ends, BoundChain chain, TlsFacts seen) {
        accepted.given(chain);
        if (chain.config().handler() instanceof ListenerConfig.Closed) {
            chainFailures.failed(chain.listener(), ends.client(), ChainFailures.Reason.NOT_READY);
            channel.close();
            return;
        }
        Setup setup = new Setup(accepted, listener, chain, channel, ends, seen);
        ServerTlsContext tls = chain.tls();
        if (tls == null) {
            channel.pipeline().addLast(start(setup));
        } else {
            TlsEntrance entrance = new TlsEntrance(
                    facts -> start(setup.over(facts)),
                    cause -> tlsFailures.failed(chain.listener(), ends.client(), cause));
            channel.pipeline().addLast(tls.newHandler(chain.config().handshakeTimeout(), entrance::chosen), entrance);
        }
    }

    /** One connection while its protocol is found out. */
    private record Setup(
            Accepted accepted, Bound listener, BoundChain chain, Channel channel, Ends ends, TlsFacts tls) {
        Setup over(TlsFacts facts) {
            return new Setup(accepted, listener, chain, channel, ends, facts);
        }
    }

    /** The handler that comes first: who serves, or who finds out who does. */
    private ChannelHandler start(Setup setup) {
        return switch (setup.chain.config().handler()) {
            case ListenerConfig.Tcp tcp -> handlers.tcp(setup.chain, facts(setup, Protocol.HTTP_1_1));
            case ListenerConfig.Http http -> startHttp(setup, http.options());
            case ListenerConfig.Closed closed -> throw new IllegalStateException("entered: " + closed.why());
        };
    }

    private ChannelHandler startHttp(Setup setup, HttpOptions options) {
        String negotiated = setup.tls.applicationProtocol();
        if (options.codec() == Codec.HTTP2 || "h2".equals(negotiated)) {
            return serve(setup, options, Protocol.HTTP_2);
        }
        if (options.codec() == Codec.HTTP1 || "http/1.1".equals(negotiated)) {
            return serve(setup, options, Protocol.HTTP_1_1);
        }
        return new ProtocolDetector(
                options, timers.of(setup.channel.eventLoop()), protocol -> serve(setup, options, protocol));
    }

    private ServerConnection serve(Setup setup, HttpOptions options, Protocol protocol) {
        Connection facts = facts(setup, protocol);
        LoopTimer timer = timers.of(setup.channel.eventLoop());
        RequestAcceptor acceptor = handlers.http(setup.chain, setup.channel.eventLoop());
        ConnectionLife life = ConnectionLife.of(options.lifetimes(), acceptor);
        if (life != null) {
            acceptor = life;
        }
        ServerConnection connection = protocol == Protocol.HTTP_2
                ? new Http2ServerConnection(facts, options, acceptor, timer)
                : new Http1ServerConnection(facts, options, acceptor, timer);
        setup.accepted.servedBy(connection);
        if (life != null) {
            life.begin(connection, setup.channel, timer);
        }
        if (setup.listener.isDraining() || setup.chain.isDraining()) {
            setup.accepted.drain();
        }
        return connection;
    }

    private static Connection facts(Setup setup, Protocol protocol) {
        return new Connection(
                setup.channel,
                setup.ends.client(),
                setup.ends.local(),
                protocol,
                setup.tls.isTls(),
                setup.tls.serverName(),
                setup.tls.peerIdentity(),
                setup.tls.clientCertificate());
    }
}
