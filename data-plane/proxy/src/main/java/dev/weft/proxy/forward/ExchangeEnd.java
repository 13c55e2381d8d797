package dev.weft.proxy.forward;

import dev.weft.balance.health.Outcome;
import dev.weft.proxy.failure.FailureAnswer;
import dev.weft.proxy.failure.ProxyFailure;
import dev.weft.proxy.failure.ProxyFailure.TimedOut;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.http.StreamReset;
import dev.weft.proxy.telemetry.TrafficCounters;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How an exchange ends, which it does exactly once: with its response, with an answer of our own, or broken off.
 *
 * <p>Confined to its exchange's event loop.
 */
final class ExchangeEnd {
    private static final Logger LOG = LoggerFactory.getLogger(ExchangeEnd.class);
    private static final long DEADLINE_SKEW_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final Exchange exchange;

    private @Nullable ProxyFailure failure;
    private boolean over;

    /** The response is complete before the request was; the try cannot be left to end by itself. */
    private boolean leftIncomplete;

    ExchangeEnd(Exchange exchange) {
        this.exchange = exchange;
    }

    boolean isOver() {
        return over;
    }

    /** What went wrong, or null. */
    @Nullable
    ProxyFailure failure() {
        return failure;
    }

    // ---- What ends it early ----

    /** The client is gone, or has broken the protocol: the upstream's work is cancelled. */
    void clientGone(StreamReset cause) {
        if (over) {
            return;
        }
        note(new ProxyFailure.ClientGone(cause));
        exchange.attempts().giveUp(null);
        finish();
    }

    void timedOut(TimedOut.Limit limit) {
        boolean waitedForUpstream =
                exchange.requestFlow().isEnded() && exchange.attempts().running() != null;
        exchange.attempts()
                .giveUp(waitedForUpstream && !exchange.responseFlow().isCommitted() ? Outcome.LOCAL_FAILURE : null);
        fail(new TimedOut(limit, waitedForUpstream ? exchange.attempts().endpoint() : null));
    }

    /**
     * Something threw on the way of this request: it fails alone, since an exception that passed on would end the connection, and
     * over HTTP/2 all that is on it.
     *
     * @throws Error the cause where it tells of the process
     */
    void broken(Throwable cause) {
        LOG.warn("request {} failed unexpectedly", exchange.passage().originalPath(), cause);
        fail(new ProxyFailure.Broken(String.valueOf(cause)));
        if (cause instanceof VirtualMachineError error && !(error instanceof StackOverflowError)) {
            throw error;
        }
    }

    /** Answers as the table of failures says; where the client has a head already, tells it in whatever way is left. */
    void fail(ProxyFailure found) {
        if (over) {
            return;
        }
        ProxyFailure cause = isUpstreamsDeadline(found)
                ? new TimedOut(TimedOut.Limit.ROUTE, exchange.attempts().endpoint())
                : found;
        note(cause);
        if (!exchange.responseFlow().isSent()) {
            FailureAnswer answer = FailureAnswer.of(cause);
            answer(LocalResponse.of(answer, exchange.request()), answer.status());
            return;
        }
        exchange.attempts().giveUp(null);
        if (exchange.isGrpc() && exchange.responseFlow().canEndWithTrailers()) {
            exchange.responseFlow().trailers(LocalResponse.grpcStatus(FailureAnswer.of(cause)));
        } else {
            exchange.downstream().reset(StreamReset.PEER_ERROR);
            finish();
        }
    }

    /** A gRPC server knows the deadline by {@code grpc-timeout}, and cancels the call when its clock is a little ahead of ours. */
    private boolean isUpstreamsDeadline(ProxyFailure cause) {
        return exchange.isGrpc()
                && cause instanceof ProxyFailure.UpstreamReset reset
                && reset.cause() == StreamReset.CANCELLED
                && exchange.deadline().routeLeftNanos() < DEADLINE_SKEW_NANOS;
    }

    private void note(ProxyFailure cause) {
        failure = cause;
        exchange.loop().telemetry().failed(FailureAnswer.of(cause).label());
        exchange.passage().failure(cause);
    }

    /** As {@link #respond(LocalResponse, int)}, where the head says it. */
    void respond(LocalResponse local) {
        respond(local, local.head().status());
    }

    /**
     * Answers in place of the upstream, unless the client has a head already.
     *
     * @param status what it means in HTTP, which for gRPC its head does not say
     */
    void respond(LocalResponse local, int status) {
        if (over || exchange.responseFlow().isSent()) {
            local.body().release();
        } else {
            answer(local, status);
        }
    }

    private void answer(LocalResponse local, int status) {
        exchange.attempts().giveUp(null);
        exchange.responseFlow().answer(local, exchange.policy().replies(), status);
    }

    // ---- The end itself ----

    void finish() {
        letGo(settle());
    }

    /**
     * All is decided: what was taken is returned, and what happened is told, once, whatever the outcome. The last bytes are
     * written after it, because with them the stream ends, and its connection may begin the next request in the same head.
     *
     * @return the try that is still to be let go, once they are written
     */
    @Nullable
    Attempt settle() {
        over = true;
        exchange.deadline().cancel();
        RequestFlow requestFlow = exchange.requestFlow();
        ResponseFlow responseFlow = exchange.responseFlow();
        leftIncomplete = requestFlow.isIncomplete();
        requestFlow.release();
        responseFlow.release();
        Attempt last = exchange.attempts().settle(responseFlow.sentBytes(), requestFlow.receivedBytes());
        ResponseHead told = responseFlow.head();
        int status = told == null || !responseFlow.isSent() ? 0 : told.status();
        long nanos = exchange.elapsedNanos();
        TrafficCounters counters = exchange.entrance().counters();
        counters.ended(status, nanos);
        counters.bytes(requestFlow.receivedBytes(), responseFlow.sentBytes());
        ExchangeLog.write(exchange, status, nanos);
        exchange.passage().end();
        return last;
    }

    void letGo(@Nullable Attempt last) {
        exchange.downstream().flush();
        if (last != null) {
            last.complete(leftIncomplete);
        }
    }
}
