package dev.weft.proxy.transport;

import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringDatagramChannel;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.Locale;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The event loops and the channel classes that belong to them.
 *
 * <p>Immutable and thread-safe. {@link #close} stops the loops.
 */
public final class Transport implements AutoCloseable {
    /** Forces a kind for the whole process, for instance {@code -Ddev.weft.transport=epoll}. */
    public static final String PROPERTY = "dev.weft.transport";

    /**
     * The largest buffer that Netty's allocator pools in a process of a small heap, unless it is told otherwise. A larger one is
     * allocated, zeroed and freed for each read, which took 15 % of a response of 64 KiB; where it is pooled, it falls out of the
     * processor's nearest cache between read and write.
     */
    static final int MAX_READ_BYTES = 16 * 1024;

    /**
     * How much a stream's channel asks the kernel for at once: as much as came lately, at most {@link #MAX_READ_BYTES}. To be given
     * to every bootstrap.
     */
    public static final RecvByteBufAllocator READS = new AdaptiveRecvByteBufAllocator(64, 2048, MAX_READ_BYTES);

    private static final Logger LOG = LoggerFactory.getLogger(Transport.class);

    /** Read by Netty when its io_uring classes are loaded, so it has to be set before. */
    private static final String MULTISHOT_ACCEPT = "io.netty.iouring.acceptMultiShotEnabled";

    static {
        // Netty 4.2.18 arms a multishot accept that has failed again at once, whatever the channel's auto-read says: a
        // process without a free file descriptor would spend a core on it.
        if (System.getProperty(MULTISHOT_ACCEPT) == null) {
            System.setProperty(MULTISHOT_ACCEPT, "false");
        }
    }

    /** The kernel interface. */
    public enum Kind {
        IO_URING,
        EPOLL,
        NIO
    }

    private final Kind kind;
    private final EventLoopGroup loops;
    private final Class<? extends ServerChannel> serverChannel;
    private final Class<? extends SocketChannel> socketChannel;
    private final Class<? extends DatagramChannel> datagramChannel;

    private Transport(
            Kind kind,
            EventLoopGroup loops,
            Class<? extends ServerChannel> serverChannel,
            Class<? extends SocketChannel> socketChannel,
            Class<? extends DatagramChannel> datagramChannel) {
        this.kind = kind;
        this.loops = loops;
        this.serverChannel = serverChannel;
        this.socketChannel = socketChannel;
        this.datagramChannel = datagramChannel;
    }

    /**
     * The best kind this machine and user can have, or the one that {@link #PROPERTY} names. Whether io_uring works shows only
     * when its ring is made (locked memory, seccomp), so each kind is tried by making its loops.
     *
     * @throws IllegalArgumentException where the property names no kind
     * @throws IllegalStateException where the kind that was asked for cannot be had
     */
    public static Transport open(int threads) {
        String forced = System.getProperty(PROPERTY, "").trim();
        if (!forced.isEmpty()) {
            return open(kindNamed(forced), threads);
        }
        for (Kind kind : new Kind[] {Kind.IO_URING, Kind.EPOLL}) {
            try {
                return open(kind, threads);
            } catch (IllegalStateException e) {
                LOG.debug("{}", e.getMessage());
            }
        }
        return open(Kind.NIO, threads);
    }

    /**
     * That kind and no other.
     *
     * @throws IllegalStateException where it cannot be had; the message says why
     */
    public static Transport open(Kind kind, int threads) {
        try {
            return switch (kind) {
                case IO_URING -> {
                    IoUring.ensureAvailability();
                    yield new Transport(
                            kind,
                            loops(threads, IoUringIoHandler.newFactory()),
                            IoUringServerSocketChannel.class,
                            IoUringSocketChannel.class,
                            IoUringDatagramChannel.class);
                }
                case EPOLL -> {
                    Epoll.ensureAvailability();
                    yield new Transport(
                            kind,
                            loops(threads, EpollIoHandler.newFactory()),
                            EpollServerSocketChannel.class,
                            EpollSocketChannel.class,
                            EpollDatagramChannel.class);
                }
                case NIO ->
                    new Transport(
                            kind,
                            loops(threads, NioIoHandler.newFactory()),
                            NioServerSocketChannel.class,
                            NioSocketChannel.class,
                            NioDatagramChannel.class);
            };
        } catch (RuntimeException | LinkageError e) {
            throw new IllegalStateException("transport " + text(kind) + ": not available: " + rootMessage(e), e);
        }
    }

    public Kind kind() {
        return kind;
    }

    public EventLoopGroup loops() {
        return loops;
    }

    public Class<? extends ServerChannel> serverChannel() {
        return serverChannel;
    }

    public Class<? extends SocketChannel> socketChannel() {
        return socketChannel;
    }

    public Class<? extends DatagramChannel> datagramChannel() {
        return datagramChannel;
    }

    /** Stops the loops and returns once their threads have ended, or after two seconds. */
    @Override
    public void close() {
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
    }

    @Override
    public String toString() {
        return text(kind);
    }

    private static EventLoopGroup loops(int threads, IoHandlerFactory factory) {
        return new MultiThreadIoEventLoopGroup(threads, new DefaultThreadFactory("weft-loop", true), factory) {
            @Override
            protected IoEventLoop newChild(Executor executor, IoHandlerFactory handlers, Object... settings) {
                return new EnduringLoop(this, executor, handlers);
            }
        };
    }

    private static Kind kindNamed(String name) {
        for (Kind kind : Kind.values()) {
            if (text(kind).equals(name)) {
                return kind;
            }
        }
        throw new IllegalArgumentException(PROPERTY + ": " + name + " (expected: io_uring, epoll or nio)");
    }

    private static String text(Kind kind) {
        return kind.name().toLowerCase(Locale.ROOT);
    }

    private static String rootMessage(Throwable e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return String.valueOf(root.getMessage());
    }
}
