package dev.weft.proxy.filter.mirror;

import dev.weft.proxy.filter.Filter;
import dev.weft.proxy.filter.Next;
import dev.weft.proxy.filter.RequestExchange;
import dev.weft.proxy.filter.SideRequest;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.model.RouteAction.Mirror;
import dev.weft.proxy.route.ForwardDecision;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Sends copies of requests as they leave, body and trailers too. A copy costs its request nothing: it waits for no answer, and
 * one whose receiver is slow or gone is given up. Retries are not copied. Immutable.
 */
public final class MirrorFilter implements Filter {
    private static final Duration LONGEST = Duration.ofSeconds(15);
    private static final String MARK = "-shadow";

    private final ForwardDecision route;
    private final Duration timeout;

    /**
     * @param route says who gets copies, and after what time they are given up: its own, or 15 s where it has none
     */
    public MirrorFilter(ForwardDecision route) {
        this.route = route;
        this.timeout = route.timeoutNanos() == 0 ? LONGEST : Duration.ofNanos(route.timeoutNanos());
    }

    @Override
    public Filter forRequest(RequestExchange exchange) {
        return new Mirroring();
    }

    /** With the host that the request is about to get, but for one that an endpoint is yet to be chosen for. */
    private RequestHead copy(RequestHead head, boolean marked) {
        RequestHead copy = new RequestHead()
                .method(head.method())
                .scheme(head.scheme())
                .authority(head.authority())
                .path(head.path());
        copy.headers().addAll(head.headers());
        route.rewriteHostByHeader(copy);
        return marked ? copy.authority(marked(copy.authority())) : copy;
    }

    /** {@code web:80} becomes {@code web-shadow:80}; what is no name stays, since an IPv6 address with a mark is no host at all. */
    private static String marked(String authority) {
        if (authority.isEmpty() || authority.startsWith("[")) {
            return authority;
        }
        int colon = authority.lastIndexOf(':');
        return colon > authority.lastIndexOf(']')
                ? authority.substring(0, colon) + MARK + authority.substring(colon)
                : authority + MARK;
    }

    /** For one request. Confined to its event loop. */
    private final class Mirroring implements Filter {
        private final List<SideRequest> copies = new ArrayList<>(1);
        private boolean ended;

        @Override
        public Next requestHead(RequestExchange exchange, RequestHead head, boolean end) {
            ended = end;
            return Next.CONTINUE;
        }

        @Override
        public void chooseUpstream(RequestExchange exchange) {
            RequestHead head = exchange.request();
            if (head.asksForTunnel()) {
                return; // what is said in a tunnel is said to one
            }
            for (Mirror mirror : route.mirrors()) {
                if (mirror.share().takes(exchange.random())) {
                    SideRequest sent = exchange.send(mirror.cluster(), copy(head, mirror.marked()), ended, timeout);
                    if (sent != null) {
                        copies.add(sent);
                    }
                }
            }
        }

        @Override
        public ByteBuf requestBody(RequestExchange exchange, ByteBuf data, boolean end) {
            ended = end;
            for (SideRequest copy : copies) {
                copy.data(data.retainedDuplicate(), end);
            }
            return data;
        }

        @Override
        public ByteBuf requestTrailers(RequestExchange exchange, Headers trailers) {
            ended = true;
            for (SideRequest copy : copies) {
                copy.trailers(trailers);
            }
            return Unpooled.EMPTY_BUFFER;
        }

        @Override
        public void end(RequestExchange exchange) {
            if (!ended) {
                copies.forEach(SideRequest::cancel); // the client left, or was answered, in the middle of its request
            }
        }
    }
}
