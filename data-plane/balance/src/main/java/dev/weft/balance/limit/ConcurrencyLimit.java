package dev.weft.balance.limit;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** Thread-safe: at most so many at once. The bound is exact over all loops. */
public final class ConcurrencyLimit {

    private final String name;
    private final AtomicInteger inUse = new AtomicInteger();
    private final LongAdder refused = new LongAdder();

    /** Published by whoever changes the configuration; what is in use beyond a new, smaller one ends by itself. */
    private volatile int maximum;

    /**
     * @param name what is limited, for messages and metrics
     * @param maximum {@code >= 0}; 0 refuses everything
     */
    public ConcurrencyLimit(String name, int maximum) {
        if (maximum < 0) {
            throw new IllegalArgumentException(name + ": " + maximum + " (expected: >= 0)");
        }
        this.name = name;
        this.maximum = maximum;
    }

    /** A permit to be ended once, or null where all are taken. */
    public @Nullable Permit tryAcquire() {
        return tryTake() ? new Permit(this) : null;
    }

    /** Takes a permit that is no object; where it says true, {@link #giveBack} is owed exactly once. */
    public boolean tryTake() {
        // Looks before it counts: nobody ever sees more in use than there may be, and refusing a flood writes nothing
        // that the loops share but a striped counter.
        int now = inUse.get();
        while (now < maximum) {
            if (inUse.compareAndSet(now, now + 1)) {
                return true;
            }
            now = inUse.get();
        }
        refused.increment();
        return false;
    }

    /** Gives back what {@link #tryTake} took. */
    public void giveBack() {
        if (inUse.decrementAndGet() < 0) {
            inUse.incrementAndGet();
            throw new IllegalStateException("permit of " + name + " given back twice (expected: once)");
        }
    }

    /** Changes the bound; permits in use stay valid. */
    public void resize(int newMaximum) {
        if (newMaximum < 0) {
            throw new IllegalArgumentException(name + ": " + newMaximum + " (expected: >= 0)");
        }
        maximum = newMaximum;
    }

    public int inUse() {
        return inUse.get();
    }

    public int maximum() {
        return maximum;
    }

    /** How often there was no permit. */
    public long refusals() {
        return refused.sum();
    }

    public String name() {
        return name;
    }

    @Override
    public String toString() {
        return name;
    }
}
