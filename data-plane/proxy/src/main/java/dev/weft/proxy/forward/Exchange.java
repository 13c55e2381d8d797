package dev.weft.proxy.forward;

import dev.weft.balance.Address;
import dev.weft.balance.PickContext;
import dev.weft.balance.hash.HashFunction;
import dev.weft.balance.hash.RequestHash;
import dev.weft.balance.health.Outcome;
import dev.weft.proxy.cluster.Cluster;
import dev.weft.proxy.failure.FailureAnswer;
import dev.weft.proxy.failure.ProxyFailure;
import dev.weft.proxy.failure.ProxyFailure.TimedOut;
import dev.weft.proxy.filter.Answer;
import dev.weft.proxy.filter.Filter;
import dev.weft.proxy.filter.FilterChain;
import dev.weft.proxy.filter.Next;
import dev.weft.proxy.filter.Passage;
import dev.weft.proxy.filter.RequestKey;
import dev.weft.proxy.filter.SideRequest;
import dev.weft.proxy.http.ClientStream;
import dev.weft.proxy.http.Connection;
import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.Protocol;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.http.ServerStream;
import dev.weft.proxy.http.StreamHandler;
import dev.weft.proxy.http.StreamReset;
import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.HttpOptions.AccessLog;
import dev.weft.proxy.model.RetryPolicy;
import dev.weft.proxy.model.Share;
import dev.weft.proxy.model.TargetRules;
import dev.weft.proxy.route.ForwardDecision;
import dev.weft.proxy.route.HashKeys;
import dev.weft.proxy.route.HeaderOps;
import dev.weft.proxy.route.RedirectDecision;
import dev.weft.proxy.route.RespondDecision;
import dev.weft.proxy.route.Route;
import dev.weft.proxy.route.Routes;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request from its head to its end: the composition root of the request path. Read from {@link #begin} down, it is the life
 * of a request; docs/life-of-a-request.md walks through it. The two bodies find their ways by themselves ({@link RequestFlow},
 * {@link ResponseFlow}), and {@link Tries} knows the endpoints; here it is decided where the request goes, and how it ends.
 *
 * <p>Confined to the event loop of its downstream connection, on which its upstream connection lives too. Longer than most, for
 * it is also what filters see of a request.
 */
final class Exchange implements StreamHandler, Passage {
    private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);
    private static final Filter[] NO_FILTERS = {};
    private static final long DEADLINE_SKEW_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    static final int CONTINUE = 100;
    private static final long ROUTES_TIMEOUT = -1;
    private static final String CONNECT = "CONNECT";
    private static final int NO_LOT = -1;
    private static final int MOVED_WITH_ITS_METHOD = 307;

    private final Entrance entrance;
    private final ForwardLoop loop;
    private final Snapshot snapshot;
    private final HttpPolicy policy;
    private final ServerStream downstream;
    private final RequestHead request;
    private final ExchangeDeadline deadline;
    private final RequestFlow requestFlow;
    private final Tries tries;
    private final ResponseFlow responseFlow;
    private final long startNanos;

    /** As the client sent them, for the log: filters and rewrites change the head. */
    private final String originalPath;

    private final String originalAuthority;

    /** As they were routed first, which is as they came unless the listener cleans them. */
    private String routedPath;

    private String routedAuthority;

    /** Of the route; where that became another, what ran already is of the one before. */
    private FilterChain chain = FilterChain.EMPTY;

    private Filter[] filters = NO_FILTERS;

    /** That of a new route, for the filters that have not run; null where there is none. */
    private @Nullable FilterChain nextChain;

    /** Where {@link FilterChain#requestHead} goes on after a wait; {@link FilterChain#PASSED} while none waits. */
    private int waitingFilter = FilterChain.PASSED;

    private @Nullable Route route;

    /** What this request drew, once, however often it is routed. */
    private int lot = NO_LOT;

    private @Nullable ForwardDecision forward;
    private @Nullable ClusterName clusterName;
    private HeaderOps headerRules = HeaderOps.NONE;
    private @Nullable String stickyCookie;
    private boolean grpc;

    /** Of a filter; the route's where {@link #ROUTES_TIMEOUT}. */
    private long timeoutNanos = ROUTES_TIMEOUT;

    private @Nullable Address preferred;

    /** What filters have left; null where none has. */
    private @Nullable Map<RequestKey<?>, Object> left;

    private @Nullable ProxyFailure failure;
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
        this.routedPath = originalPath;
        this.routedAuthority = originalAuthority;
        this.startNanos = loop.timer().nanos();
        this.deadline = new ExchangeDeadline(this, loop.timer());
        this.requestFlow = new RequestFlow(this, downstream, deadline);
        this.tries = new Tries(this, loop, deadline);
        this.responseFlow = new ResponseFlow(this, downstream, deadline);
    }

    // ---- The request, from its head to its first try ----

    void begin(boolean end) {
        if (end && !opensTunnel()) { // a tunnel is still to come, and ends when the client says so
            requestFlow.endWithHead();
        }
        entrance.counters().started();
        if (!end) {
            awaitBody();
        }
        deadline.idle(policy.options().streamIdleTimeout().toNanos());
        TargetRules rules = policy.options().target();
        RequestTarget.Verdict verdict = rules.isNone()
                ? RequestTarget.Verdict.ROUTE
                : RequestTarget.clean(request, rules, connection().local().getPort());
        routedPath = request.path();
        routedAuthority = request.authority();
        findRoute(); // first, so that filters know which route they work for
        chain = policy.chains().of(route);
        filters = chain.begin(this);
        switch (verdict) {
            case ROUTE -> {}
            case REFUSE -> fail(new ProxyFailure.PathRefused(originalPath));
            case REDIRECT -> respond(LocalResponse.redirect(MOVED_WITH_ITS_METHOD, RequestTarget.location(request)));
        }
        String shortage = loop.memory().shortage(startNanos);
        if (shortage != null) {
            fail(new ProxyFailure.Overloaded(shortage));
        }
        if (!over) {
            runRequestFilters(0);
        }
    }

    private void awaitBody() {
        if (request.headers().contains(HeaderName.EXPECT)) {
            requestFlow.awaitInvitation();
        }
        if (!policy.options().requestTimeout().isZero()) {
            deadline.requestWithin(policy.options().requestTimeout().toNanos());
        }
        if (!opensTunnel() && !request.isGrpc()) {
            deadline.bodyRate(policy.options().bodyRate());
        }
    }

    private void findRoute() {
        Routes routes = policy.routes();
        if (lot == NO_LOT && routes.drawsLots()) {
            lot = Share.lot(loop.random());
        }
        route = routes.find(request, policy.options().stripPort(), lot);
        headerRules = route == null ? HeaderOps.NONE : route.headers();
    }

    @Override
    public void reroute() {
        Route before = route;
        findRoute();
        if (route != before) {
            nextChain = policy.chains().of(route);
        }
    }

    @Override
    public boolean isRerouted() {
        return nextChain != null;
    }

    private void runRequestFilters(int from) {
        changeChain(from); // by a filter that waited
        int next = chain.requestHead(filters, this, request, requestFlow.isBare(), from);
        while (next >= FilterChain.REROUTED) {
            int ahead = next - FilterChain.REROUTED;
            changeChain(ahead);
            next = chain.requestHead(filters, this, request, requestFlow.isBare(), ahead);
        }
        if (over || next == FilterChain.STOPPED) {
            return;
        }
        waitingFilter = next;
        if (next == FilterChain.PASSED) {
            decide();
            requestFlow.passHeld();
        }
    }

    private void changeChain(int ahead) {
        FilterChain next = nextChain;
        if (next == null) {
            return;
        }
        nextChain = null;
        FilterChain merged = chain.continuedBy(next, ahead);
        filters = chain.handOver(filters, merged, this, ahead);
        chain = merged;
    }

    /** After a wait, nobody is above who would take care of what throws. */
    private void goOn(int from) {
        try {
            runRequestFilters(from);
        } catch (Throwable e) {
            broken(e);
        }
    }

    private void decide() {
        grpc = request.isGrpc(); // a filter may have made it so
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
        String upgrade = isConnect() ? CONNECT : request.upgrade();
        if (upgrade != null && !to.allowsUpgradeTo(upgrade)) {
            fail(new ProxyFailure.UpgradeRefused(upgrade));
            return;
        }
        forward = to;
        ForwardDecision.Target target = to.target(request, loop.random());
        if (target == null) {
            fail(new ProxyFailure.NoClusterNamed(matched.name()));
            return;
        }
        clusterName = target.cluster();
        headerRules = target.headers();
        to.rewrite(matched, request);
        // After the route's choice, which it may overrule; header rules are applied in it.
        chain.chooseUpstream(filters, this);
        if (over) {
            return;
        }
        to.rewriteHostByHeader(request);
        Cluster chosen = snapshot.clusters().get(clusterName);
        if (chosen == null) {
            fail(new ProxyFailure.NoCluster(clusterName));
        } else if (!chosen.tryTakeRequest()) {
            fail(new ProxyFailure.Overflow(clusterName, "max_requests"));
        } else {
            PickContext picking = loop.takeContext();
            hash(to.hashKeys(), chosen.hashFunction(), picking);
            armDeadlines(to);
            RetryPolicy retry = to.retry();
            requestFlow.begin(retry == null ? ForwardLoop.DEFAULT_REPLAY_BYTES : retry.maxBufferedBytes());
            tries.begin(chosen, picking, retry, preferred);
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
        if (requestFlow.isEnded() || opensTunnel()) {
            armRouteTimeout(to);
        }
    }

    /** Counted from the end of the request, so that a slow upload does not eat the time of the upstream. */
    private void armRouteTimeout(ForwardDecision to) {
        long limit = timeoutNanos == ROUTES_TIMEOUT ? to.timeoutNanos() : timeoutNanos;
        if (limit > 0) {
            deadline.routeAt(loop.timer().nanos() + limit);
        }
    }

    /** A connection is there. Returns whether the request is still to be sent. */
    boolean beforeSending() {
        ForwardDecision to = forward;
        if (to != null && to.rewritesHostByEndpoint()) {
            to.rewriteHostByEndpoint(request, tries.hostname(), tries.count() == 1);
        }
        if (to != null && to.attempts().inRequest()) {
            request.headers().set(HeaderName.X_ENVOY_ATTEMPT_COUNT, Integer.toString(tries.count()));
        }
        chain.beforeAttempt(filters, this, request);
        if (!over && grpc) {
            long left = deadline.routeLeftNanos();
            if (left != Long.MAX_VALUE) {
                // Never more than what is left of the whole: a retry has less.
                GrpcTimeout.write(request.headers(), left);
            }
        }
        return !over;
    }

    // ---- What the client sends after the head ----

    @Override
    public void data(ByteBuf data, boolean end) {
        requestFlow.data(data, end);
    }

    @Override
    public void trailers(Headers trailers) {
        requestFlow.trailers(trailers);
    }

    /** The client takes data again. */
    @Override
    public void writable() {
        responseFlow.writable();
    }

    /** Through the filters, unless it is a tunnel's. */
    ByteBuf filterRequest(ByteBuf data, boolean end) {
        return responseFlow.isTunnel() ? data : chain.requestBody(filters, this, data, end);
    }

    void requestComplete() {
        deadline.requestNotAwaited();
        if (forward != null && !responseFlow.isTunnel()) {
            armRouteTimeout(forward);
        }
    }

    @Override
    public long heldBytes() {
        return requestFlow.heldBytes() + responseFlow.heldBytes();
    }

    /** Something of it has to wait in memory. */
    void pilesUp() {
        loop.relief().pilesUp();
    }

    // ---- The response ----

    /** It is decided that this is the response. */
    void responseBegins(ResponseHead head) {
        deadline.noTry();
        deadline.requestNotAwaited();
        if (responseFlow.isTunnel()) {
            deadline.noRoute();
        }
        requestFlow.stopKeeping();
        if (forward != null && forward.attempts().inResponse()) {
            head.headers().set(HeaderName.X_ENVOY_ATTEMPT_COUNT, Integer.toString(tries.count()));
        }
        if (stickyCookie != null) {
            HashKeys.give(stickyCookie, head.headers());
        }
    }

    boolean opensTunnel() {
        return request.upgrade() != null || isConnect();
    }

    /** Whether a response of that status turns the exchange into a tunnel (RFC 9110, sections 7.8 and 9.3.6). */
    boolean becomesTunnel(int status) {
        return opensTunnel() && (status == 101 || (isConnect() && status / 100 == 2));
    }

    /** Whether the client has asked for a tunnel that the upstream has not consented to. */
    boolean isTunnelAskedFor() {
        return opensTunnel() && !responseFlow.isTunnel();
    }

    /** Whether an endpoint gets the bytes of a CONNECT without it. */
    boolean endsConnect() {
        return forward != null && forward.endsConnect() && isConnect();
    }

    private boolean isConnect() {
        return request.method().equals(CONNECT);
    }

    // ---- Ends ----

    /** The client is gone, or has broken the protocol: the upstream's work is cancelled. */
    @Override
    public void reset(StreamReset cause) {
        if (over) {
            return;
        }
        note(new ProxyFailure.ClientGone(cause));
        tries.giveUp(null);
        finish();
    }

    void routeTimedOut() {
        timedOut(TimedOut.Limit.ROUTE);
    }

    void idleTimedOut() {
        boolean stopped = requestFlow.isClientsTurn() && !responseFlow.isCommitted() && !opensTunnel();
        timedOut(stopped ? TimedOut.Limit.BODY_IDLE : TimedOut.Limit.STREAM_IDLE);
    }

    void rateIsDue(int leastBytes) {
        if (requestFlow.isTooSlow(leastBytes)) {
            timedOut(TimedOut.Limit.BODY_RATE);
        }
    }

    void requestTimedOut() {
        timedOut(TimedOut.Limit.REQUEST);
    }

    private void timedOut(TimedOut.Limit limit) {
        boolean waitedForUpstream = requestFlow.isEnded() && tries.running() != null;
        tries.giveUp(waitedForUpstream && !responseFlow.isCommitted() ? Outcome.LOCAL_FAILURE : null);
        fail(new TimedOut(limit, waitedForUpstream ? endpoint() : null));
    }

    @Override
    public Next awaitRequest(long maxBytes) {
        if (over) {
            return Next.STOP;
        }
        Next next = requestFlow.await(maxBytes);
        if (next == Next.WAIT && request.headers().remove(HeaderName.EXPECT)) {
            requestFlow.invited();
            downstream.informational(new ResponseHead().status(CONTINUE));
            downstream.flush();
        }
        return next;
    }

    @Override
    public @Nullable SideRequest send(ClusterName to, RequestHead head, boolean end, Duration timeout) {
        Cluster cluster = snapshot.clusters().get(to);
        return cluster == null ? null : Sideline.open(loop, cluster, downstream.connection(), head, end, timeout);
    }

    @Override
    public Next ask(ClusterName to, RequestHead head, ByteBuf content, Duration timeout, Consumer<Answer> then) {
        Cluster cluster = snapshot.clusters().get(to);
        Sideline.ask(loop, cluster, downstream.connection(), head, content, timeout, answer -> answered(then, answer));
        return Next.WAIT;
    }

    private void answered(Consumer<Answer> then, Answer answer) {
        if (over) {
            return;
        }
        try {
            then.accept(answer);
        } catch (Throwable e) {
            broken(e);
        }
    }

    @Override
    public void fail(ProxyFailure found) {
        if (over) {
            return;
        }
        ProxyFailure cause = isUpstreamsDeadline(found) ? new TimedOut(TimedOut.Limit.ROUTE, endpoint()) : found;
        note(cause);
        if (!responseFlow.isSent()) {
            answer(LocalResponse.of(FailureAnswer.of(cause), request));
            return;
        }
        tries.giveUp(null);
        if (grpc && responseFlow.canEndWithTrailers()) {
            responseFlow.trailers(LocalResponse.grpcStatus(FailureAnswer.of(cause)));
        } else {
            downstream.reset(StreamReset.PEER_ERROR);
            finish();
        }
    }

    /**
     * Something threw on the way of this request: it fails alone, since an exception that passed on would end the connection, and
     * over HTTP/2 all that is on it.
     *
     * @throws Error the cause where it tells of the process
     */
    void broken(Throwable cause) {
        LOG.warn("request {} failed unexpectedly", originalPath, cause);
        fail(new ProxyFailure.Broken(String.valueOf(cause)));
        if (cause instanceof VirtualMachineError error && !(error instanceof StackOverflowError)) {
            throw error;
        }
    }

    /** A gRPC server knows the deadline by {@code grpc-timeout}, and cancels the call when its clock is a little ahead of ours. */
    private boolean isUpstreamsDeadline(ProxyFailure cause) {
        return grpc
                && cause instanceof ProxyFailure.UpstreamReset reset
                && reset.cause() == StreamReset.CANCELLED
                && deadline.routeLeftNanos() < DEADLINE_SKEW_NANOS;
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
        if (over || responseFlow.isSent()) {
            local.body().release();
        } else {
            answer(local);
        }
    }

    private void answer(LocalResponse local) {
        tries.giveUp(null);
        responseFlow.answer(local);
    }

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
        deadline.cancel();
        leftIncomplete = requestFlow.isIncomplete();
        requestFlow.release();
        responseFlow.release();
        Attempt last = tries.settle(sentBytes(), receivedBytes());
        long nanos = loop.timer().nanos() - startNanos;
        ResponseHead told = response();
        int status = told == null || !responseFlow.isSent() ? 0 : told.status();
        entrance.counters().ended(status, nanos);
        entrance.counters().bytes(receivedBytes(), sentBytes());
        if (policy.options().accessLog() != AccessLog.OFF) {
            ExchangeLog.write(this, loop.accessLog(), policy, originalAuthority, originalPath, status, nanos);
        }
        if (!policy.logs().isEmpty()) { // rather than an iterator for each request
            policy.logs().forEach(log -> loop.accessLog().log(log, this));
        }
        chain.end(filters, this);
        return last;
    }

    void letGo(@Nullable Attempt last) {
        downstream.flush();
        if (last != null) {
            last.complete(leftIncomplete);
        }
    }

    // ---- The parts, for each other ----

    RequestFlow requestFlow() {
        return requestFlow;
    }

    Tries attempts() {
        return tries;
    }

    ResponseFlow responseFlow() {
        return responseFlow;
    }

    FilterChain chain() {
        return chain;
    }

    Filter[] filters() {
        return filters;
    }

    /** Whether a filter of the request's head has yet to let it pass. */
    boolean isRequestWaiting() {
        return waitingFilter != FilterChain.PASSED;
    }

    @Override
    public long receivedBytes() {
        return requestFlow.receivedBytes();
    }

    @Override
    public long sentBytes() {
        return responseFlow.sentBytes();
    }

    // ---- What filters and the log see ----

    @Override
    public void proceed() {
        if (over) {
            return;
        }
        if (isRequestWaiting()) {
            int from = waitingFilter;
            waitingFilter = FilterChain.PASSED;
            goOn(from);
        } else if (responseFlow.isWaiting()) {
            responseFlow.proceed();
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
    public String routedPath() {
        return routedPath;
    }

    @Override
    public String routedAuthority() {
        return routedAuthority;
    }

    @Override
    public long startMillis() {
        return System.currentTimeMillis() - TimeUnit.NANOSECONDS.toMillis(elapsedNanos());
    }

    @Override
    public long elapsedNanos() {
        return loop.timer().nanos() - startNanos;
    }

    @Override
    public @Nullable String failureFlag() {
        return failure == null ? null : FailureAnswer.of(failure).flag();
    }

    @Override
    public @Nullable String failureLabel() {
        return failure == null ? null : FailureAnswer.of(failure).label();
    }

    @Override
    public @Nullable ResponseHead response() {
        return responseFlow.head();
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
    public void prefer(Address endpoint) {
        preferred = endpoint;
    }

    @Override
    public void timeout(Duration limit) {
        timeoutNanos = Math.max(0, limit.toNanos());
    }

    @Override
    public <T> @Nullable T get(RequestKey<T> key) {
        return left == null ? null : key.cast(left.get(key));
    }

    @Override
    public <T> void put(RequestKey<T> key, T value) {
        Map<RequestKey<?>, Object> all = left;
        if (all == null) {
            all = new HashMap<>();
            left = all;
        }
        all.put(key, value);
    }

    @Override
    public @Nullable String endpoint() {
        return tries.endpoint();
    }

    @Override
    public @Nullable InetSocketAddress upstreamLocal() {
        Attempt last = tries.last();
        return last == null ? null : last.local();
    }

    @Override
    public long upstreamNanos() {
        Attempt last = tries.last();
        return last == null ? Attempt.UNMEASURED : last.nanosToHead();
    }

    /** Whether a line is logged that may tell how long the upstream took. */
    boolean isTimed() {
        return !policy.logs().isEmpty();
    }

    @Override
    public @Nullable Protocol upstreamProtocol() {
        Attempt running = tries.running();
        ClientStream stream = running == null ? null : running.stream();
        return stream == null ? null : stream.connection().protocol();
    }

    @Override
    public int tries() {
        return tries.count();
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
}
