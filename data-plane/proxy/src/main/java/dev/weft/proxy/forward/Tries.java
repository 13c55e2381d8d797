package dev.weft.proxy.forward;

import dev.weft.balance.Address;
import dev.weft.balance.PickContext;
import dev.weft.balance.health.Outcome;
import dev.weft.proxy.cluster.Cluster;
import dev.weft.proxy.cluster.ClusterEndpoint;
import dev.weft.proxy.failure.ProxyFailure;
import dev.weft.proxy.failure.ProxyFailure.TimedOut;
import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.model.ClientRules.SchemeRule;
import dev.weft.proxy.model.RetryPolicy;
import dev.weft.proxy.route.ForwardDecision;
import dev.weft.proxy.route.RetryRules;
import org.jspecify.annotations.Nullable;

/**
 * The tries of one exchange at the endpoints of its cluster: one at a time, and whether there is another after it.
 *
 * <p>Confined to its exchange's event loop. Holds what was taken of the cluster for the request until {@link #settle}.
 */
final class Tries {
    private final Exchange exchange;
    private final ForwardLoop loop;
    private final ExchangeDeadline deadline;

    /** Made when it is first needed, which most requests never do. */
    private @Nullable RetryState retries;

    private @Nullable ForwardDecision decision;
    private @Nullable Cluster cluster;
    private @Nullable PickContext context;
    private @Nullable RetryPolicy policy;
    private @Nullable Attempt running;
    private @Nullable Attempt last;
    private @Nullable ClusterEndpoint lastEndpoint;
    private int count;

    Tries(Exchange exchange, ForwardLoop loop, ExchangeDeadline deadline) {
        this.exchange = exchange;
        this.loop = loop;
        this.deadline = deadline;
    }

    /**
     * Begins the first try.
     *
     * @param taken has counted the request in; it is counted out by {@link #settle}
     * @param picking of the loop, which gets it back
     * @param preferred what a filter wants to be tried first, or null
     */
    void begin(Cluster taken, PickContext picking, ForwardDecision to, @Nullable Address preferred) {
        cluster = taken;
        context = picking;
        decision = to;
        policy = to.retry();
        start(taken, picking, preferred, false);
    }

    private void start(Cluster to, PickContext picking, @Nullable Address preferred, boolean holdsRetryPermit) {
        ClusterEndpoint endpoint = preferred == null ? null : to.taking(preferred);
        Throwable thrown = null;
        try {
            endpoint = endpoint == null ? to.pick(picking) : endpoint;
        } catch (Throwable e) { // of a balancing policy that is not ours
            thrown = e;
        }
        if (endpoint == null) {
            if (holdsRetryPermit) {
                to.returnRetry();
            }
            if (thrown != null) {
                exchange.broken(thrown);
                return;
            }
            exchange.fail(new ProxyFailure.NoHealthyEndpoint(to.name(), to.isEmpty()));
            return;
        }
        count++;
        lastEndpoint = endpoint;
        to.attemptStarted(endpoint, picking);
        exchange.requestFlow().rewind();
        deadline.noUpstream();
        RetryPolicy retry = policy;
        if (retry != null && !retry.perTryTimeout().isZero()) {
            deadline.tryWithin(retry.perTryTimeout().toNanos());
        }
        Attempt next = new Attempt(exchange, loop, to, endpoint, holdsRetryPermit);
        running = next;
        last = next;
        next.start();
    }

    /** A connection is there: makes the head this try's. Returns whether it is still to be sent. */
    boolean beforeSending() {
        RequestHead request = exchange.request();
        ForwardDecision to = decision;
        if (to != null && to.rewritesHostByEndpoint()) {
            to.rewriteHostByEndpoint(request, hostname(), count == 1);
        }
        if (exchange.policy().options().clients().scheme() == SchemeRule.OF_UPSTREAM) {
            request.scheme(isSecured() ? "https" : "http");
        }
        if (to != null && to.attempts().inRequest()) {
            request.headers().set(HeaderName.X_ENVOY_ATTEMPT_COUNT, Integer.toString(count));
        }
        exchange.passage().beforeAttempt();
        if (!exchange.isOver() && exchange.isGrpc()) {
            long left = deadline.routeLeftNanos();
            if (left != Long.MAX_VALUE) {
                // Never more than what is left of the whole: a retry has less.
                GrpcTimeout.write(request.headers(), left);
            }
        }
        return !exchange.isOver();
    }

