package dev.weft.proxy.filter;

import dev.weft.proxy.failure.ProxyFailure;
import io.netty.util.internal.OutOfDirectMemoryError;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is done about filters that throw. An {@link Error} is caught like an exception: a class that is missing from a user's filter,
 * a failed assertion in it, a recursion without end are faults of that filter, and cost one request.
 *
 * <p>Thread-safe. Each is counted; of each filter the first is logged, and then at most one a minute with how many there were, so that
 * one that always throws fills no disk.
 */
public final class FilterFaults {
    private static final Logger LOG = LoggerFactory.getLogger(FilterFaults.class);
    private static final long QUIET_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final LongSupplier nanos;
    private final Map<String, Count> byFilter = new ConcurrentHashMap<>();

    /**
     * @param nanos a clock
     */
    public FilterFaults(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** How often filters threw, by their names. */
    public Map<String, Long> counts() {
        Map<String, Long> counts = new TreeMap<>();
        byFilter.forEach((name, count) -> counts.put(name, count.all.sum()));
        return counts;
    }

    /**
     * Fails the request.
     *
     * @throws Error the cause itself where it tells of the process rather than of the filter: an empty heap is not cured by the end
     *     of this request, so whoever watches for it shall see it, and the connection ends too
     */
    void fail(Filter filter, RequestExchange exchange, Throwable cause) {
        note(filter, exchange, cause);
        String what = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        exchange.fail(new ProxyFailure.FilterFailed(name(filter), what));
        if (cause instanceof VirtualMachineError error && !isOfOneRequest(error)) {
            throw error;
        }
    }

    /** Goes on: for phases in which the request can fail no more, and after which others still have to be told. */
    void note(Filter filter, RequestExchange exchange, Throwable cause) {
        long now = nanos.getAsLong();
        Count count = byFilter.computeIfAbsent(name(filter), name -> new Count(new AtomicLong(now - QUIET_NANOS)));
        count.all.increment();
        long said = count.saidNanos.get();
        if (now - said < QUIET_NANOS || !count.saidNanos.compareAndSet(said, now)) {
            return;
        }
        long all = count.all.sum();
        long unsaid = all - count.said.getAndSet(all);
        LOG.warn(
                "Filter {} threw, {} times since that was last said; each request failed alone, the last was {}",
                name(filter),
                unsaid,
                exchange.request().path(),
                cause);
    }

    /** Memory outside of the heap is bounded by configuration, and refused to whoever asks for too much of it. */
    private static boolean isOfOneRequest(VirtualMachineError error) {
        return error instanceof StackOverflowError
                || error instanceof OutOfDirectMemoryError
                || String.valueOf(error.getMessage()).contains("direct buffer memory");
    }

    private static String name(Filter filter) {
        String simple = filter.getClass().getSimpleName();
        return simple.isEmpty() ? filter.getClass().getName() : simple;
    }

    /**
     * @param saidNanos when it was last logged
     */
    private record Count(LongAdder all, AtomicLong said, AtomicLong saidNanos) {
        Count(AtomicLong saidNanos) {
            this(new LongAdder(), new AtomicLong(), saidNanos);
        }
    }
}
