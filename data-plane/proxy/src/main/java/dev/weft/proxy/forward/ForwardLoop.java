package dev.weft.proxy.forward;

import dev.weft.balance.PickContext;
import dev.weft.balance.hash.HashFunction;
import dev.weft.balance.hash.RequestHash;
import dev.weft.proxy.overload.MemoryGuard;
import dev.weft.proxy.overload.MemoryRelief;
import dev.weft.proxy.telemetry.LoopAccessLog;
import dev.weft.proxy.telemetry.LoopTelemetry;
import dev.weft.proxy.time.LoopTimer;
import dev.weft.proxy.upstream.UpstreamPools;
import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.random.RandomGenerator;

/**
 * What the exchanges of one event loop share: its connections to endpoints, its clock, its numbers, its randomness.
 *
 * <p>Confined to that loop.
 */
public final class ForwardLoop {
    /** The body of a request without a retry policy is kept up to here, for repetitions that are safe anyway. */
    public static final int DEFAULT_REPLAY_BYTES = 64 * 1024;

    private static final int MAX_SPARE_CONTEXTS = 256;

    private final EventLoop loop;
    private final LoopTimer timer;
    private final UpstreamPools pools;
    private final LoopTelemetry telemetry;
    private final LoopAccessLog accessLog;
    private final RandomGenerator random;
    private final MemoryGuard memory;
    private final MemoryRelief relief;
    private final ArrayDeque<PickContext> contexts = new ArrayDeque<>();
    private final RequestHash crcHash = new RequestHash(HashFunction.CRC32);
    private final RequestHash xxHash = new RequestHash(HashFunction.XXH64);

    public ForwardLoop(
            LoopTimer timer,
            UpstreamPools pools,
            LoopTelemetry telemetry,
            LoopAccessLog accessLog,
            RandomGenerator random,
            MemoryGuard memory,
            MemoryRelief relief) {
        this.loop = timer.loop();
        this.timer = timer;
        this.pools = pools;
        this.telemetry = telemetry;
        this.accessLog = accessLog;
        this.random = random;
        this.memory = memory;
        this.relief = relief;
    }

    EventLoop loop() {
        return loop;
    }

    LoopTimer timer() {
        return timer;
    }

    public UpstreamPools pools() {
        return pools;
    }

    LoopTelemetry telemetry() {
        return telemetry;
    }

    public LoopAccessLog accessLog() {
        return accessLog;
    }

    RandomGenerator random() {
        return random;
    }

    MemoryGuard memory() {
        return memory;
    }

    MemoryRelief relief() {
        return relief;
    }

    /** A fresh context for one request, to be given back. */
    PickContext takeContext() {
        PickContext context = contexts.poll();
        return context != null ? context : new PickContext(random);
    }

    void giveBack(PickContext context) {
        if (contexts.size() < MAX_SPARE_CONTEXTS) {
            context.reset();
            contexts.push(context);
        }
    }

    /** The loop's hash of that kind, empty; used at once and by one request at a time. */
    RequestHash hash(HashFunction function) {
        RequestHash hash = switch (function) {
            case CRC32 -> crcHash;
            case XXH64 -> xxHash;
        };
        hash.reset();
        return hash;
    }
}
