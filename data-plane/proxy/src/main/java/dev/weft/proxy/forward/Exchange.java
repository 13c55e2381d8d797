package dev.weft.proxy.forward;

import dev.weft.balance.PickContext;
import dev.weft.balance.hash.HashFunction;
import dev.weft.balance.hash.RequestHash;
import dev.weft.proxy.cluster.Cluster;
import dev.weft.proxy.failure.ProxyFailure;
import dev.weft.proxy.filter.FilterChain;
import dev.weft.proxy.http.Connection;
import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.http.ServerStream;
import dev.weft.proxy.http.StreamHandler;
import dev.weft.proxy.http.StreamReset;
import dev.weft.proxy.model.ClientRules.SchemeRule;
import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.RetryPolicy;
import dev.weft.proxy.model.Share;
import dev.weft.proxy.route.ForwardDecision;
import dev.weft.proxy.route.HashKeys;
import dev.weft.proxy.route.HeaderOps;
import dev.weft.proxy.route.InternalRedirects;
import dev.weft.proxy.route.RedirectDecision;
import dev.weft.proxy.route.RespondDecision;
import dev.weft.proxy.route.Route;
import dev.weft.proxy.route.Routes;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One request from its head to its end: the composition root of the request path. Read from {@link #begin} down, it is the life
 * of a request; docs/life-of-a-request.md walks through it. The two bodies find their ways by themselves ({@link RequestFlow},
 * {@link ResponseFlow}), {@link ExchangePassage} leads through the filters, {@link Tries} knows the endpoints, and
 * {@link ExchangeEnd} how it ends; here it is decided where the request goes.
 *
 * <p>Confined to the event loop of its downstream connection, on which its upstream connection lives too.
 */
final class Exchange implements StreamHandler {
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
    private final ExchangePassage passage;
    private final ExchangeEnd end;
    private final long startNanos;

    private @Nullable Route route;

    /** What this request drew, once, however often it is routed. */
    private int lot = NO_LOT;

    private @Nullable ForwardDecision forward;
    private @Nullable ClusterName cluster;
    private HeaderOps headerRules = HeaderOps.NONE;
    private @Nullable String stickyCookie;
    private boolean grpc;

    Exchange(Entrance entrance, Snapshot snapshot, HttpPolicy policy, ServerStream downstream, RequestHead request) {
        this.entrance = entrance;
        this.loop = entrance.loop();
        this.snapshot = snapshot;
        this.policy = policy;
        this.downstream = downstream;
        this.request = request;
        this.startNanos = loop.timer().nanos();
        this.deadline = new ExchangeDeadline(this, loop.timer());
        this.requestFlow = new RequestFlow(this, downstream, deadline);
        this.tries = new Tries(this, loop, deadline);
        this.responseFlow = new ResponseFlow(this, downstream, deadline);
        this.passage = new ExchangePassage(this);
        this.end = new ExchangeEnd(this);
    }

    // ---- The request, from its head to its first try ----

    void begin(boolean bare) {
        boolean asksForTunnel = request.asksForTunnel();
        if (bare && !asksForTunnel) { // a tunnel is still to come, and ends when the client says so
            requestFlow.endWithHead();
        }
        entrance.counters().started();
        if (!bare) {
            awaitBody(asksForTunnel);
        }
        deadline.idle(policy.options().streamIdleTimeout().toNanos());
        Duration longest = policy.options().lifetimes().stream();
        if (!longest.isZero()) {
            deadline.streamWithin(startNanos, longest);
        }
        if (policy.options().clients().scheme() != SchemeRule.KEEP) {
            changeScheme(policy.options().clients().scheme());
        }
        RequestTarget.Verdict verdict =
                RequestTarget.clean(request, policy.options().target(), connection());
        findRoute(); // first, so that filters know which route they work for
        passage.begin(policy.chains().of(route));
        switch (verdict) {
            case ROUTE -> {}
            case REFUSE -> fail(new ProxyFailure.PathRefused(passage.originalPath()));
            case REDIRECT ->
                end.respond(LocalResponse.redirect(MOVED_WITH_ITS_METHOD, RequestTarget.location(request)));
        }
        String shortage = loop.memory().shortage(startNanos);
        if (shortage != null) {
            fail(new ProxyFailure.Overloaded(shortage));
        }
        if (!isOver()) {
            passage.requestHead();
        }
    }

    private void changeScheme(SchemeRule rule) {
        switch (rule) {
            case HTTP -> request.scheme("http");
            case HTTPS -> request.scheme("https");
            case KEEP, OF_UPSTREAM -> {} // which is not known yet
        }
    }

    private void awaitBody(boolean asksForTunnel) {
        if (request.headers().contains(HeaderName.EXPECT)) {
            requestFlow.awaitInvitation();
        }
        deadline.requestWithin(policy.options().requestTimeout().toNanos());
        if (!asksForTunnel && !request.isGrpc()) {
            deadline.bodyRate(policy.options().bodyRate());
        }
    }

    private void findRoute() {
        take(match());
    }

    private void take(@Nullable Route found) {
        route = found;
        headerRules = found == null ? HeaderOps.NONE : found.headers();
    }

    /** The route of the head as it is now, which is not taken yet. */
    @Nullable
    Route match() {
        Routes routes = policy.routes();
        if (lot == NO_LOT && routes.drawsLots()) {
            lot = Share.lot(loop.random());
        }
        return routes.find(request, policy.options().stripPort(), lot);
    }

    /** Matches the request again. Returns the filters of its route where that is now another, else null. */
    @Nullable
    FilterChain reroute() {
        Route before = route;
        findRoute();
        return route == before ? null : policy.chains().of(route);
    }

    /** The filters have let the head pass. */
    void passed() {
        decide();
        requestFlow.passHeld();
    }

    private void decide() {
        grpc = request.isGrpc(); // a filter may have made it so
        if (HopLimit.reached(request)) {
            end.respond(LocalResponse.sized(HopLimit.answer(request), Unpooled.EMPTY_BUFFER));
            return;
        }
        Route matched = route;
        if (matched == null) {
            fail(new ProxyFailure.NoRoute(passage.originalAuthority(), passage.originalPath()));
            return;
        }
        switch (matched.decision()) {
            case ForwardDecision to -> forward(matched, to);
            case RedirectDecision to -> end.respond(redirect(to.status(), to.location(matched, request)), to.status());
            case RespondDecision with -> end.respond(respond(with), with.status());
        }
    }

    private LocalResponse redirect(int status, String location) {
        if (!grpc) {
            return LocalResponse.redirect(status, location);
        }
        LocalResponse told = LocalResponse.grpc(status, "");
        told.head().headers().add(HeaderName.LOCATION, location);
        return told;
    }

    private LocalResponse respond(RespondDecision with) {
        return grpc
                ? LocalResponse.grpc(with.status(), new String(with.body(), StandardCharsets.UTF_8))
                : LocalResponse.of(with.status(), with.contentType(), Unpooled.wrappedBuffer(with.body()));
    }

    private void forward(Route matched, ForwardDecision to) {
        String upgrade = request.tunnelProtocol();
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
        cluster = target.cluster();
        headerRules = target.headers();
        to.rewrite(matched, request);
        // After the route's choice, which it may overrule; header rules are applied in it.
        passage.chooseUpstream();
        if (isOver()) {
            return;
        }
        to.rewriteHostByHeader(request);
        Cluster chosen = clusterOf(cluster);
        if (chosen == null) {
            fail(new ProxyFailure.NoCluster(cluster));
        } else if (!chosen.tryTakeRequest()) {
            fail(new ProxyFailure.Overflow(cluster, "max_requests"));
        } else {
            PickContext picking = loop.takeContext();
            hash(to.hashKeys(), chosen.hashFunction(), picking);
            armDeadlines(to);
            if (policy.options().clients().answersExpectations()) {
                requestFlow.invite(); // it is known where the body goes
            }
            RetryPolicy retry = to.retry();
            requestFlow.begin(retry == null ? ForwardLoop.DEFAULT_REPLAY_BYTES : retry.maxBufferedBytes());
            tries.begin(chosen, picking, to, passage.preferred());
        }
    }

    private void hash(HashKeys keys, @Nullable HashFunction function, PickContext picking) {
        if (function == null || keys.isEmpty()) {
            return;
        }
        RequestHash hash = loop.hash(function);
        stickyCookie = keys.addTo(hash, request, passage.clientAddress(), loop.random());
        if (hash.isPresent()) {
            picking.hash(hash.value());
        }
    }

    private void armDeadlines(ForwardDecision to) {
        deadline.idle(to.idleTimeoutNanos(policy.options().streamIdleTimeout().toNanos()));
        Duration longest = to.maxStream();
        if (longest != null) {
            deadline.streamWithin(startNanos, longest);
        }
        long grpcNanos = grpc ? GrpcTimeout.read(request.headers()) : GrpcTimeout.NONE;
        if (grpcNanos != GrpcTimeout.NONE) {
            deadline.routeAt(startNanos + grpcNanos);
        }
        if (requestFlow.isEnded() || request.asksForTunnel()) {
            armRouteTimeout(to);
        }
    }

    /** Counted from the end of the request, so that a slow upload does not eat the time of the upstream. */
    private void armRouteTimeout(ForwardDecision to) {
        deadline.routeWithin(passage.timeoutNanos(to.timeoutNanos()));
    }

    /** Whether the response sends the request elsewhere, and it has gone there in place of the client. */
    boolean redirectsInstead(ResponseHead head, boolean bodiless) {
        InternalRedirects followed = forward == null ? null : forward.internalRedirects();
        Route target = followed == null ? null : Redirection.follow(this, followed, head);
        if (target == null) {
            return false;
        }
        tries.beginAnew(head, bodiless);
        requestFlow.takeBack();
        deadline.noTry();
        deadline.noRoute();
        deadline.streamWithin(startNanos, policy.options().lifetimes().stream()); // unless the next route says another
        forward = null;
        cluster = null;
        stickyCookie = null;
        take(target);
        passage.beginAnew(policy.chains().of(target));
        return true;
    }

    // ---- What the client does after the head ----

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

    @Override
    public void reset(StreamReset cause) {
        end.clientGone(cause);
    }

    @Override
    public long heldBytes() {
        return requestFlow.heldBytes() + responseFlow.heldBytes();
    }

    // ---- Turning points, told by the parts ----

    /** All of the request has come, and has passed the filters. */
    void requestComplete() {
        deadline.requestNotAwaited();
        if (forward != null && !responseFlow.isTunnel()) {
            armRouteTimeout(forward);
        }
    }

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

    /** As {@link ExchangeEnd#fail}. */
    void fail(ProxyFailure cause) {
        end.fail(cause);
    }

    /** As {@link ExchangeEnd#broken}. */
    void broken(Throwable cause) {
        end.broken(cause);
    }

    boolean isOver() {
        return end.isOver();
    }

    // ---- The parts, for each other ----

    RequestFlow requestFlow() {
        return requestFlow;
    }

    ResponseFlow responseFlow() {
        return responseFlow;
    }

    Tries attempts() {
        return tries;
    }

    ExchangePassage passage() {
        return passage;
    }

    ExchangeEnd end() {
        return end;
    }

    ExchangeDeadline deadline() {
        return deadline;
    }

    ForwardLoop loop() {
        return loop;
    }

    Entrance entrance() {
        return entrance;
    }

    HttpPolicy policy() {
        return policy;
    }

    // ---- What is known ----

    ServerStream downstream() {
        return downstream;
    }

    Connection connection() {
        return downstream.connection();
    }

    RequestHead request() {
        return request;
    }

    @Nullable
    Route route() {
        return route;
    }

    /** Header rules of the route, and of the cluster once that is chosen. */
    HeaderOps headerRules() {
        return headerRules;
    }

    @Nullable
    ClusterName cluster() {
        return cluster;
    }

    /** Sends it to another cluster than the route says. */
    void cluster(ClusterName name) {
        cluster = name;
    }

    /** As this exchange's configuration has it; null where that has none of the name. */
    @Nullable
    Cluster clusterOf(ClusterName name) {
        return snapshot.clusters().get(name);
    }

    /** Whether an endpoint gets the bytes of a CONNECT without it. */
    boolean endsConnect() {
        return forward != null && forward.endsConnect() && request.isConnect();
    }

    boolean isGrpc() {
        return grpc;
    }

    /** Since its head had come. */
    long elapsedNanos() {
        return loop.timer().nanos() - startNanos;
    }
}
