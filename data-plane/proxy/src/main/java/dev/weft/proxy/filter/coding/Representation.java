package dev.weft.proxy.filter.coding;

import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.Headers;
import java.util.Locale;

/** What fields say of a body, and what has to be said once it is coded otherwise. Stateless. */
public final class Representation {
    private Representation() {}

    /** Whether somebody forbids to change it (RFC 9110, section 7.7). */
    public static boolean isFixed(Headers headers) {
        String control = headers.joined(HeaderName.CACHE_CONTROL);
        return control != null && control.toLowerCase(Locale.ROOT).contains("no-transform");
    }

    /**
     * The body's bytes change, not what they mean: its length is unknown now, ranges of it are none of the origin's, and an
     * entity tag that stood for these very bytes stands for what they mean (RFC 9110, section 8.8.3).
     */
    public static void recoded(Headers headers) {
        headers.remove(HeaderName.CONTENT_LENGTH);
        headers.remove(HeaderName.ACCEPT_RANGES);
        String etag = headers.get(HeaderName.ETAG);
        if (etag != null && etag.startsWith("\"")) {
            headers.set(HeaderName.ETAG, "W/" + etag);
        }
    }
}
