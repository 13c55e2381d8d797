package dev.weft.proxy.tcp;

import dev.weft.proxy.overload.MemoryGuard;
import dev.weft.proxy.telemetry.LoopAccessLog;
import dev.weft.proxy.telemetry.LoopTelemetry;
import dev.weft.proxy.time.LoopTimer;
import dev.weft.proxy.upstream.Connector;
import java.util.random.RandomGenerator;

/** What the opaque connections of one event loop share. Confined to that loop. */
public record TcpLoop(
        Connector connector,
        LoopTimer timer,
        LoopTelemetry telemetry,
        LoopAccessLog accessLog,
        RandomGenerator random,
        MemoryGuard memory) {}
