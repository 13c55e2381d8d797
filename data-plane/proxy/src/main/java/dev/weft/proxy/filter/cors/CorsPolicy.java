package dev.weft.proxy.filter.cors;

import dev.weft.proxy.filter.Filter;
import dev.weft.proxy.filter.FilterPolicy;
import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.model.RouteMatch.ValueMatch;
import java.util.List;

/**
 * Who may read responses in a browser.
 *
 * @param origins which origins may; {@code *} as an exact match is all of them
 * @param allowMethods value of {@code Access-Control-Allow-Methods}, or empty for none; the next four likewise
 * @param maxAge seconds for which a browser keeps what it was told
 * @param allowCredentials whether cookies and authorization may be sent along
 * @param allowPrivateNetwork whether a public site may ask a private network
 * @param forwardUnmatched whether a preflight of any other origin goes to the upstream; it is answered without leave otherwise
 */
public record CorsPolicy(
        List<ValueMatch> origins,
        String allowMethods,
        String allowHeaders,
        String exposeHeaders,
        String maxAge,
        boolean allowCredentials,
        boolean allowPrivateNetwork,
        boolean forwardUnmatched)
        implements FilterPolicy {
    public CorsPolicy {
        origins = List.copyOf(origins);
        checkValue(allowMethods, "allow_methods");
        checkValue(allowHeaders, "allow_headers");
        checkValue(exposeHeaders, "expose_headers");
        checkValue(maxAge, "max_age");
    }

    private static void checkValue(String value, String field) {
        try {
            new Headers().add(HeaderName.VARY, value);
        } catch (IllegalArgumentException refused) {
            throw new IllegalArgumentException(field + ": \"" + value + "\" (expected: text for a header)", refused);
        }
    }

    @Override
    public Filter filter() {
        return new CorsFilter(this);
    }
}
