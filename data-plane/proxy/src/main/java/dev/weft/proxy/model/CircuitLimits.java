package dev.weft.proxy.model;

/**
 * What a cluster may hold at once; more is refused with an overflow.
 *
 * @param maxConnections upstream connections
 * @param maxPending requests waiting for a connection
 * @param maxRequests requests in progress
 * @param maxRetries retries in progress, where no budget is set
 * @param retryBudgetPercent share of requests in progress that may be retries, 0 to use {@code maxRetries}
 * @param minRetries retries always allowed under a budget
 */
public record CircuitLimits(
        int maxConnections,
        int maxPending,
        int maxRequests,
        int maxRetries,
        double retryBudgetPercent,
        int minRetries) {
    public static final CircuitLimits DEFAULT = new CircuitLimits(1024, 1024, 1024, 3, 20, 3);

    public CircuitLimits {
        Check.range(maxConnections, 1, Integer.MAX_VALUE, "max_connections");
        Check.range(maxPending, 0, Integer.MAX_VALUE, "max_pending_requests");
        Check.range(maxRequests, 1, Integer.MAX_VALUE, "max_requests");
        Check.range(maxRetries, 0, Integer.MAX_VALUE, "max_retries");
        Check.range(retryBudgetPercent, 0, 100, "retry_budget.budget_percent");
        Check.range(minRetries, 0, Integer.MAX_VALUE, "retry_budget.min_retry_concurrency");
    }
}
