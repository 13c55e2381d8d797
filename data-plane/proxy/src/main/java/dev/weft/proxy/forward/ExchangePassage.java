package dev.weft.proxy.forward;

import dev.weft.balance.Address;
import dev.weft.proxy.cluster.Cluster;
import dev.weft.proxy.failure.ProxyFailure;
import dev.weft.proxy.filter.Answer;
import dev.weft.proxy.filter.Filter;
import dev.weft.proxy.filter.FilterChain;
import dev.weft.proxy.filter.Next;
import dev.weft.proxy.filter.Passage;
import dev.weft.proxy.filter.RequestKey;
import dev.weft.proxy.filter.SideRequest;
import dev.weft.proxy.http.ClientStream;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.Protocol;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.route.HeaderOps;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * An exchange on its way through the filters: where it stands in their chain, and what they may do to it.
 *
 * <p>Confined to its exchange's event loop.
 */
final class ExchangePassage extends ExchangeFacts implements Passage {
    private static final Filter[] NO_FILTERS = {};
    private static final long ROUTES_TIMEOUT = -1;

    /** Of the route; where that became another, what ran already is of the one before. */
    private FilterChain chain = FilterChain.EMPTY;

    private Filter[] filters = NO_FILTERS;

    /** That of a new route, for the filters that have not run; null where there is none. */
    private @Nullable FilterChain nextChain;

    /** Where {@link FilterChain#requestHead} goes on after a wait; {@link FilterChain#PASSED} while none waits. */
    private int waitingFilter = FilterChain.PASSED;

    /** What filters have left; null where none has. */
    private @Nullable Map<RequestKey<?>, Object> left;

    private @Nullable Address preferred;

    /** Of a filter; the route's where {@link #ROUTES_TIMEOUT}. */
    private long timeoutNanos = ROUTES_TIMEOUT;

    ExchangePassage(Exchange exchange) {
        super(exchange);
    }

    // ---- Through the chain, phase by phase ----

    /** A route is found: makes its filters' instances for this request. */
    void begin(FilterChain ofRoute) {
        routed();
        chain = ofRoute;
        filters = ofRoute.begin(this);
    }

    /** The head goes through the filters, and to {@link Exchange#passed} behind the last one. */
    void requestHead() {
        requestHead(0);
    }

    private void requestHead(int from) {
        int next = requestHeadWith(from); // another chain already, where a filter that waited had it routed anew
        while (next >= FilterChain.REROUTED) {
            next = requestHeadWith(next - FilterChain.REROUTED);
        }
        if (isOver() || next == FilterChain.STOPPED) {
            return;
        }
        waitingFilter = next;
        if (next == FilterChain.PASSED) {
            exchange.passed();
        }
    }

