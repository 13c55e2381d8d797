package dev.weft.proxy.listener;

import dev.weft.proxy.model.CertificateExpiry;
import dev.weft.proxy.model.ChainKey;
import dev.weft.proxy.model.ChainMatch;
import dev.weft.proxy.model.ListenerConfig;
import dev.weft.proxy.model.ListenerConfig.Chain;
import dev.weft.proxy.model.ServerTls;
import dev.weft.proxy.tls.ServerTlsContext;
import dev.weft.proxy.transport.Transport;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import java.net.InetSocketAddress;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One listening socket and the connections it accepted. Thread-safe. */
final class Bound {
    /** Connections that wait to be accepted; the kernel caps it at {@code net.core.somaxconn}. */
    private static final int BACKLOG = 4096;

    /** What one connection may pile up before its writer is told to wait, and where it may go on. */
    private static final WriteBufferWaterMark WATER_MARK =
            new WriteBufferWaterMark(32 * 1024, Listeners.WRITE_BUFFER_BYTES);

    /**
     * What a new connection is served with; replaced whole.
     *
     * @param chains in the order of {@link ListenerConfig#allChains}
     * @param only serves whatever comes, where nothing is to be chosen
     * @param inspects whether the choice needs a connection's first bytes
     */
    private record Serving(
            ListenerConfig config,
            ChainChoice choice,
            List<BoundChain> chains,
            @Nullable BoundChain only,
            boolean inspects) {
        static Serving of(ListenerConfig config, ChainChoice choice, List<BoundChain> chains) {
            boolean all = chains.size() == 1
                    && (config.chains().isEmpty()
                            || config.chains().getFirst().match().equals(ChainMatch.ANY));
            boolean inspects =
                    config.chains().stream().anyMatch(chain -> chain.match().needsHello());
            return new Serving(config, choice, List.copyOf(chains), all ? chains.getFirst() : null, inspects);
        }

        @Nullable
        BoundChain chain(int index) {
            if (index != ChainChoice.NONE) {
                return chains.get(index);
            }
            return config.fallback().isPresent() ? chains.getLast() : null;
        }
    }

    private final Set<Accepted> connections = ConcurrentHashMap.newKeySet();
    private final CompletableFuture<Void> over = new CompletableFuture<>();

    /** Written by whoever applies configuration, read by the loops that accept. */
    private volatile Serving serving;

    /** Set once; connections that are still being set up then see it. */
    private volatile boolean draining;

    /** Set once, with the last connection accepted. */
    private volatile boolean socketClosed;

    private @Nullable Channel socket;

    private final Acceptance acceptance;

    private Bound(ListenerConfig config, Acceptance acceptance) {
        this.acceptance = acceptance;
        this.serving = serving(config, List.of());
    }

