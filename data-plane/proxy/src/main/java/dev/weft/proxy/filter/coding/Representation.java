package dev.weft.proxy.filter.coding;

import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.Headers;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What fields say of a body, and what has to be said once it is coded otherwise. Stateless. */
public final class Representation {
    /** Of the bytes that were, and wrong of the bytes that are (RFC 9530; RFC 3230 and RFC 2616 before it). */
    private static final List<HeaderName> DIGESTS = List.of(
            HeaderName.of("content-digest"),
            HeaderName.of("repr-digest"),
            HeaderName.of("digest"),
            HeaderName.of("content-md5"));

    private Representation() {}

    /** Whether somebody forbids to change it (RFC 9110, section 7.7). */
    public static boolean isFixed(Headers headers) {
        String control = headers.joined(HeaderName.CACHE_CONTROL);
        return control != null && control.toLowerCase(Locale.ROOT).contains("no-transform");
    }

    /**
     * The body's bytes change, not what they mean: its length is unknown now, ranges and digests of it are none of the origin's,
     * and an entity tag that stood for these very bytes stands for what they mean (RFC 9110, section 8.8.3).
     */
    public static void recoded(Headers headers) {
        headers.remove(HeaderName.CONTENT_LENGTH);
        headers.remove(HeaderName.ACCEPT_RANGES);
        DIGESTS.forEach(headers::remove);
        weaken(headers);
    }

    /**
     * The response says that what the client has is still good. Where that is a recoded one, known by its weak tag, the tag must
     * be the same now: a cache may not take the origin's strong one for it (RFC 9111, section 4.3.4).
     *
     * @param known {@code If-None-Match}, or null
     * @return whether it is a recoded one
     */
    public static boolean isKnownRecoded(Headers response, @Nullable String known) {
        String etag = response.get(HeaderName.ETAG);
        boolean recoded = etag != null && etag.startsWith("\"") && known != null && known.contains("W/" + etag);
        if (recoded) {
            weaken(response);
        }
        return recoded;
    }

    private static void weaken(Headers headers) {
        String etag = headers.get(HeaderName.ETAG);
        if (etag != null && etag.startsWith("\"")) {
            headers.set(HeaderName.ETAG, "W/" + etag);
        }
    }
}
