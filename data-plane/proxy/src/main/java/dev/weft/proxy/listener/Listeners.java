package dev.weft.proxy.listener;

import dev.weft.proxy.model.CertificateExpiry;
import dev.weft.proxy.model.ListenerConfig;
import dev.weft.proxy.time.LoopTimers;
import dev.weft.proxy.tls.TlsEngine;
import dev.weft.proxy.transport.Transport;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The listeners of a proxy.
 *
 * <p>Thread-safe; its methods may be called from any thread except the event loops, since binding is waited for.
 *
 * <p>Each listener has one socket, and its connections go to the loops in turn. SO_REUSEPORT with a socket per loop would spare the
 * hand-over at accept, but it lets another process of the same user bind the same port unnoticed, and the kernel's hash leaves loops
 * idle where a few connections live long, as between sidecars.
 */
public final class Listeners implements AutoCloseable {
    /** What one connection may have unsent before its writer is told to wait. */
    public static final int WRITE_BUFFER_BYTES = 128 * 1024;

    private final Transport transport;
    private final Acceptance acceptance;

    /** Those that accept. */
    private final Map<String, Bound> byName = new HashMap<>();

    /** Removed ones whose connections are finishing, and all others. Loops walk it, which may not wait for whoever binds. */
    private final List<Bound> all = new CopyOnWriteArrayList<>();

    /** Guarded by this: nothing is accepted any more. */
    private boolean draining;

    /**
     * @param maxConnections open at once over all listeners; what comes beyond is closed unserved. 0 for no limit
     * @param engine of TLS; asked when a listener needs it
     */
    public Listeners(
            Transport transport,
            LoopTimers timers,
            ConnectionHandlers handlers,
            int maxConnections,
            Supplier<TlsEngine> engine) {
        this.transport = transport;
        this.acceptance = new Acceptance(timers, handlers, maxConnections, engine);
    }

    /**
     * Checks one listener as far as that can be done without its address.
     *
     * @throws IllegalArgumentException where two chains are for the same connections; the message has the path
     */
    public static void check(ListenerConfig config) {
        ChainChoice.of(config.chains().stream().map(ListenerConfig.Chain::match).toList());
    }

    /**
     * Makes {@code next} what is accepted on: new listeners are bound, same addresses keep their sockets and connections (which go
     * on as {@link ServingChain} says, or drain where their chain is gone), removed ones stop accepting and drain. After
     * {@link #drain} none is bound again.
     *
     * @throws ListenerException where one cannot be bound or its TLS not be set up: the others have been applied
     */
    public synchronized void apply(List<ListenerConfig> next) {
        all.removeIf(Bound::isOver);
        if (draining) {
            return;
        }
        Map<String, Bound> before = new HashMap<>(byName);
        Map<ListenerConfig, Bound> kept = keep(next, before);
        byName.clear();
        List<Bound> removed = new ArrayList<>(before.values());
        List<ListenerException> failures = new ArrayList<>();
        for (ListenerConfig config : next) {
            Bound bound = kept.get(config);
            try {
                if (bound == null) {
                    bound = Bound.bind(config, transport, acceptance);
                    all.add(bound);
                } else {
                    bound.update(config);
                }
            } catch (ListenerException e) {
                failures.add(e);
            }
            if (bound != null) {
                byName.put(config.name(), bound);
            }
        }
        removed.forEach(bound -> bound.drain(drainTime(bound.config())));
        removed.forEach(Bound::awaitSocketClosed); // the next configuration may want the address back
        if (!failures.isEmpty()) {
            ListenerException first = failures.getFirst();
            failures.stream().skip(1).forEach(first::addSuppressed);
            throw first;
        }
    }

    /** Finds the socket that each of {@code next} goes on with, and takes it out of {@code before}. */
    private static Map<ListenerConfig, Bound> keep(List<ListenerConfig> next, Map<String, Bound> before) {
        Map<ListenerConfig, Bound> kept = new HashMap<>();
        for (ListenerConfig config : next) {
            Bound same = before.get(config.name());
            if (same != null && same.hasAddressOf(config)) {
                before.remove(config.name());
                kept.put(config, same);
            }
        }
        for (ListenerConfig config : next) {
            Bound renamed = kept.containsKey(config) ? null : atAddressOf(config, before);
            if (renamed != null) {
                before.values().remove(renamed);
                kept.put(config, renamed);
            }
        }
        return kept;
    }

    private static @Nullable Bound atAddressOf(ListenerConfig config, Map<String, Bound> before) {
        for (Bound bound : before.values()) {
            if (config.port() != 0 && bound.hasAddressOf(config)) {
                return bound;
            }
        }
        return null;
    }

    /** The longest of its chains'. */
    private static Duration drainTime(ListenerConfig config) {
        Duration longest = Duration.ZERO;
        for (ListenerConfig.Chain chain : config.allChains()) {
            Duration its = BoundChain.drainTime(chain);
            longest = its.compareTo(longest) > 0 ? its : longest;
        }
        return longest;
    }

    /** Where each listener is bound, by its name; a port 0 has become a real one. */
    public synchronized Map<String, InetSocketAddress> addresses() {
        Map<String, InetSocketAddress> addresses = new HashMap<>();
        byName.forEach((name, bound) -> addresses.put(name, bound.address()));
        return Map.copyOf(addresses);
    }

    /** What those that accept show to clients. */
    public synchronized List<CertificateExpiry> certificates() {
        return byName.values().stream()
                .flatMap(bound -> bound.certificates().stream())
                .toList();
    }

    /** Downstream connections open now. */
    public int connections() {
        return acceptance.open();
    }

    /** Downstream connections that were closed unserved because there were too many. */
    public long refusedConnections() {
        return acceptance.refused();
    }

    /**
     * Closes the connection of {@code loop}, which is the calling thread's, that holds most bytes in memory.
     *
     * @return what it was, for people; null where none holds {@code leastBytes}
     */
    public @Nullable String closeLargest(EventLoop loop, long leastBytes) {
        Accepted largest = null;
        long most = leastBytes - 1;
        for (Bound bound : all) {
            for (Accepted connection : bound.connections()) {
                long held = connection.isOf(loop) ? connection.heldBytes() : 0;
                if (held > most) {
                    most = held;
                    largest = connection;
                }
            }
        }
        if (largest == null) {
            return null;
        }
        largest.close();
        return "the " + largest + ", which held " + most / 1024 + " KiB";
    }

    /** TLS handshakes with clients that failed, since the start, by reason. */
    public Map<String, Long> tlsFailures() {
        return acceptance.tlsFailures();
    }

    /** Connections closed for want of a PROXY header, since the start, by reason. */
    public Map<String, Long> proxyHeaderFailures() {
        return acceptance.proxyHeaderFailures();
    }

    /** Connections closed because none of their listener's chains was found for them, since the start, by reason. */
    public Map<String, Long> chainFailures() {
        return acceptance.chainFailures();
    }

    /**
     * Stops accepting and drains all connections; completes when none is left, or when {@code deadline} has passed and the rest is
     * closed.
     */
    public synchronized CompletableFuture<Void> drain(Duration deadline) {
        draining = true;
        byName.clear();
        return CompletableFuture.allOf(
                all.stream().map(bound -> bound.drain(deadline)).toArray(CompletableFuture<?>[]::new));
    }

    /** Closes sockets and connections at once. */
    @Override
    public synchronized void close() {
        draining = true;
        byName.clear();
        all.forEach(Bound::close);
        all.clear();
    }
}
