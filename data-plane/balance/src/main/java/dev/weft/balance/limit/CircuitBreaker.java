package dev.weft.balance.limit;

/**
 * Thread-safe: the limits of one cluster. Each is acquired as a {@link Permit}; a refusal is an overflow, answered at
 * once instead of queueing behind an upstream that cannot keep up.
 *
 * <p>Envoy's circuit breakers: bounds on concurrency, not on error rates. Pending requests are those that wait for a
 * connection; retries are those in flight, where a {@link RetryBudget} does not replace the fixed number.
 */
public final class CircuitBreaker {

    private final ConcurrencyLimit connections;
    private final ConcurrencyLimit pending;
    private final ConcurrencyLimit requests;
    private final ConcurrencyLimit retries;

    public CircuitBreaker(Limits limits) {
        this.connections = new ConcurrencyLimit("max_connections", limits.maxConnections());
        this.pending = new ConcurrencyLimit("max_pending_requests", limits.maxPendingRequests());
        this.requests = new ConcurrencyLimit("max_requests", limits.maxRequests());
        this.retries = new ConcurrencyLimit("max_retries", limits.maxRetries());
    }

    /** Changes the bounds; what is in use stays so. */
    public void resize(Limits limits) {
        connections.resize(limits.maxConnections());
        pending.resize(limits.maxPendingRequests());
        requests.resize(limits.maxRequests());
        retries.resize(limits.maxRetries());
    }

    public ConcurrencyLimit connections() {
        return connections;
    }

    public ConcurrencyLimit pending() {
        return pending;
    }

    public ConcurrencyLimit requests() {
        return requests;
    }

    public ConcurrencyLimit retries() {
        return retries;
    }

    /** Immutable. Each is {@code >= 0}; 0 refuses everything. */
    public record Limits(int maxConnections, int maxPendingRequests, int maxRequests, int maxRetries) {

        /** 1024 connections, 1024 pending, 1024 requests, 3 retries. */
        public static Limits defaults() {
            return new Limits(1_024, 1_024, 1_024, 3);
        }
    }
}
