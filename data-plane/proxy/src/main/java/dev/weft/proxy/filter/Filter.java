package dev.weft.proxy.filter;

import dev.weft.proxy.failure.ProxyFailure;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * Something that happens to requests. Override the phases you want; the order below is that of a request's life.
 *
 * <p>The filter itself is shared by all event loops, so it holds no state of a request; one that needs some returns a new
 * instance from {@link #forRequest}, which is confined to its request's loop. No phase may block. What a phase throws fails that
 * request alone, with status 500.
 *
 * <p>In the request's direction filters run in the order of the chain, in the response's direction in reverse.
 *
 * <p>Phases that see a body own the buffer they are given and hand back the one that goes on, which may be the same, another, or
 * an empty one; a phase that throws has not taken it. A filter that changes the length of a body removes {@code content-length} when it sees the head.
 */
public interface Filter {
    /** The instance that follows one request. */
    default Filter forRequest(RequestExchange exchange) {
        return this;
    }

    /** The head has arrived and its route is known. */
    default Next requestHead(RequestExchange exchange, RequestHead head, boolean end) {
        return Next.CONTINUE;
    }

    /**
     * A piece of the body has come.
     *
     * @param end whether it is the last of the request
     * @return what goes on in its place, owned by the caller
     */
    default ByteBuf requestBody(RequestExchange exchange, ByteBuf data, boolean end) {
        return data;
    }

    /**
     * The request ends with trailers, and so not with a last {@link #requestBody}; a filter that does not care is told of the end
     * there nevertheless.
     *
     * @return what of the body is still to be sent before them, owned by the caller; trailers that were all removed are not sent
     */
    default ByteBuf requestTrailers(RequestExchange exchange, Headers trailers) {
        return requestBody(exchange, Unpooled.EMPTY_BUFFER, true);
    }

    /** The request will be forwarded; the last chance to say where ({@link RequestExchange#cluster(dev.weft.proxy.model.ClusterName)}). */
    default void chooseUpstream(RequestExchange exchange) {}

    /** An endpoint was chosen and the head is about to be sent to it; called again for each retry. */
    default void beforeAttempt(RequestExchange exchange, RequestHead head) {}

    /** The response that the client will get has begun. It was not made by the proxy itself. */
    default Next responseHead(RequestExchange exchange, ResponseHead head, boolean end) {
        return Next.CONTINUE;
    }

    /** As {@link #requestBody}, for the response. */
    default ByteBuf responseBody(RequestExchange exchange, ByteBuf data, boolean end) {
        return data;
    }

    /** As {@link #requestTrailers}, for the response. */
    default ByteBuf responseTrailers(RequestExchange exchange, Headers trailers) {
        return responseBody(exchange, Unpooled.EMPTY_BUFFER, true);
    }

    /** A head of the proxy's own is about to be sent: a failure, a redirect, a direct response, another filter's answer. */
    default void localResponse(RequestExchange exchange, ResponseHead head) {}

    /** The request has failed; {@link #localResponse} follows where there is still something to answer. */
    default void failure(RequestExchange exchange, ProxyFailure failure) {}

    /** All is over, whatever the outcome. Called exactly once for each {@link #forRequest}. */
    default void end(RequestExchange exchange) {}
}