    private int requestHeadWith(int ahead) {
        changeChain(ahead);
        return chain.requestHead(
                filters, this, exchange.request(), exchange.requestFlow().isBare(), ahead);
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

    @Override
    public void proceed() {
        if (isOver()) {
            return;
        }
        if (isRequestWaiting()) {
            int from = waitingFilter;
            waitingFilter = FilterChain.PASSED;
            goOn(from);
        } else if (exchange.responseFlow().isWaiting()) {
            exchange.responseFlow().proceed();
        }
    }

    /** Nobody is above who would take care of what throws. */
    private void goOn(int from) {
        try {
            requestHead(from);
        } catch (Throwable e) {
            exchange.broken(e);
        }
    }

    /** The request goes on as if it had just come, but that it came once: its filters are those of another route. */
    void beginAnew(FilterChain ofRoute) {
        filters = chain.beginAnew(filters, ofRoute, this);
        chain = ofRoute;
        nextChain = null;
        preferred = null;
        timeoutNanos = ROUTES_TIMEOUT;
        goOn(ofRoute.anew());
    }

    /** Whether a filter of the request's head has yet to let it pass. */
    boolean isRequestWaiting() {
        return waitingFilter != FilterChain.PASSED;
    }

    ByteBuf requestBody(ByteBuf data, boolean end) {
        return chain.requestBody(filters, this, data, end);
    }

    ByteBuf requestEnd(Headers trailers) {
        return chain.requestEnd(filters, this, trailers);
    }

    void chooseUpstream() {
        chain.chooseUpstream(filters, this);
    }

    void beforeAttempt() {
        chain.beforeAttempt(filters, this, exchange.request());
    }

    /** Where it goes on, as {@link FilterChain#responseHead} tells. */
    int responseHead(ResponseHead head, boolean end, int from) {
        return chain.responseHead(filters, this, head, end, from);
    }

    ByteBuf responseBody(ByteBuf data, boolean end) {
        return chain.responseBody(filters, this, data, end);
    }

    ByteBuf responseEnd(Headers trailers) {
        return chain.responseEnd(filters, this, trailers);
    }

    void localResponse(ResponseHead head) {
        chain.localResponse(filters, this, head);
    }

    void failure(ProxyFailure failure) {
        chain.failure(filters, this, failure);
    }

    void end() {
        chain.end(filters, this);
    }

    // ---- What filters may do, and see beyond the facts ----

    @Override
    public void reroute() {
        FilterChain other = exchange.reroute();
        if (other != null) {
            nextChain = other;
        }
    }

    @Override
    public boolean isRerouted() {
        return nextChain != null;
    }

    @Override
    public void cluster(ClusterName name) {
        exchange.cluster(name);
    }

    @Override
    public void prefer(Address endpoint) {
        preferred = endpoint;
    }

    /** What a filter wants to be tried first; null where none wants any. */
    @Nullable
    Address preferred() {
        return preferred;
    }

    @Override
    public void timeout(Duration limit) {
        timeoutNanos = Math.max(0, limit.toNanos());
    }

    /** What a filter has set, or else the route's. */
    long timeoutNanos(long routesNanos) {
        return timeoutNanos == ROUTES_TIMEOUT ? routesNanos : timeoutNanos;
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
    public Next awaitRequest(long maxBytes) {
        return isOver() ? Next.STOP : exchange.requestFlow().await(maxBytes);
    }

    @Override
    public @Nullable SideRequest send(ClusterName to, RequestHead head, boolean end, Duration timeout) {
        Cluster known = exchange.clusterOf(to);
        return known == null ? null : Sideline.open(exchange.loop(), known, connection(), head, end, timeout);
    }

    @Override
    public Next ask(ClusterName to, RequestHead head, ByteBuf content, Duration timeout, Consumer<Answer> then) {
        Cluster known = exchange.clusterOf(to);
        Sideline.ask(exchange.loop(), known, connection(), head, content, timeout, answer -> answered(then, answer));
        return Next.WAIT;
    }

    private void answered(Consumer<Answer> then, Answer answer) {
        if (isOver()) {
            return;
        }
        try {
            then.accept(answer);
        } catch (Throwable e) {
            exchange.broken(e);
        }
    }

    @Override
    public void respond(int status, String contentType, ByteBuf content) {
        exchange.end().respond(LocalResponse.of(status, contentType, content));
    }

    @Override
    public void respond(ResponseHead head, ByteBuf content) {
        exchange.end().respond(LocalResponse.sized(head, content));
    }

    @Override
    public void fail(ProxyFailure found) {
        exchange.fail(found);
    }

    @Override
    public boolean isOver() {
        return exchange.isOver();
    }

    @Override
    public EventLoop loop() {
        return exchange.loop().loop();
    }

    @Override
    public RandomGenerator random() {
        return exchange.loop().random();
    }

    @Override
    public HeaderOps headerRules() {
        return exchange.headerRules();
    }

    @Override
    public @Nullable Protocol upstreamProtocol() {
        Attempt running = exchange.attempts().running();
        ClientStream stream = running == null ? null : running.stream();
        return stream == null ? null : stream.connection().protocol();
    }

    @Override
    public @Nullable ProxyFailure failure() {
        return exchange.end().failure();
    }
}
