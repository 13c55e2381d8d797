package dev.weft.proxy.filter.cors;

import dev.weft.proxy.filter.Filter;
import dev.weft.proxy.filter.Next;
import dev.weft.proxy.filter.RequestExchange;
import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.http.Vary;
import dev.weft.proxy.model.RouteMatch.ValueMatch;
import dev.weft.proxy.route.TextMatcher;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/**
 * Answers preflights and marks responses (Fetch standard, section 3.2). Immutable.
 *
 * <p>Responses of the proxy's own are marked too, since a page that may not read an error cannot tell what went wrong.
 */
final class CorsFilter implements Filter {
    private static final HeaderName ALLOW_ORIGIN = HeaderName.of("access-control-allow-origin");
    private static final HeaderName ALLOW_METHODS = HeaderName.of("access-control-allow-methods");
    private static final HeaderName ALLOW_HEADERS = HeaderName.of("access-control-allow-headers");
    private static final HeaderName ALLOW_CREDENTIALS = HeaderName.of("access-control-allow-credentials");
    private static final HeaderName ALLOW_PRIVATE_NETWORK = HeaderName.of("access-control-allow-private-network");
    private static final HeaderName EXPOSE_HEADERS = HeaderName.of("access-control-expose-headers");
    private static final HeaderName MAX_AGE = HeaderName.of("access-control-max-age");
    private static final HeaderName REQUEST_METHOD = HeaderName.of("access-control-request-method");
    private static final HeaderName REQUEST_PRIVATE_NETWORK = HeaderName.of("access-control-request-private-network");
    private static final ValueMatch EVERYBODY = new ValueMatch.Exact("*", false);

    private final CorsPolicy policy;
    private final TextMatcher origins;
    private final boolean open;

    CorsFilter(CorsPolicy policy) {
        this.policy = policy;
        this.origins = new TextMatcher(policy.origins());
        this.open = policy.origins().contains(EVERYBODY);
    }

    @Override
    public Next requestHead(RequestExchange exchange, RequestHead head, boolean end) {
        String origin = head.headers().get(HeaderName.ORIGIN);
        if (origin == null || !isPreflight(head)) {
            return Next.CONTINUE;
        }
        if (!isAllowed(origin)) {
            if (policy.forwardUnmatched()) {
                return Next.CONTINUE;
            }
            exchange.respond(new ResponseHead(), Unpooled.EMPTY_BUFFER);
            return Next.STOP;
        }
        ResponseHead answer = new ResponseHead();
        give(answer.headers(), ALLOW_METHODS, policy.allowMethods());
        give(answer.headers(), ALLOW_HEADERS, policy.allowHeaders());
        give(answer.headers(), MAX_AGE, policy.maxAge());
        if (policy.allowPrivateNetwork() && head.headers().contains(REQUEST_PRIVATE_NETWORK)) {
            give(answer.headers(), ALLOW_PRIVATE_NETWORK, "true");
        }
        exchange.respond(answer, Unpooled.EMPTY_BUFFER);
        return Next.STOP;
    }

    private static boolean isPreflight(RequestHead head) {
        return head.method().equals("OPTIONS") && head.headers().contains(REQUEST_METHOD);
    }

    @Override
    public Next responseHead(RequestExchange exchange, ResponseHead head, boolean end) {
        mark(exchange.request(), head.headers());
        return Next.CONTINUE;
    }

    @Override
    public void localResponse(RequestExchange exchange, ResponseHead head) {
        mark(exchange.request(), head.headers());
    }

    private void mark(RequestHead request, Headers response) {
        // A cache must not give one origin's response to another (Fetch, section 3.2.5).
        Vary.on(response, "origin");
        String origin = request.headers().get(HeaderName.ORIGIN);
        if (origin == null || !isAllowed(origin)) {
            return;
        }
        response.set(ALLOW_ORIGIN, origin);
        if (policy.allowCredentials()) {
            response.set(ALLOW_CREDENTIALS, "true");
        }
        if (!policy.exposeHeaders().isEmpty() && !isPreflight(request)) {
            response.set(EXPOSE_HEADERS, policy.exposeHeaders());
        }
    }

    private boolean isAllowed(String origin) {
        return open || origins.matches(origin);
    }

    private static void give(Headers headers, HeaderName name, @Nullable String value) {
        if (value != null && !value.isEmpty()) {
            headers.set(name, value);
        }
    }
}
