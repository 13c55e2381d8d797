package dev.weft.proxy.filter;

import dev.weft.proxy.http.ResponseHead;

/** Applies the header rules of table, host, rule and cluster. Immutable. */
public final class HeaderRulesFilter implements Filter {
    @Override
    public void chooseUpstream(RequestExchange exchange) {
        exchange.headerRules().applyToRequest(exchange.request().headers(), exchange);
    }

    @Override
    public Next responseHead(RequestExchange exchange, ResponseHead head, boolean end) {
        exchange.headerRules().applyToResponse(head.headers(), exchange);
        return Next.CONTINUE;
    }

    @Override
    public void localResponse(RequestExchange exchange, ResponseHead head) {
        exchange.headerRules().applyToResponse(head.headers(), exchange);
    }
}
