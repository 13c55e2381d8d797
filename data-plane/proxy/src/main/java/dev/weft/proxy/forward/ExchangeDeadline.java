package dev.weft.proxy.forward;

import dev.weft.proxy.failure.ProxyFailure.TimedOut;
import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.time.Deadline;
import dev.weft.proxy.time.LoopTimer;
import java.time.Duration;

/**
 * All deadlines of one exchange in one entry of the loop's timer: whole stream, whole route, present try and its stream, idle stream, whole request, the rate of
 * its body, and the wait before a retry. Movement of bodies costs one store; only when the entry comes due is it seen whether it was put off.
 *
 * <p>Confined to its exchange's event loop.
 */
final class ExchangeDeadline extends Deadline {
    private static final long NONE = Long.MAX_VALUE;

    private final Exchange exchange;
    private final LoopTimer timer;
    private long streamAt = NONE;
    private long upstreamAt = NONE;
    private long routeAt = NONE;
    private long tryAt = NONE;
    private long requestAt = NONE;
    private long retryAt = NONE;

    /** When it is next looked how much of the request's body has come. */
    private long rateAt = NONE;

    /** Since when only the client is waited for, as long as it is. */
    private long awaitedSince;

    private long rateNanos;
    private int rateBytes;
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

    /** 0 for no limit. */
    void requestWithin(long nanos) {
        if (nanos > 0) {
            requestAt = timer.nanos() + nanos;
            arm();
        }
    }

    /** So much of the request's body has to come in each span; {@link #idle}, which is called next, arms it. */
    void bodyRate(HttpOptions.BodyRate least) {
        rateBytes = least.bytes();
        rateNanos = least.within().toNanos();
        awaitedSince = timer.nanos();
        rateAt = rateBytes == 0 ? NONE : awaitedSince + rateNanos;
    }

    /** From now on only the client is waited for. */
    void bodyAwaited() {
        awaitedSince = timer.nanos();
    }

    /** Nobody waits any more for what is left of the request: it is complete, or its response has begun. */
    void requestNotAwaited() {
        requestAt = NONE;
        rateAt = NONE;
    }

    /** Ends the exchange at that time, unless an earlier one was set. */
    void routeAt(long atNanos) {
        routeAt = Math.min(routeAt, atNanos);
        arm();
    }

    /** As {@link #routeAt}, from now on; 0 for no limit. */
    void routeWithin(long nanos) {
        if (nanos > 0) {
            routeAt(timer.nanos() + nanos);
        }
    }

    /** Ends the exchange so long after {@code since}, whatever it is at; zero for never. */
    void streamWithin(long since, Duration limit) {
        streamAt = limit.isZero() ? NONE : since + limit.toNanos();
        arm();
    }

    /** Ends the present try so long from now, whatever it is at. */
    void upstreamWithin(Duration limit) {
        upstreamAt = timer.nanos() + limit.toNanos();
        arm();
    }

    /** Another try begins. */
    void noUpstream() {
        upstreamAt = NONE;
    }

    /** A tunnel has begun: only idleness ends it, and the longest time of a stream. */
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
        if (now >= streamAt) {
            exchange.end().timedOut(TimedOut.Limit.STREAM);
        } else if (now >= routeAt) {
            exchange.end().timedOut(TimedOut.Limit.ROUTE);
        } else if (now >= requestAt) {
            exchange.end().timedOut(TimedOut.Limit.REQUEST);
        } else if (now >= rateAt()) {
            rateIsDue(now);
        } else if (now >= tryAt) {
            tryAt = NONE;
            exchange.attempts().timedOut();
        } else if (now >= upstreamAt) {
            upstreamAt = NONE;
            exchange.attempts().outlived();
        } else if (now >= retryAt) {
            retryAt = NONE;
            exchange.attempts().retryIsDue();
        } else if (now >= idleAt()) {
            exchange.end().timedOut(isClientSilent() ? TimedOut.Limit.BODY_IDLE : TimedOut.Limit.STREAM_IDLE);
        }
        if (!exchange.isOver()) {
            arm();
        }
    }

    /** A span within which the client was kept waiting begins anew when it was let go on. */
    private void rateIsDue(long now) {
        if (awaitedSince + rateNanos > now) {
            rateAt = awaitedSince + rateNanos;
        } else {
            rateAt = now + rateNanos;
            if (exchange.requestFlow().isTooSlow(rateBytes)) {
                exchange.end().timedOut(TimedOut.Limit.BODY_RATE);
            }
        }
    }

    /** Whether it is the rest of the request that does not come. */
    private boolean isClientSilent() {
        return exchange.requestFlow().isClientsTurn()
                && !exchange.responseFlow().isCommitted()
                && !exchange.request().asksForTunnel();
    }

    private void arm() {
        long first = Math.min(
                Math.min(Math.min(Math.min(streamAt, routeAt), requestAt), rateAt()),
                Math.min(Math.min(Math.min(upstreamAt, tryAt), retryAt), idleAt()));
        if (first != NONE) {
            timer.armAt(this, first);
        }
    }

    /** A stream that may stand still for ever may also creep. */
    private long rateAt() {
        return idleNanos == 0 ? NONE : rateAt;
    }

    private long idleAt() {
        return idleNanos == 0 ? NONE : movedAt + idleNanos;
    }
}
