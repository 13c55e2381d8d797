package dev.weft.balance;

import org.jspecify.annotations.Nullable;

/**
 * Thread-safe: immutable configuration plus counters and health marks that every event loop reads and writes.
 *
 * <p>Identity is the address. An update of a cluster's endpoints makes new {@code Endpoint}s, but the state behind an
 * address is shared by all of them: requests counted on the old one are seen, and ended, on the new one.
 */
public final class Endpoint implements Pick {

    private final EndpointConfig config;
    private final EndpointState state;

    Endpoint(EndpointConfig config, EndpointState state) {
        this.config = config;
        this.state = state;
    }

    /** An endpoint with fresh state, for use without a {@link ClusterEndpoints}. */
    public static Endpoint of(EndpointConfig config) {
        return new Endpoint(config, new EndpointState());
    }

    public Address address() {
        return config.address();
    }

    public EndpointConfig config() {
        return config;
    }

    public int weight() {
        return config.weight();
    }

    public int priority() {
        return config.priority();
    }

    public Locality locality() {
        return config.locality();
    }

    public @Nullable String hostname() {
        return config.hostname();
    }

    /** Configuration and marks taken together. */
    public Health health() {
        return state.health(config.health());
    }

    public boolean has(HealthMark mark) {
        return state.has(mark);
    }

    /** Requests that were started and have not ended, over all loops. */
    public int activeRequests() {
        return state.activeRequests();
    }

    /** Counts a request; the exchange that calls this owes exactly one {@link #requestEnded}. */
    public void requestStarted() {
        state.requestStarted();
    }

    /** Throws {@link IllegalStateException} where no request is active, which means that one was ended twice. */
    public void requestEnded() {
        state.requestEnded(this);
    }

    EndpointState state() {
        return state;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Endpoint that && address().equals(that.address());
    }

    @Override
    public int hashCode() {
        return address().hashCode();
    }

    @Override
    public String toString() {
        return address().toString();
    }
}
