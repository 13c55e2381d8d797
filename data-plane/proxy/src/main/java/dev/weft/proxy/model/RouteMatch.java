package dev.weft.proxy.model;

import java.util.List;

/**
 * What a request must be like; every part must hold.
 *
 * @param headers all of which must hold
 * @param query parameters, all of which must hold
 * @param grpcOnly whether its content type must be gRPC's
 * @param share of the requests for which all else holds. A request draws its lot once, for all rules: of two rules with a half
 *     each, the second gets none that the first has not taken
 */
public record RouteMatch(
        PathMatch path, List<NamedMatch> headers, List<NamedMatch> query, boolean grpcOnly, Share share) {
    public static final RouteMatch ANY = new RouteMatch(new PathMatch.Prefix("/", true), List.of(), List.of(), false);

    /** Every such request. */
    public RouteMatch(PathMatch path, List<NamedMatch> headers, List<NamedMatch> query, boolean grpcOnly) {
        this(path, headers, query, grpcOnly, Share.ALL);
    }

    public RouteMatch {
        headers = List.copyOf(headers);
        query = List.copyOf(query);
    }

    /** The path without query. */
    public sealed interface PathMatch {
        record Exact(String path, boolean caseSensitive) implements PathMatch {}

        /** A prefix of characters: {@code /a} matches {@code /ab}. */
        record Prefix(String prefix, boolean caseSensitive) implements PathMatch {}

        /** A prefix of whole segments: {@code /a} matches {@code /a} and {@code /a/b}, not {@code /ab}. */
        record SegmentPrefix(String prefix, boolean caseSensitive) implements PathMatch {}

        /** CONNECT, which has no path; no other match holds for it. */
        record Connect() implements PathMatch {}

        /** The whole path, in the notation of Envoy's URI templates: {@code /videos/{name}/*}. */
        record Template(String template) implements PathMatch {}

        /** RE2 syntax, the whole path. */
        record Regex(String pattern) implements PathMatch {}
    }

    /**
     * A header ({@code :method}, {@code :authority} and {@code :path} too) or query parameter.
     *
     * @param invert true where the match must not hold
     * @param missingAsEmpty an absent one is matched as if it were the empty string; otherwise absent never matches
     */
    public record NamedMatch(String name, ValueMatch value, boolean invert, boolean missingAsEmpty) {}

    /** What a value must be like. */
    public sealed interface ValueMatch {
        record Exact(String text, boolean ignoreCase) implements ValueMatch {}

        record Prefix(String text, boolean ignoreCase) implements ValueMatch {}

        record Suffix(String text, boolean ignoreCase) implements ValueMatch {}

        record Contains(String text, boolean ignoreCase) implements ValueMatch {}

        /** RE2 syntax, the whole value. */
        record Regex(String pattern) implements ValueMatch {}

        record Present(boolean present) implements ValueMatch {}

        /** A decimal integer, from inclusive, to exclusive. */
        record Range(long from, long to) implements ValueMatch {}
    }
}
