package dev.weft.proxy.filter;

import dev.weft.proxy.failure.ProxyFailure;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * Immutable: filters in order, compiled into one array per phase with only those that override it.
 *
 * <p>Whatever a filter throws, an {@link Error} too, fails the request that it threw in and nothing else ({@link FilterFaults}). After
 * that no other phase of the request's is called but {@link Filter#localResponse}, {@link Filter#failure} and {@link Filter#end}.
 *
 * <p>The instances that follow a request are made by {@link #begin} and handed in again at each phase; where no filter keeps
 * state that is always the same array. Phases that may wait tell where they stopped, and go on from there.
 *
 * <p>Chains of one listener have the same places, each of which may be empty ({@link #ABSENT}), so that a request whose route
 * becomes another in the middle goes on in that one's chain ({@link #continuedBy}).
 */
public final class FilterChain {
    /** Every filter of the phase has said {@link Next#CONTINUE}. */
    public static final int PASSED = -1;

    /** A filter has answered or failed the request. */
    public static final int STOPPED = -2;

    /**
     * Set in what {@link #requestHead} returns, beside where to go on, where a filter had the request routed anew: it passes, and
     * those behind it are the new route's.
     */
    public static final int REROUTED = 1 << 30;

    /** In a place that a route has no filter for; no phase calls it. */
    public static final Filter ABSENT = new Absent();

    public static final FilterChain EMPTY =
            new FilterChain(new Filter[0], List.of(), new FilterFaults(System::nanoTime));

    private final FilterFaults faults;
    private final Filter[] filters;
    private final List<Set<Phase>> phases;
    private final int[] forRequestUsers;
    private final int[] requestHeadUsers;
    private final int[] requestBodyUsers;
    private final int[] requestEndUsers;
    private final int[] chooseUpstreamUsers;
    private final int[] beforeAttemptUsers;
    private final int[] responseHeadUsers;
    private final int[] responseBodyUsers;
    private final int[] responseEndUsers;
    private final int[] localResponseUsers;
    private final int[] failureUsers;
    private final int[] endUsers;

    /** How many filters, the first ones, are called only as a request comes. */
    private final int ofArrival;

    /**
     * @param phases of each filter, those it uses
     */
    private FilterChain(Filter[] filters, List<Set<Phase>> phases, FilterFaults faults) {
        this.faults = faults;
        this.filters = filters;
        this.phases = phases;
        this.forRequestUsers = users(Phase.FOR_REQUEST);
        this.requestHeadUsers = users(Phase.REQUEST_HEAD);
        this.requestBodyUsers = users(Phase.REQUEST_BODY);
        this.requestEndUsers = users(Phase.REQUEST_BODY, Phase.REQUEST_TRAILERS);
        this.chooseUpstreamUsers = users(Phase.CHOOSE_UPSTREAM);
        this.beforeAttemptUsers = users(Phase.BEFORE_ATTEMPT);
        this.responseHeadUsers = users(Phase.RESPONSE_HEAD);
        this.responseBodyUsers = users(Phase.RESPONSE_BODY);
        this.responseEndUsers = users(Phase.RESPONSE_BODY, Phase.RESPONSE_TRAILERS);
        this.localResponseUsers = users(Phase.LOCAL_RESPONSE);
        this.failureUsers = users(Phase.FAILURE);
        this.endUsers = users(Phase.END);
        int first = 0;
        while (first < filters.length && filters[first] instanceof OfArrival) {
            first++;
        }
        this.ofArrival = first;
    }

    /**
     * @param faults is told of filters that throw
     */
    public static FilterChain of(List<Filter> filters, FilterFaults faults) {
        return filters.isEmpty()
                ? EMPTY
                : new FilterChain(
                        filters.toArray(Filter[]::new),
                        filters.stream().map(Phase::usedBy).toList(),
                        faults);
    }

    /** The instances for one request. */
    public Filter[] begin(RequestExchange exchange) {
        if (forRequestUsers.length == 0) {
            return filters;
        }
        Filter[] instances = filters.clone();
        for (int i : forRequestUsers) {
            instances[i] = forRequest(i, exchange);
        }
        return instances;
    }

    private Filter forRequest(int index, RequestExchange exchange) {
        try {
            return Objects.requireNonNull(filters[index].forRequest(exchange), "forRequest returned null");
        } catch (Throwable e) {
            return new Stillborn(filters[index], e, faults);
        }
    }

    /**
     * The chain of which those filters are that were called up to {@code from}, and those that are ahead are of another.
     *
     * <p>It is compiled for one request: combinations are many, and a filter that changes routes is rare.
     *
     * @param from where {@link #requestHead} goes on, in this chain as in the new one
     * @param next of the same listener, so with the same places
     */
    public FilterChain continuedBy(FilterChain next, int from) {
        int ahead = ahead(from);
        Filter[] merged = filters.clone();
        System.arraycopy(next.filters, ahead, merged, ahead, merged.length - ahead);
        List<Set<Phase>> uses = new ArrayList<>(phases.subList(0, ahead));
        uses.addAll(next.phases.subList(ahead, merged.length));
        return new FilterChain(merged, uses, faults);
    }

    /**
     * The instances for a request that was this chain's and is now {@code merged}'s. What was called keeps its state, and so does
     * what is the same in both; what is left behind is told of its end.
     *
     * @param merged made by {@link #continuedBy}
     */
    public Filter[] handOver(Filter[] instances, FilterChain merged, RequestExchange exchange, int from) {
        Filter[] others = instances.clone();
        for (int i = ahead(from); i < others.length; i++) {
            if (!isSame(filters[i], merged.filters[i])) {
                end(instances[i], exchange);
                others[i] = merged.forRequest(i, exchange);
            }
        }
        return others;
    }

    /**
     * The instances for a request that begins anew as one of {@code next}'s, though it came once. What was this chain's is told of
     * its end.
     */
    public Filter[] beginAnew(Filter[] instances, FilterChain next, RequestExchange exchange) {
        for (int i : endUsers) {
            if (i >= ofArrival) {
                end(instances[i], exchange);
            }
        }
        Filter[] others = next.filters.clone();
        System.arraycopy(instances, 0, others, 0, ofArrival);
        for (int i : next.forRequestUsers) {
            if (i >= ofArrival) {
                others[i] = next.forRequest(i, exchange);
            }
        }
        return others;
    }

    /** Where {@link #requestHead} begins for such a request. */
    public int anew() {
        int first = 0;
        while (first < requestHeadUsers.length && requestHeadUsers[first] < ofArrival) {
            first++;
        }
        return first;
    }

    @SuppressWarnings("ReferenceEquality") // filters are made once for each place where their settings stand
    private static boolean isSame(Filter one, Filter other) {
        return one == other;
    }

    /** The first place whose filter is still to be called. */
    private int ahead(int from) {
        return from == 0 ? 0 : requestHeadUsers[from - 1] + 1;
    }

    /**
     * From the {@code from}th filter of the phase; returns {@link #PASSED}, {@link #STOPPED} or where to go on: after a wait, or at
     * once with {@link #REROUTED}.
     */
    public int requestHead(Filter[] instances, Passage exchange, RequestHead head, boolean end, int from) {
        int[] order = requestHeadUsers;
        for (int i = from; i < order.length; i++) {
            Filter filter = instances[order[i]];
            try {
                Next next =
                        Objects.requireNonNull(filter.requestHead(exchange, head, end), "requestHead returned null");
                if (next != Next.CONTINUE) {
                    return next == Next.STOP ? STOPPED : i + 1;
                }
            } catch (Throwable e) {
                faults.fail(filter, exchange, e);
                return STOPPED;
            }
            if (exchange.isOver()) {
                return STOPPED;
            }
            if (exchange.isRerouted()) {
                return REROUTED | i + 1;
            }
        }
        return PASSED;
    }

    /** As {@link #requestHead}, for the response. */
    public int responseHead(Filter[] instances, RequestExchange exchange, ResponseHead head, boolean end, int from) {
        int[] order = responseHeadUsers;
        for (int i = from; i < order.length; i++) {
            Filter filter = instances[order[i]];
            try {
                Next next =
                        Objects.requireNonNull(filter.responseHead(exchange, head, end), "responseHead returned null");
                if (next != Next.CONTINUE) {
                    return next == Next.STOP ? STOPPED : i + 1;
                }
            } catch (Throwable e) {
                faults.fail(filter, exchange, e);
                return STOPPED;
            }
            if (exchange.isOver()) {
                return STOPPED;
            }
        }
        return PASSED;
    }

    public ByteBuf requestBody(Filter[] instances, RequestExchange exchange, ByteBuf data, boolean end) {
        ByteBuf through = data;
        for (int i : requestBodyUsers) {
            through = requestBody(instances[i], exchange, through, end);
            if (exchange.isOver()) {
                break;
            }
        }
        return through;
    }

    private ByteBuf requestBody(Filter filter, RequestExchange exchange, ByteBuf data, boolean end) {
        try {
            return Objects.requireNonNull(filter.requestBody(exchange, data, end), "requestBody returned null");
        } catch (Throwable e) {
            releaseOwned(data);
            faults.fail(filter, exchange, e);
            return Unpooled.EMPTY_BUFFER;
        }
    }

    /**
     * The request ends with trailers: each filter in its turn gets what those before it had left of the body, then the trailers.
     *
     * @return what is to be sent of the body before them
     */
    public ByteBuf requestEnd(Filter[] instances, RequestExchange exchange, Headers trailers) {
        ByteBuf through = Unpooled.EMPTY_BUFFER;
        for (int i : requestEndUsers) {
            if (through.isReadable()) {
                through = requestBody(instances[i], exchange, through, false);
                if (exchange.isOver()) {
                    break;
                }
            }
            try {
                ByteBuf rest = instances[i].requestTrailers(exchange, trailers);
                through = joined(through, Objects.requireNonNull(rest, "requestTrailers returned null"));
            } catch (Throwable e) {
                releaseOwned(through);
                through = Unpooled.EMPTY_BUFFER;
                faults.fail(instances[i], exchange, e);
            }
            if (exchange.isOver()) {
                break;
            }
        }
        return through;
    }

    public ByteBuf responseBody(Filter[] instances, RequestExchange exchange, ByteBuf data, boolean end) {
        ByteBuf through = data;
        for (int i : responseBodyUsers) {
            through = responseBody(instances[i], exchange, through, end);
            if (exchange.isOver()) {
                break;
            }
        }
        return through;
    }

    private ByteBuf responseBody(Filter filter, RequestExchange exchange, ByteBuf data, boolean end) {
        try {
            return Objects.requireNonNull(filter.responseBody(exchange, data, end), "responseBody returned null");
        } catch (Throwable e) {
            releaseOwned(data);
            faults.fail(filter, exchange, e);
            return Unpooled.EMPTY_BUFFER;
        }
    }

    /**
     * The response ends with trailers: each filter in its turn gets what those before it had left of the body, then the trailers.
     *
     * @return what is to be sent of the body before them
     */
    public ByteBuf responseEnd(Filter[] instances, RequestExchange exchange, Headers trailers) {
        ByteBuf through = Unpooled.EMPTY_BUFFER;
        for (int i : responseEndUsers) {
            if (through.isReadable()) {
                through = responseBody(instances[i], exchange, through, false);
                if (exchange.isOver()) {
                    break;
                }
            }
            try {
                ByteBuf rest = instances[i].responseTrailers(exchange, trailers);
                through = joined(through, Objects.requireNonNull(rest, "responseTrailers returned null"));
            } catch (Throwable e) {
                releaseOwned(through);
                through = Unpooled.EMPTY_BUFFER;
                faults.fail(instances[i], exchange, e);
            }
            if (exchange.isOver()) {
                break;
            }
        }
        return through;
    }

    private static ByteBuf joined(ByteBuf first, ByteBuf second) {
        if (!second.isReadable()) {
            second.release();
            return first;
        }
        if (!first.isReadable()) {
            first.release();
            return second;
        }
        return Unpooled.wrappedBuffer(first, second);
    }

    public void chooseUpstream(Filter[] instances, RequestExchange exchange) {
        for (int i : chooseUpstreamUsers) {
            try {
                instances[i].chooseUpstream(exchange);
            } catch (Throwable e) {
                faults.fail(instances[i], exchange, e);
            }
            if (exchange.isOver()) {
                return;
            }
        }
    }

    public void beforeAttempt(Filter[] instances, RequestExchange exchange, RequestHead head) {
        for (int i : beforeAttemptUsers) {
            try {
                instances[i].beforeAttempt(exchange, head);
            } catch (Throwable e) {
                faults.fail(instances[i], exchange, e);
            }
            if (exchange.isOver()) {
                return;
            }
        }
    }

    /** A filter that throws here is left out: the response is the proxy's last word. */
    public void localResponse(Filter[] instances, RequestExchange exchange, ResponseHead head) {
        for (int i : localResponseUsers) {
            try {
                instances[i].localResponse(exchange, head);
            } catch (Throwable e) {
                faults.note(instances[i], exchange, e);
            }
        }
    }

    public void failure(Filter[] instances, RequestExchange exchange, ProxyFailure failure) {
        for (int i : failureUsers) {
            try {
                instances[i].failure(exchange, failure);
            } catch (Throwable e) {
                faults.note(instances[i], exchange, e);
            }
        }
    }

    public void end(Filter[] instances, RequestExchange exchange) {
        for (int i : endUsers) {
            end(instances[i], exchange);
        }
    }

    private void end(Filter filter, RequestExchange exchange) {
        try {
            filter.end(exchange);
        } catch (Throwable e) {
            faults.note(filter, exchange, e);
        }
    }

    /** Indexes of the filters that use one of these phases, in the order in which they are called. */
    private int[] users(Phase... any) {
        List<Integer> indexes = new ArrayList<>();
        for (int i = 0; i < filters.length; i++) {
            if (Arrays.stream(any).anyMatch(phases.get(i)::contains)) {
                indexes.add(any[0].isReverse() ? 0 : indexes.size(), i);
            }
        }
        return indexes.stream().mapToInt(Integer::intValue).toArray();
    }

    /** A filter that threw has not taken what it was given, unless it says so by having released it. */
    private static void releaseOwned(ByteBuf data) {
        if (data.refCnt() > 0) {
            data.release();
        }
    }

    private static final class Absent implements Filter {}

    /** In the place of a filter that could not begin with the request: fails it in the first phase. */
    private record Stillborn(Filter filter, Throwable cause, FilterFaults faults) implements Filter {
        @Override
        public Next requestHead(RequestExchange exchange, RequestHead head, boolean end) {
            faults.fail(filter, exchange, cause);
            return Next.STOP;
        }
    }
}
