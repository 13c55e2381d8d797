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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Immutable: filters in order, compiled into one array per phase with only those that override it.
 *
 * <p>The instances that follow a request are made by {@link #begin} and handed in again at each phase; where no filter keeps
 * state that is always the same array. Phases that may wait tell where they stopped, and go on from there.
 */
public final class FilterChain {
    /** Every filter of the phase has said {@link Next#CONTINUE}. */
    public static final int PASSED = -1;

    /** A filter has answered or failed the request. */
    public static final int STOPPED = -2;

    public static final FilterChain EMPTY = new FilterChain(List.of());

    private static final Logger LOG = LoggerFactory.getLogger(FilterChain.class);

    private final Filter[] filters;
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

    private FilterChain(List<Filter> filters) {
        this.filters = filters.toArray(Filter[]::new);
        this.forRequestUsers = users(filters, Phase.FOR_REQUEST);
        this.requestHeadUsers = users(filters, Phase.REQUEST_HEAD);
        this.requestBodyUsers = users(filters, Phase.REQUEST_BODY);
        this.requestEndUsers = users(filters, Phase.REQUEST_BODY, Phase.REQUEST_TRAILERS);
        this.chooseUpstreamUsers = users(filters, Phase.CHOOSE_UPSTREAM);
        this.beforeAttemptUsers = users(filters, Phase.BEFORE_ATTEMPT);
        this.responseHeadUsers = users(filters, Phase.RESPONSE_HEAD);
        this.responseBodyUsers = users(filters, Phase.RESPONSE_BODY);
        this.responseEndUsers = users(filters, Phase.RESPONSE_BODY, Phase.RESPONSE_TRAILERS);
        this.localResponseUsers = users(filters, Phase.LOCAL_RESPONSE);
        this.failureUsers = users(filters, Phase.FAILURE);
        this.endUsers = users(filters, Phase.END);
    }

    public static FilterChain of(List<Filter> filters) {
        return filters.isEmpty() ? EMPTY : new FilterChain(filters);
    }

    /** The instances for one request. */
    public Filter[] begin(RequestExchange exchange) {
        if (forRequestUsers.length == 0) {
            return filters;
        }
        Filter[] instances = filters.clone();
        for (int i : forRequestUsers) {
            try {
                instances[i] = filters[i].forRequest(exchange);
            } catch (RuntimeException e) {
                instances[i] = new Stillborn(filters[i], e);
            }
        }
        return instances;
    }

    /** From the {@code from}th filter of the phase; returns {@link #PASSED}, {@link #STOPPED} or where to go on after a wait. */
    public int requestHead(Filter[] instances, RequestExchange exchange, RequestHead head, boolean end, int from) {
        int[] order = requestHeadUsers;
        for (int i = from; i < order.length; i++) {
            Filter filter = instances[order[i]];
            try {
                Next next = filter.requestHead(exchange, head, end);
                if (next != Next.CONTINUE) {
                    return next == Next.STOP ? STOPPED : i + 1;
                }
            } catch (RuntimeException e) {
                failed(filter, exchange, e);
                return STOPPED;
            }
            if (exchange.isOver()) {
                return STOPPED;
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
                Next next = filter.responseHead(exchange, head, end);
                if (next != Next.CONTINUE) {
                    return next == Next.STOP ? STOPPED : i + 1;
                }
            } catch (RuntimeException e) {
                failed(filter, exchange, e);
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
        }
        return through;
    }

    private static ByteBuf requestBody(Filter filter, RequestExchange exchange, ByteBuf data, boolean end) {
        try {
            return filter.requestBody(exchange, data, end);
        } catch (RuntimeException e) {
            if (data.refCnt() > 0) {
                data.release();
            }
            failed(filter, exchange, e);
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
            }
            try {
                through = joined(through, instances[i].requestTrailers(exchange, trailers));
            } catch (RuntimeException e) {
                failed(instances[i], exchange, e);
            }
        }
        return through;
    }

    public ByteBuf responseBody(Filter[] instances, RequestExchange exchange, ByteBuf data, boolean end) {
        ByteBuf through = data;
        for (int i : responseBodyUsers) {
            through = responseBody(instances[i], exchange, through, end);
        }
        return through;
    }

    private static ByteBuf responseBody(Filter filter, RequestExchange exchange, ByteBuf data, boolean end) {
        try {
            return filter.responseBody(exchange, data, end);
        } catch (RuntimeException e) {
            if (data.refCnt() > 0) {
                data.release();
            }
            failed(filter, exchange, e);
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
            }
            try {
                through = joined(through, instances[i].responseTrailers(exchange, trailers));
            } catch (RuntimeException e) {
                failed(instances[i], exchange, e);
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
            } catch (RuntimeException e) {
                failed(instances[i], exchange, e);
            }
        }
    }

    public void beforeAttempt(Filter[] instances, RequestExchange exchange, RequestHead head) {
        for (int i : beforeAttemptUsers) {
            try {
                instances[i].beforeAttempt(exchange, head);
            } catch (RuntimeException e) {
                failed(instances[i], exchange, e);
            }
        }
    }

    /** A filter that throws here is left out: the response is the proxy's last word. */
    public void localResponse(Filter[] instances, RequestExchange exchange, ResponseHead head) {
        for (int i : localResponseUsers) {
            try {
                instances[i].localResponse(exchange, head);
            } catch (RuntimeException e) {
                log(instances[i], e);
            }
        }
    }

    public void failure(Filter[] instances, RequestExchange exchange, ProxyFailure failure) {
        for (int i : failureUsers) {
            try {
                instances[i].failure(exchange, failure);
            } catch (RuntimeException e) {
                log(instances[i], e);
            }
        }
    }

    public void end(Filter[] instances, RequestExchange exchange) {
        for (int i : endUsers) {
            try {
                instances[i].end(exchange);
            } catch (RuntimeException e) {
                log(instances[i], e);
            }
        }
    }

    /** Indexes of the filters that use one of these phases, in the order in which they are called. */
    private static int[] users(List<Filter> filters, Phase... phases) {
        List<Integer> indexes = new ArrayList<>();
        for (int i = 0; i < filters.size(); i++) {
            Filter filter = filters.get(i);
            if (Arrays.stream(phases).anyMatch(phase -> phase.isUsedBy(filter))) {
                indexes.add(phases[0].isReverse() ? 0 : indexes.size(), i);
            }
        }
        return indexes.stream().mapToInt(Integer::intValue).toArray();
    }

    private static void failed(Filter filter, RequestExchange exchange, RuntimeException e) {
        log(filter, e);
        exchange.fail(new ProxyFailure.FilterFailed(name(filter), String.valueOf(e.getMessage())));
    }

    private static void log(Filter filter, RuntimeException e) {
        LOG.warn("Filter {} threw; its request failed alone", name(filter), e);
    }

    private static String name(Filter filter) {
        return filter.getClass().getSimpleName();
    }

    /** In the place of a filter that could not begin with the request: fails it in the first phase. */
    private record Stillborn(Filter filter, RuntimeException cause) implements Filter {
        @Override
        public Next requestHead(RequestExchange exchange, RequestHead head, boolean end) {
            failed(filter, exchange, cause);
            return Next.STOP;
        }
    }
}