    /**
     * @throws ListenerException where the address cannot be had or the certificates not be read
     */
    static Bound bind(ListenerConfig config, Transport transport, Acceptance acceptance) {
        Bound bound = new Bound(config, acceptance);
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(transport.loops())
                .channel(transport.serverChannel())
                .option(ChannelOption.SO_REUSEADDR, true)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .handler(new AcceptPause(() -> bound.config().name()))
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.RECVBUF_ALLOCATOR, Transport.READS)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        acceptance.accept(channel, bound);
                    }
                });
        ChannelFuture binding = bootstrap.bind(config.host(), config.port()).awaitUninterruptibly();
        Throwable cause = binding.cause();
        if (cause != null) {
            throw new ListenerException(
                    "listener %s: %s:%d: %s".formatted(config.name(), config.host(), config.port(), reason(cause)),
                    cause);
        }
        bound.socket = binding.channel();
        return bound;
    }

    private static String reason(Throwable cause) {
        if (cause instanceof UnresolvedAddressException) {
            return "no address of that name (expected: an address of this host)";
        }
        String message = String.valueOf(cause.getMessage());
        return message.contains("Address already in use") ? "address already in use" : message;
    }

    /** Makes all of it, or nothing. */
    private Serving serving(ListenerConfig next, List<BoundChain> before) {
        try {
            List<Chain> chains = next.allChains();
            ChainChoice choice =
                    ChainChoice.of(next.chains().stream().map(Chain::match).toList());
            Map<ServerTls, ServerTlsContext> contexts = contexts(chains, before);
            Map<Optional<ChainMatch>, BoundChain> known = new HashMap<>();
            before.forEach(chain -> known.put(chain.key().match(), chain));
            List<BoundChain> bound = new ArrayList<>();
            for (int i = 0; i < chains.size(); i++) {
                Chain chain = chains.get(i);
                ChainKey key = next.key(i);
                ServerTlsContext tls = chain.tls().map(contexts::get).orElse(null);
                BoundChain same = known.get(key.match());
                if (same != null && same.canGoOnAs(chain, tls)) {
                    same.update(key, chain, tls);
                    bound.add(same);
                } else {
                    bound.add(new BoundChain(key, chain, tls));
                }
            }
            return Serving.of(next, choice, bound);
        } catch (IllegalArgumentException e) {
            throw new ListenerException("listener %s: %s".formatted(next.name(), e.getMessage()), e);
        }
    }

    /** Those that are there already are kept, with what their clients can resume. */
    private Map<ServerTls, ServerTlsContext> contexts(List<Chain> chains, List<BoundChain> before) {
        Map<ServerTls, ServerTlsContext> contexts = new HashMap<>();
        for (BoundChain chain : before) {
            ServerTlsContext made = chain.tls();
            if (made != null) {
                chain.config().tls().ifPresent(tls -> contexts.put(tls, made));
            }
        }
        for (Chain chain : chains) {
            chain.tls().ifPresent(tls -> contexts.computeIfAbsent(tls, acceptance::tlsOf));
        }
        return contexts;
    }

    /** Whether a listener so configured can go on with this socket. */
    boolean hasAddressOf(ListenerConfig next) {
        ListenerConfig now = serving.config;
        return now.host().equals(next.host()) && now.port() == next.port();
    }

    /**
     * Connections of chains that are gone, or that have become another, drain; those of the others go on.
     *
     * @throws ListenerException where the certificates cannot be read: all stays as it was
     */
    void update(ListenerConfig next) {
        Serving before = serving;
        Serving after = serving(next, before.chains);
        serving = after;
        Set<BoundChain> gone = new HashSet<>(before.chains);
        after.chains.forEach(gone::remove);
        if (!gone.isEmpty()) {
            drain(gone);
        }
    }

    private void drain(Set<BoundChain> gone) {
        gone.forEach(BoundChain::drain);
        forEachOf(gone, Accepted::drain);
        Channel bound = socket;
        if (bound != null) {
            Map<Duration, Set<BoundChain>> byTime = new HashMap<>();
            gone.forEach(chain -> byTime.computeIfAbsent(BoundChain.drainTime(chain.config()), t -> new HashSet<>())
                    .add(chain));
            byTime.forEach((time, chains) -> bound.eventLoop()
                    .schedule(() -> forEachOf(chains, Accepted::shutDown), time.toNanos(), TimeUnit.NANOSECONDS));
        }
    }

    private void forEachOf(Set<BoundChain> chains, Consumer<Accepted> what) {
        connections.forEach(connection -> {
            BoundChain its = connection.chain();
            if (its != null && chains.contains(its)) {
                what.accept(connection);
            }
        });
    }

    ListenerConfig config() {
        return serving.config;
    }

    /** What its chains show to clients. */
    List<CertificateExpiry> certificates() {
        Serving now = serving;
        List<CertificateExpiry> all = new ArrayList<>();
        for (BoundChain chain : now.chains) {
            ServerTlsContext tls = chain.tls();
            if (tls != null) {
                tls.certificates().forEach(own -> all.add(CertificateExpiry.of("listener", now.config.name(), own)));
            }
        }
        return all;
    }

    /** Whether a connection's chain depends on its first bytes. */
    boolean inspects() {
        return serving.inspects;
    }

    /** The chain for every connection, where there is but one. */
    @Nullable
    BoundChain onlyChain() {
        return serving.only;
    }

    /** The chain for a connection, if there is one. */
    @Nullable
    BoundChain chainFor(Arrival arrival) {
        Serving now = serving;
        return now.only != null ? now.only : now.chain(now.choice.pick(arrival));
    }

    InetSocketAddress address() {
        Channel bound = socket;
        if (bound == null) {
            throw new IllegalStateException("listener " + config().name() + ": not bound");
        }
        return (InetSocketAddress) bound.localAddress();
    }

    boolean isDraining() {
        return draining;
    }

    Set<Accepted> connections() {
        return connections;
    }

    void opened(Accepted connection) {
        connections.add(connection);
    }

    void ended(Accepted connection) {
        connections.remove(connection);
        completeIfOver();
    }

    /** Stops accepting and lets connections finish; those that have not by the deadline are closed. */
    CompletableFuture<Void> drain(Duration deadline) {
        draining = true;
        Channel bound = socket;
        if (bound != null) {
            // At once for those that are there:
            // a response that is about to be written must already say that it is the last.
            connections.forEach(Accepted::drain);
            bound.closeFuture().addListener(closed -> {
                connections.forEach(Accepted::drain); // and for those that came while the socket closed
                socketClosed = true;
                completeIfOver();
            });
            bound.eventLoop().execute(() -> bound.pipeline().addFirst(new LastAccept()));
            bound.eventLoop().schedule(this::closeConnections, deadline.toNanos(), TimeUnit.NANOSECONDS);
        }
        return over;
    }

    /** Waits until the address is free; after {@link #drain}. */
    void awaitSocketClosed() {
        Channel bound = socket;
        if (bound != null) {
            bound.closeFuture().awaitUninterruptibly();
        }
    }

    boolean isOver() {
        return over.isDone();
    }

    void close() {
        draining = true;
        Channel bound = socket;
        if (bound != null) {
            bound.close().syncUninterruptibly();
        }
        socketClosed = true;
        closeConnections();
    }

    private void closeConnections() {
        connections.forEach(Accepted::shutDown);
        completeIfOver();
    }

    private void completeIfOver() {
        if (draining && socketClosed && connections.isEmpty()) {
            over.complete(null);
        }
    }
}