    /** The try that the request is with; null between tries. */
    @Nullable
    Attempt running() {
        return running;
    }

    /** The one that runs, or ran last. */
    @Nullable
    Attempt last() {
        return last;
    }

    /** {@code host:port} of the last endpoint tried. */
    @Nullable
    String endpoint() {
        return lastEndpoint == null ? null : lastEndpoint.toString();
    }

    /** What the last endpoint tried is called, where that is known. */
    private @Nullable String hostname() {
        return lastEndpoint == null ? null : lastEndpoint.hostname();
    }

    /** Whether the cluster is spoken to over TLS. */
    private boolean isSecured() {
        return cluster != null && cluster.config().tls().isPresent();
    }

    int count() {
        return count;
    }

    /** Whether nothing has happened that a repetition could not undo. */
    boolean canRepeat() {
        return !exchange.responseFlow().isCommitted() && exchange.requestFlow().canBeSentAgain();
    }

    /** The running try has ended before its response did; its endpoint knows already. */
    void failed(ProxyFailure cause) {
        running = null;
        if (exchange.isOver()) {
            return;
        }
        exchange.responseFlow().forgetHead();
        if (!canRepeat()
                || !repeat(
                        Retriable.afterFailure(cause, policy, exchange.request().method()))) {
            exchange.fail(cause);
        }
    }

    private boolean repeat(Retriable how) {
        boolean free = switch (how) {
            case NO, BY_POLICY -> false;
            case SAFELY, REFUSED -> retryState().mayRepeatSafely();
            case ELSEWHERE -> retryState().mayRepeatElsewhere();
        };
        if (free) {
            repeatNow(false);
            return true;
        }
        return switch (how) {
            case NO -> false;
            case BY_POLICY -> planRetry(null);
            case REFUSED -> planRepeatOfRefused() || planNamed();
            case SAFELY, ELSEWHERE -> planNamed();
        };
    }

    private boolean planNamed() {
        return Retriable.namesUnprocessed(policy) && planRetry(null);
    }

    /** The same for a request that is refused again and again; no policy has to allow it. */
    private boolean planRepeatOfRefused() {
        Cluster to = cluster;
        RetryState state = retryState();
        long delay = state.refusedDelayNanos(loop.random());
        if (to == null || !isWorth(delay) || !to.tryTakeRetry()) {
            return false;
        }
        state.repeatOfRefusedIsPlanned();
        waitFor(delay);
        return true;
    }

    private boolean isWorth(long delayNanos) {
        return delayNanos != RetryState.NOT_WORTH_WAITING && delayNanos < deadline.routeLeftNanos();
    }

    private void waitFor(long delayNanos) {
        deadline.noTry();
        deadline.retryIn(delayNanos);
    }

    /**
     * Takes the permit for a retry and sets the time for it, where policy, attempts, time and budget allow one.
     *
     * @param response the fields of the response that is to be retried; null where there was none
     */
    private boolean planRetry(@Nullable Headers response) {
        Cluster to = cluster;
        RetryPolicy retry = policy;
        RetryRules rules = retryRules();
        RetryState state = retryState();
        if (to == null || retry == null || !state.mayRetry(retry)) {
            return false;
        }
        if (rules != null && !rules.allow(exchange.request())) {
            return false;
        }
        long delay = delayNanos(state, retry, rules, response);
        if (!isWorth(delay) || !to.tryTakeRetry()) {
            return false;
        }
        state.retryIsPlanned();
        waitFor(delay);
        return true;
    }

