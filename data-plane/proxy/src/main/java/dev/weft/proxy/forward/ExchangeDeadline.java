package dev.weft.proxy.forward;

import dev.weft.proxy.time.Deadline;
import dev.weft.proxy.time.LoopTimer;

/**
 * All deadlines of one exchange in one entry of the loop's timer: whole route, present try, idle stream, whole request, and the
 * wait before a retry. Movement of bodies costs one store; only when the entry comes due is it seen whether it was put off.
 *
 * <p>Confined to its exchange's event loop.
 */
final class ExchangeDeadline extends Deadline {
    private static final long NONE = Long.MAX_VALUE;

    private final Exchange exchange;
    private final LoopTimer timer;
    private long routeAt = NONE;
    private long tryAt = NONE;
    private long requestAt = NONE;
    private long retryAt = NONE;
    private long idleNanos;
    private long movedAt;

    ExchangeDeadline(Exchange exchange, LoopTimer timer) {
        this.exchange = exchange;
        this.timer = timer;
    }

    /** Something moved in either direction. */
    void moved() {
        movedAt = timer.nanos();
    }

    /** 0 for no limit. */
    void idle(long nanos) {
        idleNanos = nanos;
        moved();
        arm();
    }

    void requestWithin(long nanos) {
        requestAt = timer.nanos() + nanos;
        arm();
    }

    void requestEnded() {
        requestAt = NONE;
    }

    /** Ends the exchange at that time, unless an earlier one was set. */
    void routeAt(long atNanos) {
        routeAt = Math.min(routeAt, atNanos);
        arm();
    }

    /** A tunnel has begun: only idleness ends it. */
    void noRoute() {
        routeAt = NONE;
    }

    void tryWithin(long nanos) {
        tryAt = timer.nanos() + nanos;
        arm();
    }

    void noTry() {
        tryAt = NONE;
    }

    void retryIn(long nanos) {
        retryAt = timer.nanos() + nanos;
        arm();
    }

    /** Nanoseconds until the route's time is over; {@link Long#MAX_VALUE} where it has none. */
    long routeLeftNanos() {
        return routeAt == NONE ? NONE : routeAt - timer.nanos();
    }

    void cancel() {
        timer.cancel(this);
    }

    @Override
    protected void expired() {
        long now = timer.nanos();
        if (now >= routeAt) {
            exchange.routeTimedOut();
        } else if (now >= requestAt) {
            exchange.requestTimedOut();
        } else if (now >= tryAt) {
            tryAt = NONE;
            exchange.attempts().timedOut();
        } else if (now >= retryAt) {
            retryAt = NONE;
            exchange.attempts().retryIsDue();
        } else if (now >= idleAt()) {
            exchange.idleTimedOut();
        }
        if (!exchange.isOver()) {
            arm();
        }
    }

    private void arm() {
        long first = Math.min(Math.min(routeAt, requestAt), Math.min(Math.min(tryAt, retryAt), idleAt()));
        if (first != NONE) {
            timer.armAt(this, first);
        }
    }

    private long idleAt() {
        return idleNanos == 0 ? NONE : movedAt + idleNanos;
    }
}
