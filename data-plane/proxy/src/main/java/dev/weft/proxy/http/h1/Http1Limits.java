package dev.weft.proxy.http.h1;

import dev.weft.proxy.model.HttpOptions;

/**
 * How much of a head or of trailers is taken. Immutable.
 *
 * @param startLineBytes request line or status line
 * @param headerBytes all fields of a head
 * @param headers number of fields of a head, and of trailers
 * @param trailerBytes all trailer fields
 */
public record Http1Limits(int startLineBytes, int headerBytes, int headers, int trailerBytes) {
    public static final Http1Limits DEFAULT = of(HttpOptions.DEFAULT);

    public static Http1Limits of(HttpOptions options) {
        return new Http1Limits(
                options.maxRequestLineBytes(),
                options.maxHeaderBytes(),
                options.maxHeaders(),
                options.maxTrailerBytes());
    }
}