    private long delayNanos(
            RetryState state, RetryPolicy retry, @Nullable RetryRules rules, @Nullable Headers response) {
        long after = RetryState.NO_RETRY_AFTER;
        if (response != null && rules != null && rules.readResets()) {
            long reset = rules.resetNanos(response, System.currentTimeMillis());
            if (reset != RetryRules.NOT_SAID) {
                return RetryState.notBefore(reset, loop.random());
            }
        } else if (response != null) {
            after = RetryState.retryAfterNanos(response);
        }
        return state.delayNanos(retry, after, loop.random());
    }

    private @Nullable RetryRules retryRules() {
        ForwardDecision to = decision;
        return to == null ? null : to.retryRules();
    }

    private RetryState retryState() {
        RetryState state = retries;
        if (state == null) {
            state = new RetryState();
            retries = state;
        }
        return state;
    }

    void retryIsDue() {
        if (retryState().takePlanned()) {
            repeatNow(true);
        }
    }

    private void repeatNow(boolean holdsRetryPermit) {
        Cluster to = cluster;
        PickContext picking = context;
        if (to != null && picking != null) {
            loop.telemetry().cluster(to.name()).retried();
            start(to, picking, null, holdsRetryPermit);
        }
    }

    /** Whether a response that the policy does not want was given up for another try. */
    boolean retriesInstead(ResponseHead head, boolean end) {
        RetryPolicy retry = policy;
        Attempt answered = running;
        if (retry == null
                || answered == null
                || !canRepeat()
                || !Retriable.afterResponse(retry, retryRules(), head.status(), head.headers())) {
            return false;
        }
        answered.returnRetryPermit();
        if (!planRetry(head.headers())) {
            return false;
        }
        dismiss(answered, head, end);
        return true;
    }

    private void dismiss(Attempt answered, ResponseHead head, boolean end) {
        running = null;
        if (end) {
            answered.complete(exchange.requestFlow().isIncomplete());
        } else {
            answered.abandon(Outcome.ofStatus(head.status()));
        }
    }

    /** The response sends the request elsewhere, as if it had just come. */
    void beginAnew(ResponseHead head, boolean end) {
        Attempt answered = running;
        if (answered != null) {
            dismiss(answered, head, end);
        }
        handBack(0, exchange.requestFlow().receivedBytes());
        cluster = null;
        decision = null;
        policy = null;
        retries = null;
        count = 0;
    }

    void timedOut() {
        if (running == null || exchange.responseFlow().isCommitted()) {
            return;
        }
        giveUp(Outcome.LOCAL_FAILURE);
        failed(new TimedOut(TimedOut.Limit.PER_TRY, endpoint()));
    }

    /** The try has had as long as its cluster lets a stream live. */
    void outlived() {
        if (running == null) {
            return;
        }
        giveUp(Outcome.LOCAL_FAILURE);
        failed(new TimedOut(TimedOut.Limit.UPSTREAM_STREAM, endpoint()));
    }

    /**
     * Gives the running try up, if there is one.
     *
     * @param outcome what it says of the endpoint, or null for nothing
     */
    void giveUp(@Nullable Outcome outcome) {
        Attempt given = running;
        running = null;
        if (given != null) {
            given.abandon(outcome);
        }
    }

    /**
     * Returns what was taken of the cluster and of the loop.
     *
     * @return the try that is still to be let go, once the last bytes are written
     */
    @Nullable
    Attempt settle(long sentBytes, long receivedBytes) {
        Attempt unfinished = running;
        running = null;
        handBack(sentBytes, receivedBytes);
        return unfinished;
    }

    private void handBack(long sentBytes, long receivedBytes) {
        Cluster used = cluster;
        if (used != null) {
            used.returnRequest();
            if (retries != null && retries.takePlanned()) {
                used.returnRetry();
            }
            loop.telemetry().cluster(used.name()).bytes(sentBytes, receivedBytes);
        }
        PickContext picking = context;
        if (picking != null) {
            context = null;
            loop.giveBack(picking);
        }
    }
}
