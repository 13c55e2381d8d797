package dev.weft.balance;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Confined to one event loop: what a pick needs to know about the request. One per exchange, or one per loop that is
 * {@linkplain #reset reset} for each request; the attempts of one request share it, so that a retry knows where it has
 * been.
 */
public final class PickContext {

    private static final int USUAL_ATTEMPTS = 4;

    private final RandomGenerator random;
    private @Nullable Endpoint[] tried = new @Nullable Endpoint[USUAL_ATTEMPTS];
    private int triedCount;
    private long hash;
    private boolean hashed;

    /** @param random the loop's own generator; it need not be thread-safe */
    public PickContext(RandomGenerator random) {
        this.random = random;
    }

    /** Forgets hash and tried endpoints: the next request begins. */
    public void reset() {
        Arrays.fill(tried, 0, triedCount, null);
        triedCount = 0;
        hash = 0;
        hashed = false;
    }

    /** Sets the request's hash, made with the {@link BalancingPolicy#hashFunction} of the cluster's policy. */
    public void hash(long requestHash) {
        hash = requestHash;
        hashed = true;
    }

    public boolean hasHash() {
        return hashed;
    }

    /** The request's hash, or a random one where it has none. */
    public long hashOrRandom() {
        return hashed ? hash : random.nextLong();
    }

    /** Endpoints that this request was sent to already; 0 at the first attempt. */
    public int attempt() {
        return triedCount;
    }

    /** Notes that an attempt went to {@code endpoint}; the next pick avoids it while there is another. */
    public void addTried(Endpoint endpoint) {
        if (triedCount == tried.length) {
            tried = Arrays.copyOf(tried, triedCount * 2);
        }
        tried[triedCount++] = endpoint;
    }

    public boolean hasTried(Endpoint endpoint) {
        for (int i = 0; i < triedCount; i++) {
            if (endpoint.equals(tried[i])) {
                return true;
            }
        }
        return false;
    }

    public RandomGenerator random() {
        return random;
    }
}
