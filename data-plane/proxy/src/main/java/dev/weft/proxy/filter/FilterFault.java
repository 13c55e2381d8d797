package dev.weft.proxy.filter;

import dev.weft.proxy.failure.ProxyFailure;
import io.netty.util.internal.OutOfDirectMemoryError;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is done about a filter that throws. An {@link Error} is caught like an exception: a class that is missing from a user's
 * filter, a failed assertion in it, a recursion without end are faults of that filter, and cost one request.
 */
final class FilterFault {
    private static final Logger LOG = LoggerFactory.getLogger(FilterFault.class);

    private FilterFault() {}

    /**
     * Fails the request.
     *
     * @throws Error the cause itself where it tells of the process rather than of the filter: an empty heap is not cured by the end
     *     of this request, so whoever watches for it shall see it, and the connection ends too
     */
    static void fail(Filter filter, RequestExchange exchange, Throwable cause) {
        log(filter, exchange, cause);
        String what = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        exchange.fail(new ProxyFailure.FilterFailed(name(filter), what));
        if (cause instanceof VirtualMachineError error && !isOfOneRequest(error)) {
            throw error;
        }
    }

    /** Says so and goes on: for phases in which the request can fail no more, and after which others still have to be told. */
    static void log(Filter filter, RequestExchange exchange, Throwable cause) {
        LOG.warn(
                "Filter {} threw; its request failed alone: {}",
                name(filter),
                exchange.request().path(),
                cause);
    }

    /** Memory outside of the heap is bounded by configuration, and refused to whoever asks for too much of it. */
    private static boolean isOfOneRequest(VirtualMachineError error) {
        return error instanceof StackOverflowError
                || error instanceof OutOfDirectMemoryError
                || String.valueOf(error.getMessage()).contains("direct buffer memory");
    }

    private static String name(Filter filter) {
        String simple = filter.getClass().getSimpleName();
        return simple.isEmpty() ? filter.getClass().getName() : simple;
    }
}
