package dev.weft.proxy.http.h1;

import dev.weft.proxy.http.StreamLimits;
import dev.weft.proxy.model.ClientRules.Underscores;
import dev.weft.proxy.model.HttpOptions;

/**
 * How much of a head or of trailers is taken. Immutable.
 *
 * @param startLineBytes request line or status line
 * @param headerBytes all fields of a head
 * @param headers number of fields of a head, and of trailers
 * @param trailerBytes all trailer fields
 * @param underscores what becomes of fields of requests whose names hold an underscore
 */
public record Http1Limits(int startLineBytes, int headerBytes, int headers, int trailerBytes, Underscores underscores) {
    public static final Http1Limits DEFAULT = of(HttpOptions.DEFAULT);

    public static Http1Limits of(HttpOptions options) {
        return new Http1Limits(
                options.maxRequestLineBytes(),
                options.maxHeaderBytes(),
                options.maxHeaders(),
                options.maxTrailerBytes(),
                options.clients().underscores());
    }

    /** For responses, which come from whom we trust more than clients: of the defaults but for the number of fields. */
    static Http1Limits ofResponses(StreamLimits limits) {
        return limits.fields() == DEFAULT.headers
                ? DEFAULT
                : new Http1Limits(
                        DEFAULT.startLineBytes,
                        DEFAULT.headerBytes,
                        limits.fields(),
                        DEFAULT.trailerBytes,
                        DEFAULT.underscores);
    }
}
