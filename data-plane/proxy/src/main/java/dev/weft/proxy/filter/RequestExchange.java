package dev.weft.proxy.filter;

import dev.weft.balance.Address;
import dev.weft.proxy.failure.ProxyFailure;
import dev.weft.proxy.format.RequestFacts;
import dev.weft.proxy.http.Protocol;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.route.HeaderOps;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A request and what became of it, as filters see it.
 *
 * <p>Confined to {@link #loop}, and valid until {@link Filter#end} has returned. A filter that does something elsewhere comes
 * back by {@code loop().execute(…)} and asks {@link #isOver} first, since the client may have gone meanwhile.
 */
public interface RequestExchange extends RequestFacts {
    EventLoop loop();

    /** Changeable until it is sent; a retry sends it again. */
    @Override
    RequestHead request();

    /**
     * Matches the request against the routes again, after its host, path or headers were changed. Filters that the request has
     * yet to pass are then those of the new route; for {@link Filter#requestHead}, or while that waits.
     */
    void reroute();

    /** Sends the request to another cluster than the route says; for {@link Filter#chooseUpstream}. */
    void cluster(ClusterName name);

    /**
     * Tries this endpoint first, where it is one of the cluster's and takes requests; the cluster's policy chooses otherwise, and
     * for each further try. For {@link Filter#requestHead} and {@link Filter#chooseUpstream}.
     */
    void prefer(Address endpoint);

    /**
     * How long the exchange may take, in place of what the route says; zero for any time. For {@link Filter#requestHead} and
     * {@link Filter#chooseUpstream}.
     */
    void timeout(Duration limit);

    /** What the endpoint speaks whose response is here; null before it is there, and where the proxy answers by itself. */
    @Nullable
    Protocol upstreamProtocol();

    /** What went wrong, or null. */
    @Nullable
    ProxyFailure failure();

    /** Header rules of the chosen route, cluster included; {@link HeaderOps#NONE} where there are none. */
    HeaderOps headerRules();

    /** What was left under that key, or null. */
    <T> @Nullable T get(RequestKey<T> key);

    /** Leaves something at the request, for its filters to find until its end; in place of what was there. */
    <T> void put(RequestKey<T> key, T value);

    /** The loop's own generator. */
    RandomGenerator random();

    /** Whether the exchange has ended; all other calls are void then. */
    boolean isOver();

    /**
     * Answers the client, in place of the upstream. For the request's phases and while one of them waits; ignored once a
     * response was begun.
     */
    void respond(int status, String contentType, ByteBuf body);

    /** As {@link #respond(int, String, ByteBuf)}, with headers of any kind; the head's {@code content-length} is set. */
    void respond(ResponseHead head, ByteBuf body);

    /**
     * Has the whole request come before it goes on, for {@link Filter#requestHead} to return: {@link Next#CONTINUE} where it is
     * here, {@link Next#WAIT} where it goes on by itself as soon as it is, {@link Next#STOP} where it is known to be larger than
     * {@code maxBytes} and has failed. A client that asks first whether to send the body is told to.
     */
    Next awaitRequest(long maxBytes);

    /**
     * Sends a request of the filter's own. Nobody waits for the response, which is read and dropped; the exchange may be over
     * before it comes.
     *
     * @param head of its own, not the exchange's
     * @param end whether it has no body
     * @return where its body goes; null where the cluster is unknown, full or has no endpoint
     */
    @Nullable
    SideRequest send(ClusterName cluster, RequestHead head, boolean end, Duration timeout);

    /**
     * Asks a question of the filter's own. {@code then} gets the answer on {@link #loop}, never before this returns, and not at all
     * once the exchange is over; what it throws fails the request. An answer's body may have 64 KiB.
     *
     * @param head of its own, not the exchange's; its {@code content-length} is set
     * @param body is taken; empty for none
     * @return {@link Next#WAIT}, for a phase to return whose request goes on when {@code then} says so
     */
    Next ask(ClusterName cluster, RequestHead head, ByteBuf body, Duration timeout, Consumer<Answer> then);

    /** Fails the request as the table of failures says. */
    void fail(ProxyFailure failure);

    /** Goes on after a phase that returned {@link Next#WAIT}. */
    void proceed();
}
