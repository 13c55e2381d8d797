package dev.weft.balance;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Thread-safe. What is known at run time about one address; survives updates of the endpoint set.
 *
 * <p>The counter is one word and not striped: least request reads it at every pick, and a read of many stripes would
 * cost more than the rare collision of two loops on one endpoint.
 */
final class EndpointState {

    private static final VarHandle ACTIVE;
    private static final VarHandle MARKS;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            ACTIVE = lookup.findVarHandle(EndpointState.class, "active", int.class);
            MARKS = lookup.findVarHandle(EndpointState.class, "marks", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Written by every loop through {@link #ACTIVE}; read by pickers, which may see it slightly late. */
    private volatile int active;

    /** Bits of {@link HealthMark}; written by health checks and outlier detection, read when a snapshot is compiled and by the admin. */
    private volatile int marks;

    /** Whether the last compilation found it healthy, and since when; touched only by compilations, one at a time. */
    private boolean wasHealthy;

    private long healthySinceNanos;

    int activeRequests() {
        return (int) ACTIVE.getOpaque(this);
    }

    void requestStarted() {
        ACTIVE.getAndAdd(this, 1);
    }

    void requestEnded(Endpoint endpoint) {
        int before = (int) ACTIVE.getAndAdd(this, -1);
        if (before <= 0) {
            ACTIVE.getAndAdd(this, 1);
            throw new IllegalStateException("request on " + endpoint + " ended twice (expected: once)");
        }
    }

    boolean has(HealthMark mark) {
        return (marks & mark.bit()) != 0;
    }

    /** Returns whether this changed anything. */
    boolean mark(HealthMark mark, boolean set) {
        int before =
                set ? (int) MARKS.getAndBitwiseOr(this, mark.bit()) : (int) MARKS.getAndBitwiseAnd(this, ~mark.bit());
        return ((before & mark.bit()) != 0) != set;
    }

    Health health(DeclaredHealth declared) {
        Health worst = switch (declared) {
            case HEALTHY -> Health.HEALTHY;
            case DEGRADED -> Health.DEGRADED;
            case UNHEALTHY, DRAINING -> Health.UNHEALTHY;
        };
        int set = marks;
        if (set == 0) {
            return worst;
        }
        for (HealthMark mark : HealthMark.values()) {
            if ((set & mark.bit()) != 0 && mark.effect().compareTo(worst) > 0) {
                worst = mark.effect();
            }
        }
        return worst;
    }

    long healthySinceNanos() {
        return healthySinceNanos;
    }

    /** What a compilation found; slow start begins where an endpoint turns healthy. */
    void observed(Health health, long nowNanos) {
        boolean healthy = health == Health.HEALTHY;
        if (healthy && !wasHealthy) {
            healthySinceNanos = nowNanos;
        }
        wasHealthy = healthy;
    }
}
