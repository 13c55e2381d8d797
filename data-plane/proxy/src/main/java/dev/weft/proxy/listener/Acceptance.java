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
 * What is done with a connection that was just accepted: a PROXY header and TLS where configured, then the protocol by ALPN, by configuration or by the
 * first bytes, then whoever serves it.
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
            enter(new Setup(accepted, listener, channel, ends, TlsFacts.NONE));
        } else {
            channel.pipeline()
                    .addLast(new ProxyHeaderEntrance(
                            announced.get(),
                            timers.of(channel.eventLoop()),
                            ends -> enter(new Setup(accepted, listener, channel, ends, TlsFacts.NONE)),
                            reason -> proxyHeaderFailures.failed(
                                    listener.config().name(), channel.remoteAddress(), reason)));
        }
    }

    private void enter(Setup setup) {
        ServerTlsContext tls = setup.listener.tls();
        if (tls == null) {
            setup.channel.pipeline().addLast(start(setup));
        } else {
            setup.channel
                    .pipeline()
                    .addLast(
                            tls.newHandler(),
                            new TlsEntrance(
                                    facts -> start(setup.over(facts)),
                                    cause -> tlsFailures.failed(
                                            setup.listener.config().name(), setup.ends.client(), cause)));
        }
    }

    /** One connection while its protocol is found out. */
    private record Setup(Accepted accepted, Bound listener, Channel channel, Ends ends, TlsFacts tls) {
        Setup over(TlsFacts facts) {
            return new Setup(accepted, listener, channel, ends, facts);
        }
    }

    /** The handler that comes first: who serves, or who finds out who does. */
    private ChannelHandler start(Setup setup) {
        ListenerConfig config = setup.listener.config();
        return switch (config.handler()) {
            case ListenerConfig.Tcp tcp -> handlers.tcp(setup.listener, facts(setup, Protocol.HTTP_1_1));
            case ListenerConfig.Http http -> startHttp(setup, http.options());
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
        RequestAcceptor acceptor = handlers.http(setup.listener, setup.channel.eventLoop());
        ServerConnection connection = protocol == Protocol.HTTP_2
                ? new Http2ServerConnection(facts, options, acceptor, timer)
                : new Http1ServerConnection(facts, options, acceptor, timer);
        setup.accepted.servedBy(connection);
        if (setup.listener.isDraining()) {
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
                setup.tls.peerIdentity());
    }
}
