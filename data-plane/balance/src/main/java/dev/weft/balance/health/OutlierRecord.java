package dev.weft.balance.health;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * Thread-safe where it counts (runs and totals, from every loop); ejections are guarded by the detector's lock. What
 * outlier detection knows of one address.
 */
final class OutlierRecord {

    private final AtomicInteger serverErrorsInARow = new AtomicInteger();
    private final AtomicInteger gatewayFailuresInARow = new AtomicInteger();
    private final AtomicInteger localFailuresInARow = new AtomicInteger();
    private final LongAdder requests = new LongAdder();
    private final LongAdder successes = new LongAdder();
    private int ejections;
    private long ejectedUntilNanos;

    /** Returns whether a rule says to eject; a run that reached its threshold begins anew. */
    boolean note(Outcome outcome, OutlierSettings settings) {
        requests.increment();
        return switch (outcome) {
            case SUCCESS -> {
                successes.increment();
                end(serverErrorsInARow);
                end(gatewayFailuresInARow);
                end(localFailuresInARow);
                yield false;
            }
            case SERVER_ERROR -> {
                end(gatewayFailuresInARow);
                end(localFailuresInARow);
                yield reaches(serverErrorsInARow, settings.consecutiveServerErrors());
            }
            case GATEWAY_FAILURE -> {
                end(localFailuresInARow);
                boolean errors = reaches(serverErrorsInARow, settings.consecutiveServerErrors());
                boolean failures = reaches(gatewayFailuresInARow, settings.consecutiveGatewayFailures());
                yield errors || failures;
            }
            case LOCAL_FAILURE -> {
                boolean errors = reaches(serverErrorsInARow, settings.consecutiveServerErrors());
                boolean failures = reaches(gatewayFailuresInARow, settings.consecutiveGatewayFailures());
                boolean locals = reaches(localFailuresInARow, settings.consecutiveLocalFailures());
                yield errors || failures || locals; // each run has counted this attempt
            }
        };
    }

    /** The success rate of the requests since the last call, 0..1; below 0 where they were fewer than wanted. */
    double takeSuccessRate(int minimumRequests) {
        long all = requests.sumThenReset();
        long good = successes.sumThenReset();
        return all < Math.max(1, minimumRequests) ? -1 : Math.min(1.0, good / (double) all);
    }

    /** The caller holds the detector's lock. */
    int ejections() {
        return ejections;
    }

    /** The caller holds the detector's lock. */
    void ejectedUntil(long nanos) {
        ejectedUntilNanos = nanos;
        ejections++;
    }

    boolean isOver(long nowNanos) {
        return nowNanos - ejectedUntilNanos >= 0;
    }

    /** The caller holds the detector's lock. */
    void forgive() {
        ejections = Math.max(0, ejections - 1);
    }

    /** Back in rotation with nothing held against it but the number of ejections. */
    void restart() {
        end(serverErrorsInARow);
        end(gatewayFailuresInARow);
        end(localFailuresInARow);
    }

    private static boolean reaches(AtomicInteger run, int threshold) {
        if (threshold == 0 || run.incrementAndGet() < threshold) {
            return false;
        }
        run.set(0);
        return true;
    }

    private static void end(AtomicInteger run) {
        if (run.getPlain() != 0) { // success is the common case, and loops should not fight over a line to write 0
            run.set(0);
        }
    }
}
