package dev.weft.xds;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** Thread-safe. The streams that are open now, whatever they carry. */
final class StreamRegistry {
    private final Map<Long, DiscoveryStream<?, ?>> streams = new ConcurrentHashMap<>();
    private final AtomicLong lastId = new AtomicLong();
    // Set once by whoever drains; read by every stream that opens.
    private volatile boolean draining;

    long nextId() {
        return lastId.incrementAndGet();
    }

    void add(long id, DiscoveryStream<?, ?> stream) {
        streams.put(id, stream);
    }

    void remove(long id) {
        streams.remove(id);
    }

    Collection<DiscoveryStream<?, ?>> all() {
        return List.copyOf(streams.values());
    }

    boolean isDraining() {
        return draining;
    }

    void drain() {
        draining = true;
    }
}
