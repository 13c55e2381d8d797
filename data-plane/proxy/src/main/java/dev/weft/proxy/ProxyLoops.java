package dev.weft.proxy;

import dev.weft.proxy.cluster.ClusterEndpoint;
import dev.weft.proxy.forward.ForwardLoop;
import dev.weft.proxy.overload.MemoryGuard;
import dev.weft.proxy.overload.MemoryRelief;
import dev.weft.proxy.overload.MemoryUse;
import dev.weft.proxy.tcp.TcpLoop;
import dev.weft.proxy.telemetry.AccessLogWriter;
import dev.weft.proxy.telemetry.LoopAccessLog;
import dev.weft.proxy.telemetry.LoopTelemetry;
import dev.weft.proxy.telemetry.ProxyMetrics;
import dev.weft.proxy.time.LoopTimer;
import dev.weft.proxy.time.LoopTimers;
import dev.weft.proxy.tls.ClientTlsContexts;
import dev.weft.proxy.transport.Transport;
import dev.weft.proxy.upstream.Connector;
import dev.weft.proxy.upstream.LoopPools;
import dev.weft.proxy.upstream.UpstreamPools;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.EventExecutor;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the connections of each event loop share: pools, clock, numbers, log, randomness. Immutable; each loop's own is confined to it. */
final class ProxyLoops {
    private static final Logger LOG = LoggerFactory.getLogger(ProxyLoops.class);
    private static final long CLOSE_SECONDS = 5;
    private static final long LAST_WORDS_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final Map<EventLoop, Shared> loops = new HashMap<>();

    /** Connections of either kind share it. */
    record Shared(ForwardLoop forward, TcpLoop tcp) {}

    /** Frees memory of a loop by closing the connection that holds most of it. */
    interface Shedding {
        /** Tells what was closed; null where none holds {@code leastBytes}. */
        @Nullable
        String closeLargest(EventLoop loop, long leastBytes);
    }

    ProxyLoops(
            Transport transport,
            LoopTimers timers,
            ClientTlsContexts clientTls,
            ProxyMetrics metrics,
            AccessLogWriter accessLog,
            MemoryUse memory,
            Shedding shedding) {
        for (EventExecutor executor : transport.loops()) {
            EventLoop loop = (EventLoop) executor;
            LoopTimer timer = timers.of(loop);
            RandomGenerator random = new SplittableRandom();
            Connector connector = new Connector(loop, transport.socketChannel(), clientTls);
            LoopTelemetry telemetry = metrics.newLoop();
            MemoryRelief relief = new MemoryRelief(loop, memory, leastBytes -> {
                String closed = shedding.closeLargest(loop, leastBytes);
                if (closed != null) {
                    telemetry.shed();
                }
                return closed;
            });
            LoopAccessLog log = new LoopAccessLog(accessLog, timer);
            MemoryGuard guard = new MemoryGuard(memory);
            ForwardLoop forward =
                    new ForwardLoop(timer, new LoopPools(timer, connector), telemetry, log, random, guard, relief);
            loops.put(loop, new Shared(forward, new TcpLoop(connector, timer, telemetry, log, random, guard)));
        }
    }

    Shared of(EventLoop loop) {
        Shared found = loops.get(loop);
        if (found == null) {
            throw new IllegalArgumentException(loop + " (expected: a loop of this proxy)");
        }
        return found;
    }

    UpstreamPools pools(EventLoop loop) {
        return of(loop).forward.pools();
    }

    /** Has every loop let go of its connections to an endpoint. */
    void retire(ClusterEndpoint endpoint) {
        loops.forEach((loop, shared) -> {
            if (!loop.isShuttingDown()) {
                loop.execute(() -> shared.forward.pools().retire(endpoint));
            }
        });
    }

    /**
     * Closes connections to endpoints and hands over the last lines of the log, on each loop in turn. Last words are on their way then,
     * and a connection ends behind them, which is waited for a moment: a loop that is stopped before that complains in the log.
     *
     * @param clients connections of clients that have not ended yet
     */
    void close(IntSupplier clients) {
        loops.forEach((loop, shared) -> await(loop, () -> {
            shared.forward.pools().close();
            shared.forward.accessLog().flush();
        }));
        AtomicInteger open = new AtomicInteger();
        long end = System.nanoTime() + LAST_WORDS_NANOS;
        do {
            open.set(clients.getAsInt());
            // Also a turn of each loop, in which what was closed in the one before is let go of.
            loops.forEach((loop, shared) ->
                    await(loop, () -> open.addAndGet(shared.forward.pools().connections())));
            if (open.get() > 0) {
                LockSupport.parkNanos(LOOK_NANOS);
            }
        } while (open.get() > 0 && System.nanoTime() - end < 0);
    }

    private static void await(EventLoop loop, Runnable last) {
        if (!loop.submit(last).awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS)) {
            LOG.warn("An event loop did not answer within {} s at the close", CLOSE_SECONDS);
        }
    }
}
