package dev.weft.proxy.filter;

import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.ResponseHead;

/** Tells the client the id that its request had, so that it can name it when it complains. Immutable. */
public final class RequestIdEcho implements OfArrival {
    @Override
    public Next responseHead(RequestExchange exchange, ResponseHead head, boolean end) {
        tell(exchange, head);
        return Next.CONTINUE;
    }

    @Override
    public void localResponse(RequestExchange exchange, ResponseHead head) {
        tell(exchange, head);
    }

    private static void tell(RequestExchange exchange, ResponseHead head) {
        String id = exchange.request().headers().get(HeaderName.X_REQUEST_ID);
        if (id != null) {
            head.headers().set(HeaderName.X_REQUEST_ID, id);
        }
    }
}
