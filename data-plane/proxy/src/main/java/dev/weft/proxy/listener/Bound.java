package dev.weft.proxy.listener;

import dev.weft.proxy.model.ListenerConfig;
import dev.weft.proxy.tls.ServerTlsContext;
import dev.weft.proxy.transport.Transport;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One listening socket and the connections it accepted. Thread-safe. */
final class Bound implements BoundListener {
    /** Connections that wait to be accepted; the kernel caps it at {@code net.core.somaxconn}. */
    private static final int BACKLOG = 4096;

    /** What one connection may pile up before its writer is told to wait, and where it may go on. */
    private static final WriteBufferWaterMark WATER_MARK =
            new WriteBufferWaterMark(32 * 1024, Listeners.WRITE_BUFFER_BYTES);

    /** What a new connection is served with; replaced whole. */
    private record Serving(ListenerConfig config, @Nullable ServerTlsContext tls) {}

    private final Set<Accepted> connections = ConcurrentHashMap.newKeySet();
    private final CompletableFuture<Void> over = new CompletableFuture<>();

    /** Written by whoever applies configuration, read by the loops that accept. */
    private volatile Serving serving;

    /** Set once; connections that are still being set up then see it. */
    private volatile boolean draining;

    private @Nullable Channel socket;

    private final Acceptance acceptance;

    private Bound(ListenerConfig config, Acceptance acceptance) {
        this.acceptance = acceptance;
        this.serving = new Serving(config, tlsOf(config));
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
        String message = String.valueOf(cause.getMessage());
        return message.contains("Address already in use") ? "address already in use" : message;
    }

    private @Nullable ServerTlsContext tlsOf(ListenerConfig config) {
        if (config.tls().isEmpty()) {
            return null;
        }
        try {
            return acceptance.tlsOf(config.tls().get());
        } catch (IllegalArgumentException e) {
            throw new ListenerException("listener %s: %s".formatted(config.name(), e.getMessage()), e);
        }
    }

    /** Whether a listener so configured can go on with this socket. */
    boolean hasAddressOf(ListenerConfig next) {
        ListenerConfig now = serving.config;
        return now.host().equals(next.host()) && now.port() == next.port();
    }

    /**
     * @throws ListenerException where the certificates cannot be read: all stays as it was
     */
    void update(ListenerConfig next) {
        Serving now = serving;
        boolean sameTls = now.config.tls().equals(next.tls());
        serving = new Serving(next, sameTls ? now.tls : tlsOf(next));
    }

    @Override
    public ListenerConfig config() {
        return serving.config;
    }

    @Nullable
    ServerTlsContext tls() {
        return serving.tls;
    }

    @Override
    public InetSocketAddress address() {
        Channel bound = socket;
        if (bound == null) {
            throw new IllegalStateException("listener " + config().name() + ": not bound");
        }
        return (InetSocketAddress) bound.localAddress();
    }

    boolean isDraining() {
        return draining;
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
            // At once for those that are there: a response that is about to be written must already say that it is the
            // last.
            connections.forEach(Accepted::drain);
            bound.close().addListener(closed -> {
                connections.forEach(Accepted::drain); // and for those that came while the socket closed
                completeIfOver();
            });
            bound.eventLoop().schedule(this::closeConnections, deadline.toNanos(), TimeUnit.NANOSECONDS);
        }
        return over;
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
        closeConnections();
    }

    private void closeConnections() {
        connections.forEach(Accepted::close);
        completeIfOver();
    }

    private void completeIfOver() {
        if (draining && connections.isEmpty()) {
            over.complete(null);
        }
    }
}
