package dev.weft.balance.health;

/**
 * Confined to the checker's thread: what a row of active checks says about one endpoint.
 *
 * <p>It damps: a state changes only after {@code unhealthyThreshold} failures or {@code healthyThreshold} successes in a
 * row, so that one lost probe does not move traffic. The very first check is believed at once, because an endpoint
 * nobody has asked yet deserves no benefit and no doubt. Source: Envoy's active health checking; HAProxy's
 * {@code fall} and {@code rise}.
 */
public final class ActiveHealth {

    private final int healthyThreshold;
    private final int unhealthyThreshold;
    private boolean healthy;
    private boolean checked;
    private int against;

    /**
     * @param healthyThreshold successes in a row that make an unhealthy endpoint healthy, {@code >= 1}
     * @param unhealthyThreshold failures in a row that make a healthy endpoint unhealthy, {@code >= 1}
     * @param initiallyHealthy what it counts as before the first check has ended
     */
    public ActiveHealth(int healthyThreshold, int unhealthyThreshold, boolean initiallyHealthy) {
        if (healthyThreshold < 1) {
            throw new IllegalArgumentException("healthy_threshold: " + healthyThreshold + " (expected: >= 1)");
        }
        if (unhealthyThreshold < 1) {
            throw new IllegalArgumentException("unhealthy_threshold: " + unhealthyThreshold + " (expected: >= 1)");
        }
        this.healthyThreshold = healthyThreshold;
        this.unhealthyThreshold = unhealthyThreshold;
        this.healthy = initiallyHealthy;
    }

    /** Notes a check that succeeded; returns whether the endpoint changed state. */
    public boolean succeeded() {
        return noted(true, 1);
    }

    /** Notes a check that failed or timed out; returns whether the endpoint changed state. */
    public boolean failed() {
        return noted(false, 1);
    }

    /** Notes a failure that needs no confirmation, such as an endpoint that says it is going away. */
    public boolean failedForSure() {
        return noted(false, unhealthyThreshold);
    }

    public boolean isHealthy() {
        return healthy;
    }

    /** Whether any check has ended. */
    public boolean isChecked() {
        return checked;
    }

    private boolean noted(boolean success, int evidence) {
        boolean first = !checked;
        checked = true;
        if (success == healthy) {
            against = 0;
            return false;
        }
        against += evidence;
        if (!first && against < (success ? healthyThreshold : unhealthyThreshold)) {
            return false;
        }
        healthy = success;
        against = 0;
        return true;
    }
}
