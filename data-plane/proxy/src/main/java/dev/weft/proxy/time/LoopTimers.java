package dev.weft.proxy.time;

import io.netty.channel.EventLoop;
import java.util.concurrent.ConcurrentHashMap;

/** Thread-safe: finds the one {@link LoopTimer} of each event loop, which it makes when it is first asked for. */
public final class LoopTimers {
    private final ConcurrentHashMap<EventLoop, LoopTimer> timers = new ConcurrentHashMap<>();

    /** To be asked once per connection, not per request. */
    public LoopTimer of(EventLoop loop) {
        LoopTimer timer = timers.get(loop);
        return timer != null ? timer : timers.computeIfAbsent(loop, LoopTimer::new);
    }
}
