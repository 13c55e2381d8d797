package dev.weft.balance.limit;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Thread-safe: how many retries may be in flight in relation to all requests.
 *
 * <p>It keeps retries from multiplying the load of an upstream that is failing: with a share of 20 % the worst a cluster
 * can get is 1.2 times what clients send, while a fixed number is too tight for large clusters and too loose for small
 * ones. Input is the number of active requests (retries among them) and of retries in flight; at least
 * {@code minimum} retries are always allowed, so that a quiet cluster can retry at all. A retry that waits for its
 * backoff counts already, since it will happen. Sources: Envoy's {@code RetryBudget}; Finagle's and linkerd's retry
 * budgets, which count over time instead.
 */
public final class RetryBudget {

    private final IntSupplier activeRequests;
    private final AtomicInteger inFlight = new AtomicInteger();

    /** Published by whoever changes the configuration. */
    private volatile Size size;

    /**
     * @param sharePercent retries as a part of active requests, 0..100; 0 leaves a fixed number, the minimum
     * @param minimum retries that are always allowed, {@code >= 0}
     * @param activeRequests requests in flight to the cluster, over all loops
     */
    public RetryBudget(double sharePercent, int minimum, IntSupplier activeRequests) {
        this.size = new Size(sharePercent, minimum);
        this.activeRequests = activeRequests;
    }

    /** Changes the bounds; retries in flight stay counted. */
    public void resize(double sharePercent, int minimum) {
        size = new Size(sharePercent, minimum);
    }

    /** The right to one retry, to be ended once when the retry has ended; null where the budget is spent. */
    public @Nullable Retry tryAcquire() {
        return tryTake() ? new Retry(this) : null;
    }

    /** The right to one retry without an object; where it says true, {@link #giveBack} is owed exactly once. */
    public boolean tryTake() {
        int now = inFlight.get();
        while (now < allowed()) {
            if (inFlight.compareAndSet(now, now + 1)) {
                return true;
            }
            now = inFlight.get();
        }
        return false;
    }

    /** Gives back what {@link #tryTake} took. */
    public void giveBack() {
        if (inFlight.decrementAndGet() < 0) {
            inFlight.incrementAndGet();
            throw new IllegalStateException("retry given back twice (expected: once)");
        }
    }

    /** Retries that the budget covers at this moment. */
    public int allowed() {
        Size now = size;
        return (int) Math.max(now.minimum, Math.floor(activeRequests.getAsInt() * now.sharePercent / 100.0));
    }

    public int inFlight() {
        return inFlight.get();
    }

    /** Immutable. */
    private record Size(double sharePercent, int minimum) {

        private Size {
            if (!(sharePercent >= 0 && sharePercent <= 100)) {
                throw new IllegalArgumentException("budget_percent: " + sharePercent + " (expected: 0..100)");
            }
            if (minimum < 0) {
                throw new IllegalArgumentException("min_retry_concurrency: " + minimum + " (expected: >= 0)");
            }
        }
    }

    /** Thread-safe: one retry in flight. */
    public static final class Retry {

        private final RetryBudget budget;
        private final AtomicBoolean ended = new AtomicBoolean();

        private Retry(RetryBudget budget) {
            this.budget = budget;
        }

        /** Gives it back; throws {@link IllegalStateException} the second time. */
        public void end() {
            if (!ended.compareAndSet(false, true)) {
                throw new IllegalStateException("retry ended twice (expected: once)");
            }
            budget.giveBack();
        }
    }
}
