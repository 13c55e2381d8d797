package dev.weft.proxy.forward;

import dev.weft.balance.PickContext;
import dev.weft.balance.hash.HashFunction;
import dev.weft.balance.hash.RequestHash;
import dev.weft.balance.health.Outcome;
import dev.weft.proxy.cluster.Cluster;
import dev.weft.proxy.cluster.ClusterEndpoint;
import dev.weft.proxy.failure.FailureAnswer;
import dev.weft.proxy.failure.ProxyFailure;
import dev.weft.proxy.failure.ProxyFailure.TimedOut;
import dev.weft.proxy.filter.Filter;
import dev.weft.proxy.filter.FilterChain;
import dev.weft.proxy.filter.RequestExchange;
import dev.weft.proxy.http.ClientStream;
import dev.weft.proxy.http.Connection;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.http.ServerStream;
import dev.weft.proxy.http.StreamHandler;
import dev.weft.proxy.http.StreamReset;
import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.HttpOptions.AccessLog;
import dev.weft.proxy.model.RetryPolicy;
import dev.weft.proxy.route.ForwardDecision;
import dev.weft.proxy.route.HashKeys;
import dev.weft.proxy.route.HeaderOps;
import dev.weft.proxy.route.RedirectDecision;
import dev.weft.proxy.route.RespondDecision;
import dev.weft.proxy.route.Route;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One request from its head to its end: the composition root of the request path. Read from {@link #begin} down, it is the life
 * of a request; docs/life-of-a-request.md walks through it.
 *
 * <p>Confined to the event loop of its downstream connection, on which its upstream connection lives too. It is longer than a
 * class should be because it is the one place where order is decided; what can be decided without order is elsewhere (routes,
 * {@link Retriable}, {@link RequestBody}, {@link ExchangeDeadline}, {@link Attempt}).
 */
final class Exchange implements StreamHandler, RequestExchange {
    /** The body of a request without a retry policy is kept up to here, for repetitions that are safe anyway. */
    private static final int DEFAULT_REPLAY_BYTES = 64 * 1024;

    private final Entrance entrance;
    private final ForwardLoop loop;
    private final Snapshot snapshot;
    private final HttpPolicy policy;
    private final ServerStream downstream;
    private final RequestHead request;
    private final ExchangeDeadline deadline;
    private final long startNanos;

    /** As the client sent them, for the log: filters and rewrites change the head. */
    private final String originalPath;

    private final String originalAuthority;

    private final FilterChain chain;
    private Filter[] filters;

    /** Where {@link FilterChain#requestHead} goes on after a wait; {@link FilterChain#PASSED} while none waits. */
    private int waitingRequestFilter = FilterChain.PASSED;

    private int waitingResponseFilter = FilterChain.PASSED;
    private @Nullable BodyQueue heldRequest;
    private @Nullable BodyQueue heldResponse;
    private boolean heldResponseIsWhole;

    private @Nullable Route route;
    private @Nullable ForwardDecision forward;
    private @Nullable ClusterName clusterName;
    private @Nullable Cluster cluster;
    private HeaderOps headerRules = HeaderOps.NONE;
    private @Nullable PickContext context;
    private @Nullable String stickyCookie;

    private @Nullable RequestBody body;
    private boolean requestEnded;
    private boolean grpc;
    private boolean downstreamPaused;

    private @Nullable Attempt attempt;
    private @Nullable ClusterEndpoint lastEndpoint;
    private final RetryState retries = new RetryState();
    private int tries;

    private @Nullable ResponseHead response;
    private boolean responseCommitted;
    private boolean responseSent;
    private boolean responseEnded;
    private boolean upstreamPaused;
    private boolean tunnel;

    private @Nullable ProxyFailure failure;
    private long receivedBytes;
    private long sentBytes;
    private boolean over;

    /** The response is complete before the request was; the try cannot be left to end by itself. */
    private boolean leftIncomplete;

    Exchange(Entrance entrance, Snapshot snapshot, HttpPolicy policy, ServerStream downstream, RequestHead request) {
        this.entrance = entrance;
        this.loop = entrance.loop();
        this.snapshot = snapshot;
        this.policy = policy;
        this.downstream = downstream;
        this.request = request;
        this.originalPath = request.path();
        this.originalAuthority = request.authority();
        this.startNanos = loop.timer().nanos();
        this.deadline = new ExchangeDeadline(this, loop.timer());
        this.chain = policy.chain();
        this.filters = NO_FILTERS;
    }

    private static final Filter[] NO_FILTERS = {};

    // ---- The request, from its head to its first try ----

    void begin(boolean end) {
        requestEnded = end && !opensTunnel(); // a tunnel is still to come, and ends when the client says so
        grpc = request.isGrpc();
        entrance.counters().started();
        deadline.idle(policy.options().streamIdleTimeout().toNanos());
        if (!end && !policy.options().requestTimeout().isZero()) {
            deadline.requestWithin(policy.options().requestTimeout().toNanos());
        }
        reroute(); // first, so that filters know which route they work for
        filters = chain.begin(this);
        if (!over) {
            runRequestFilters(0);
        }
    }

    @Override
    public void reroute() {
        route = policy.routes().find(request, policy.options().stripPort());
        headerRules = route == null ? HeaderOps.NONE : route.headers();
    }

    private void runRequestFilters(int from) {
        int next = chain.requestHead(filters, this, request, requestEnded && heldRequest == null, from);
        if (over || next == FilterChain.STOPPED) {
            return;
        }
        waitingRequestFilter = next;
        if (next == FilterChain.PASSED) {
            decide();
            passHeldRequest();
        }
    }

    private void decide() {
        if (HopLimit.reached(request)) {
            respond(HopLimit.answer(request), Unpooled.EMPTY_BUFFER);
            return;
        }
        Route matched = route;
        if (matched == null) {
            fail(new ProxyFailure.NoRoute(originalAuthority, originalPath));
            return;
        }
        switch (matched.decision()) {
            case ForwardDecision to -> forward(matched, to);
            case RedirectDecision to -> respond(LocalResponse.redirect(to.status(), to.location(matched, request)));
            case RespondDecision with ->
                respond(LocalResponse.of(with.status(), with.contentType(), Unpooled.wrappedBuffer(with.body())));
        }
    }

    private void forward(Route matched, ForwardDecision to) {
        String upgrade = request.upgrade();
        if (upgrade != null && !to.allowsUpgradeTo(upgrade)) {
            fail(new ProxyFailure.UpgradeRefused(upgrade));
            return;
        }
        forward = to;
        ForwardDecision.Target target = to.target(loop.random());
        clusterName = target.cluster();
        headerRules = target.headers();
        to.rewrite(matched, request);
        chain.chooseUpstream(
                filters, this); // after the route's choice, which it may overrule; header rules are applied in it
        if (over) {
            return;
        }
        Cluster chosen = snapshot.clusters().get(clusterName);
        if (chosen == null) {
            fail(new ProxyFailure.NoCluster(clusterName));
        } else if (!chosen.tryTakeRequest()) {
            fail(new ProxyFailure.Overflow(clusterName, "max_requests"));
        } else {
            cluster = chosen;
            PickContext picking = loop.takeContext();
            context = picking;
            hash(to.hashKeys(), chosen.hashFunction(), picking);
            armDeadlines(to);
            if (!requestEnded || heldRequest != null) {
                RetryPolicy retry = to.retry();
                body = new RequestBody(retry == null ? DEFAULT_REPLAY_BYTES : retry.maxBufferedBytes());
            }
            tryEndpoint(chosen, picking, false);
        }
    }

    private void hash(HashKeys keys, @Nullable HashFunction function, PickContext picking) {
        if (function == null || keys.isEmpty()) {
            return;
        }
        RequestHash hash = loop.hash(function);
        stickyCookie = keys.addTo(hash, request, clientAddress(), loop.random());
        if (hash.isPresent()) {
            picking.hash(hash.value());
        }
    }

    private void armDeadlines(ForwardDecision to) {
        deadline.idle(to.idleTimeoutNanos(policy.options().streamIdleTimeout().toNanos()));
        long grpcNanos = grpc ? GrpcTimeout.read(request.headers()) : GrpcTimeout.NONE;
        if (grpcNanos != GrpcTimeout.NONE) {
            deadline.routeAt(startNanos + grpcNanos);
        }
        if (requestEnded || opensTunnel()) {
            armRouteTimeout(to);
        }
    }

    /** Counted from the end of the request, so that a slow upload does not eat the time of the upstream. */
    private void armRouteTimeout(ForwardDecision to) {
        if (to.timeoutNanos() > 0) {
            deadline.routeAt(loop.timer().nanos() + to.timeoutNanos());
        }
    }

    // ---- Tries ----

    private void tryEndpoint(Cluster to, PickContext picking, boolean holdsRetryPermit) {
        ClusterEndpoint endpoint = to.pick(picking);
        if (endpoint == null) {
            if (holdsRetryPermit) {
                to.returnRetry();
            }
            fail(new ProxyFailure.NoHealthyEndpoint(to.name(), to.isEmpty()));
            return;
        }
        tries++;
        lastEndpoint = endpoint;
        to.attemptStarted(endpoint, picking);
        RequestBody sending = body;
        if (sending != null) {
            sending.rewind();
        }
        RetryPolicy retry = forward == null ? null : forward.retry();
        if (retry != null && !retry.perTryTimeout().isZero()) {
            deadline.tryWithin(retry.perTryTimeout().toNanos());
        }
        Attempt next = new Attempt(this, loop, to, endpoint, holdsRetryPermit);
        attempt = next;
        next.start();
    }

    /** A connection is there. Returns whether the request is still to be sent. */
    boolean beforeSending() {
        chain.beforeAttempt(filters, this, request);
        if (!over && grpc) {
            long left = deadline.routeLeftNanos();
            if (left != Long.MAX_VALUE) {
                GrpcTimeout.write(
                        request.headers(), left); // never more than what is left of the whole (a retry has less)
            }
        }
        return !over;
    }

    /** Whether the head is all there is to send. */
    boolean isHeadOnly() {
        return requestEnded && body == null;
    }

    /** Sends what is there of the request's body, and lets the client go on where that was all. */
    void pumpRequest() {
        Attempt sending = attempt;
        RequestBody queue = body;
        if (sending == null || queue == null || (opensTunnel() && !tunnel)) {
            return; // bytes of a tunnel wait for the upstream's consent (RFC 9110, section 7.8)
        }
        queue.sendTo(sending);
        if (over || sending != attempt) {
            return;
        }
        ClientStream stream = sending.stream();
        if (stream != null) {
            stream.flush();
            if (downstreamPaused && queue.isDrained() && stream.isWritable()) {
                downstreamPaused = false;
                downstream.resume();
            }
        }
    }

    /** The try has ended without a response; its endpoint knows already. */
    void attemptFailed(ProxyFailure cause) {
        attempt = null;
        if (over) {
            return;
        }
        RetryPolicy retry = forward == null ? null : forward.retry();
        if (responseCommitted
                || !canRepeat()
                || !repeat(Retriable.afterFailure(cause, retry, request.method()), retry)) {
            fail(cause);
        }
    }

    private boolean canRepeat() {
        return !responseCommitted && !tunnel && (body == null || body.canBeSentAgain());
    }

    private boolean repeat(Retriable how, @Nullable RetryPolicy retry) {
        if (how == Retriable.NO) {
            return false;
        }
        if (how == Retriable.SAFELY && retries.mayRepeatSafely()) {
            repeatNow(false);
            return true;
        }
        boolean named = how == Retriable.BY_POLICY || Retriable.namesUnprocessed(retry);
        return named && retry != null && planRetry(retry, RetryState.NO_RETRY_AFTER);
    }

    /** Takes the permit for a retry and sets the time for it, where attempts, time and budget allow one. */
    private boolean planRetry(RetryPolicy retry, long retryAfterNanos) {
        Cluster to = cluster;
        if (to == null || !retries.mayRetry(retry)) {
            return false;
        }
        long delay = retries.delayNanos(retry, retryAfterNanos, loop.random());
        if (delay == RetryState.NOT_WORTH_WAITING || delay >= deadline.routeLeftNanos() || !to.tryTakeRetry()) {
            return false;
        }
        retries.retryIsPlanned();
        deadline.noTry();
        deadline.retryIn(delay);
        return true;
    }

    void retryIsDue() {
        if (retries.takePlanned()) {
            repeatNow(true);
        }
    }

    private void repeatNow(boolean holdsRetryPermit) {
        retries.takePlanned();
        Cluster to = cluster;
        PickContext picking = context;
        if (to != null && picking != null) {
            loop.telemetry().cluster(to.name()).retried();
            tryEndpoint(to, picking, holdsRetryPermit);
        }
    }

    // ---- The request's body, from the client ----

    @Override
    public void data(ByteBuf data, boolean end) {
        if (over || requestEnded) {
            data.release(); // the rest of a request that was answered already
            return;
        }
        requestEnded = end;
        receivedBytes += data.readableBytes();
        deadline.moved();
        if (waitingRequestFilter != FilterChain.PASSED) {
            hold().add(data, end);
            pauseDownstream();
        } else {
            passRequest(data, end);
        }
    }

    @Override
    public void trailers(Headers trailers) {
        if (over || requestEnded) {
            return;
        }
        requestEnded = true;
        if (waitingRequestFilter != FilterChain.PASSED) {
            hold().end(trailers);
        } else {
            passRequestTrailers(trailers);
        }
    }

    private BodyQueue hold() {
        BodyQueue queue = heldRequest;
        if (queue == null) {
            queue = new BodyQueue();
            heldRequest = queue;
        }
        return queue;
    }

    private void passHeldRequest() {
        BodyQueue queue = heldRequest;
        if (queue == null || over) {
            return;
        }
        heldRequest = null;
        for (ByteBuf chunk = queue.next(); chunk != null; chunk = queue.next()) {
            if (over) {
                chunk.release();
            } else {
                passRequest(chunk, queue.atEnd());
            }
        }
        Headers trailers = queue.trailers();
        if (trailers != null && !over) {
            passRequestTrailers(trailers);
        }
    }

    private void passRequest(ByteBuf data, boolean end) {
        ByteBuf passed = tunnel ? data : chain.requestBody(filters, this, data, end);
        RequestBody queue = body;
        if (over || queue == null) {
            passed.release();
            return;
        }
        queue.add(passed, end);
        if (end) {
            requestComplete();
        }
        pumpRequest();
        if (over) {
            return;
        }
        if (end && tunnel && responseEnded) {
            finish();
        } else if (!end && !queue.isDrained()) {
            pauseDownstream();
        }
    }

    private void passRequestTrailers(Headers trailers) {
        if (chain.seesRequestBody()) {
            passRequest(Unpooled.EMPTY_BUFFER, false); // filters that transform have something to flush
        }
        chain.requestTrailers(filters, this, trailers);
        RequestBody queue = body;
        if (over || queue == null) {
            return;
        }
        queue.end(trailers);
        requestComplete();
        pumpRequest();
    }

    private void requestComplete() {
        deadline.requestEnded();
        if (forward != null && !tunnel) {
            armRouteTimeout(forward);
        }
    }

    private void pauseDownstream() {
        if (!downstreamPaused) {
            downstreamPaused = true;
            downstream.pause();
        }
    }

    // ---- The response, from the upstream ----

    void upstreamInformational(ResponseHead head) {
        deadline.moved();
        downstream.informational(head);
        downstream.flush();
    }

    void upstreamHead(ResponseHead head, boolean end) {
        deadline.moved();
        if (retriesInstead(head, end)) {
            return;
        }
        responseCommitted = true;
        response = head;
        deadline.noTry();
        tunnel = !end && opensTunnel() && (head.status() == 101 || (isConnect() && head.status() / 100 == 2));
        if (tunnel) {
            deadline.noRoute();
        }
        if (body != null) {
            body.stopKeeping();
        }
        if (stickyCookie != null) {
            HashKeys.give(stickyCookie, head.headers());
        }
        heldResponseIsWhole = end;
        runResponseFilters(head, 0);
    }

    private boolean retriesInstead(ResponseHead head, boolean end) {
        RetryPolicy retry = forward == null ? null : forward.retry();
        Attempt answered = attempt;
        if (retry == null
                || answered == null
                || !canRepeat()
                || !Retriable.afterResponse(retry, head.status(), head.headers())
                || !planRetry(retry, RetryState.retryAfterNanos(head.headers()))) {
            return false;
        }
        attempt = null;
        if (end) {
            answered.complete(isRequestIncomplete());
        } else {
            answered.abandon(Outcome.ofStatus(head.status()));
        }
        return true;
    }

    private void runResponseFilters(ResponseHead head, int from) {
        int next = chain.responseHead(filters, this, head, heldResponseIsWhole, from);
        if (over || next == FilterChain.STOPPED) {
            return;
        }
        waitingResponseFilter = next;
        if (next != FilterChain.PASSED) {
            return;
        }
        responseSent = true;
        if (heldResponseIsWhole) {
            Attempt running = settle();
            downstream.respond(head, true);
            letGo(running);
            return;
        }
        downstream.respond(head, false);
        if (over) {
            return;
        }
        if (tunnel) {
            pumpRequest();
        }
        passHeldResponse();
        downstream.flush();
    }

    void upstreamData(ByteBuf data, boolean end) {
        deadline.moved();
        if (waitingResponseFilter != FilterChain.PASSED) {
            holdResponse().add(data, end);
            pauseUpstream();
            return;
        }
        passResponse(data, end);
    }

    void upstreamTrailers(Headers trailers) {
        deadline.moved();
        if (waitingResponseFilter != FilterChain.PASSED) {
            holdResponse().end(trailers);
            return;
        }
        passResponseTrailers(trailers);
    }

    private BodyQueue holdResponse() {
        BodyQueue queue = heldResponse;
        if (queue == null) {
            queue = new BodyQueue();
            heldResponse = queue;
        }
        return queue;
    }

    private void passHeldResponse() {
        BodyQueue queue = heldResponse;
        if (queue == null) {
            return;
        }
        heldResponse = null;
        for (ByteBuf chunk = queue.next(); chunk != null; chunk = queue.next()) {
            if (over) {
                chunk.release();
            } else {
                passResponse(chunk, queue.atEnd());
            }
        }
        Headers trailers = queue.trailers();
        if (trailers != null && !over) {
            passResponseTrailers(trailers);
        }
        if (!over) {
            writable();
        }
    }

    private void passResponse(ByteBuf data, boolean end) {
        ByteBuf passed = tunnel ? data : chain.responseBody(filters, this, data, end);
        if (over) {
            passed.release();
            return;
        }
        sentBytes += passed.readableBytes();
        responseEnded = end;
        if (end && (!tunnel || requestEnded)) {
            Attempt running = settle();
            downstream.data(passed, true);
            letGo(running);
            return;
        }
        downstream.data(passed, end);
        downstream.flush();
        if (!over && !downstream.isWritable()) {
            pauseUpstream();
        }
    }

    private void passResponseTrailers(Headers trailers) {
        if (chain.seesResponseBody()) {
            ByteBuf rest = chain.responseBody(filters, this, Unpooled.EMPTY_BUFFER, true);
            if (over) {
                rest.release();
                return;
            }
            sentBytes += rest.readableBytes();
            downstream.data(rest, false);
        }
        chain.responseTrailers(filters, this, trailers);
        if (!over) {
            Attempt running = settle();
            downstream.trailers(trailers);
            letGo(running);
        }
    }

    private void pauseUpstream() {
        ClientStream stream = attempt == null ? null : attempt.stream();
        if (stream != null && !upstreamPaused) {
            upstreamPaused = true;
            stream.pause();
        }
    }

    /** The client takes data again. */
    @Override
    public void writable() {
        ClientStream stream = attempt == null ? null : attempt.stream();
        if (stream != null && upstreamPaused && waitingResponseFilter == FilterChain.PASSED) {
            deadline.moved();
            upstreamPaused = false;
            stream.resume();
        }
    }

    // ---- Ends ----

    /** The client is gone, or has broken the protocol: the upstream's work is cancelled. */
    @Override
    public void reset(StreamReset cause) {
        if (over) {
            return;
        }
        note(new ProxyFailure.ClientGone(cause));
        giveUpAttempt(null);
        finish();
    }

    void routeTimedOut() {
        timedOut(TimedOut.Limit.ROUTE);
    }

    void idleTimedOut() {
        timedOut(TimedOut.Limit.STREAM_IDLE);
    }

    void requestTimedOut() {
        timedOut(TimedOut.Limit.REQUEST);
    }

    void tryTimedOut() {
        if (attempt == null || responseCommitted) {
            return;
        }
        giveUpAttempt(Outcome.LOCAL_FAILURE);
        attemptFailed(new TimedOut(TimedOut.Limit.PER_TRY, endpoint()));
    }

    private void timedOut(TimedOut.Limit limit) {
        boolean waitedForUpstream = requestEnded && attempt != null;
        giveUpAttempt(waitedForUpstream && !responseCommitted ? Outcome.LOCAL_FAILURE : null);
        fail(new TimedOut(limit, waitedForUpstream ? endpoint() : null));
    }

    @Override
    public void fail(ProxyFailure cause) {
        if (over) {
            return;
        }
        note(cause);
        if (responseSent) {
            giveUpAttempt(null);
            downstream.reset(StreamReset.PEER_ERROR);
            finish();
        } else {
            answer(LocalResponse.of(FailureAnswer.of(cause), request));
        }
    }

    private void note(ProxyFailure cause) {
        failure = cause;
        loop.telemetry().failed(FailureAnswer.of(cause).label());
        chain.failure(filters, this, cause);
    }

    @Override
    public void respond(int status, String contentType, ByteBuf content) {
        respond(LocalResponse.of(status, contentType, content));
    }

    @Override
    public void respond(ResponseHead head, ByteBuf content) {
        respond(LocalResponse.sized(head, content));
    }

    private void respond(LocalResponse local) {
        if (over || responseSent) {
            local.body().release();
        } else {
            answer(local);
        }
    }

    /** Says something of our own in place of the upstream. */
    private void answer(LocalResponse local) {
        giveUpAttempt(null);
        tunnel = false;
        responseCommitted = true;
        responseSent = true;
        response = local.head();
        chain.localResponse(filters, this, local.head());
        ByteBuf content = local.body();
        boolean withBody = content.isReadable() && !request.method().equals("HEAD");
        sentBytes += withBody ? content.readableBytes() : 0;
        settle();
        downstream.respond(local.head(), !withBody);
        if (withBody) {
            downstream.data(content, true);
        } else {
            content.release();
        }
        downstream.flush();
    }

    private void giveUpAttempt(@Nullable Outcome outcome) {
        Attempt running = attempt;
        attempt = null;
        if (running != null) {
            running.abandon(outcome);
        }
    }

    private void finish() {
        letGo(settle());
    }

    /**
     * All is decided: what was taken is returned, and what happened is told, once, whatever the outcome. The last bytes are
     * written after it, because with them the stream ends, and its connection may begin the next request in the same head.
     *
     * @return the try that is still to be let go, once they are written
     */
    private @Nullable Attempt settle() {
        over = true;
        deadline.cancel();
        Attempt running = attempt;
        attempt = null;
        leftIncomplete = isRequestIncomplete();
        releaseBodies();
        Cluster used = cluster;
        if (used != null) {
            used.returnRequest();
            if (retries.takePlanned()) {
                used.returnRetry();
            }
            loop.telemetry().cluster(used.name()).bytes(sentBytes, receivedBytes);
        }
        long nanos = loop.timer().nanos() - startNanos;
        int status = response == null || !responseSent ? 0 : response.status();
        entrance.counters().ended(status, nanos);
        entrance.counters().bytes(receivedBytes, sentBytes);
        if (policy.options().accessLog() != AccessLog.OFF) {
            ExchangeLog.write(this, loop.accessLog(), policy, originalAuthority, originalPath, status, nanos);
        }
        chain.end(filters, this);
        if (context != null) {
            loop.giveBack(context);
            context = null;
        }
        return running;
    }

    private void letGo(@Nullable Attempt running) {
        downstream.flush();
        if (running != null) {
            running.complete(leftIncomplete);
        }
    }

    private boolean isRequestIncomplete() {
        return !requestEnded || (body != null && !body.isDrained());
    }

    private void releaseBodies() {
        if (body != null) {
            body.release();
        }
        if (heldRequest != null) {
            heldRequest.release();
        }
        if (heldResponse != null) {
            heldResponse.release();
        }
    }

    private boolean isConnect() {
        return request.method().equals("CONNECT");
    }

    private boolean opensTunnel() {
        return request.upgrade() != null || isConnect();
    }

    // ---- What filters and the log see ----

    @Override
    public void proceed() {
        if (over) {
            return;
        }
        if (waitingRequestFilter != FilterChain.PASSED) {
            int from = waitingRequestFilter;
            waitingRequestFilter = FilterChain.PASSED;
            runRequestFilters(from);
        } else if (waitingResponseFilter != FilterChain.PASSED && response != null) {
            int from = waitingResponseFilter;
            waitingResponseFilter = FilterChain.PASSED;
            runResponseFilters(response, from);
        }
    }

    @Override
    public EventLoop loop() {
        return loop.loop();
    }

    @Override
    public Connection connection() {
        return downstream.connection();
    }

    @Override
    public RequestHead request() {
        return request;
    }

    @Override
    public @Nullable ResponseHead response() {
        return response;
    }

    @Override
    public @Nullable String route() {
        return route == null ? null : route.name();
    }

    @Override
    public @Nullable ClusterName cluster() {
        return clusterName;
    }

    @Override
    public void cluster(ClusterName name) {
        clusterName = name;
    }

    @Override
    public @Nullable String endpoint() {
        return lastEndpoint == null ? null : lastEndpoint.toString();
    }

    @Override
    public int tries() {
        return tries;
    }

    @Override
    public @Nullable ProxyFailure failure() {
        return failure;
    }

    @Override
    public String peerAddress() {
        return entrance.peerAddress(downstream.connection());
    }

    @Override
    public String clientAddress() {
        return ClientAddress.of(request.headers(), policy.options(), peerAddress());
    }

    @Override
    public HeaderOps headerRules() {
        return headerRules;
    }

    @Override
    public RandomGenerator random() {
        return loop.random();
    }

    @Override
    public boolean isOver() {
        return over;
    }

    long receivedBytes() {
        return receivedBytes;
    }

    long sentBytes() {
        return sentBytes;
    }
}
