package dev.weft.sidecar.xds;

import dev.weft.proxy.model.RouteMatch;
import dev.weft.proxy.model.RouteMatch.NamedMatch;
import dev.weft.proxy.model.RouteMatch.PathMatch;
import dev.weft.proxy.model.RouteMatch.ValueMatch;
import dev.weft.proxy.model.Share;
import dev.weft.sidecar.xds.message.Message;
import dev.weft.sidecar.xds.message.Problems;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** {@code RouteMatch} and its matchers. Confined to the thread of the conversion. */
final class MatchTranslation {
    private static final String TEMPLATE = "envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig";
    private static final ValueMatch PRESENT = new ValueMatch.Present(true);

    private final Problems problems;

    MatchTranslation(Problems problems) {
        this.problems = problems;
    }

    RouteMatch match(Message match) {
        List<NamedMatch> headers = headers(match, "headers");
        List<NamedMatch> query = new ArrayList<>();
        match.messages("query_parameters").forEach(parameter -> add(query, queryParameter(parameter)));
        return new RouteMatch(
                path(match), headers, query, match.has("grpc"), Shares.runtime(match, "runtime_fraction", Share.ALL));
    }

    /** A field of {@code HeaderMatcher}s. */
    List<NamedMatch> headers(Message holder, String field) {
        List<NamedMatch> headers = new ArrayList<>();
        holder.messages(field).forEach(header -> add(headers, header(header)));
        return headers;
    }

    /** A field of {@code StringMatcher}s. */
    List<ValueMatch> texts(Message holder, String field) {
        List<ValueMatch> texts = new ArrayList<>();
        for (Message matcher : holder.messages(field)) {
            ValueMatch text = text(matcher);
            if (text != null) {
                texts.add(text);
            }
        }
        return texts;
    }

    private PathMatch path(Message match) {
        boolean caseSensitive = match.bool("case_sensitive", true);
        if (match.has("path")) {
            return new PathMatch.Exact(match.string("path"), caseSensitive);
        }
        if (match.has("path_separated_prefix")) {
            return new PathMatch.SegmentPrefix(match.string("path_separated_prefix"), caseSensitive);
        }
        if (match.has("safe_regex")) {
            return new PathMatch.Regex(match.message("safe_regex").string("regex"));
        }
        if (match.has("connect_matcher")) {
            return new PathMatch.Connect();
        }
        if (match.has("path_match_policy")) {
            Message policy = match.message("path_match_policy");
            Extensions.expect(policy, TEMPLATE, problems);
            return new PathMatch.Template(
                    Extensions.type(policy).equals(TEMPLATE)
                            ? policy.message("typed_config").string("path_template")
                            : "/");
        }
        if (!match.has("prefix")) {
            problems.add(
                    match.path(),
                    "no path (expected: prefix, path_separated_prefix, path, safe_regex, connect_matcher or"
                            + " path_match_policy)");
        }
        return new PathMatch.Prefix(match.string("prefix"), caseSensitive);
    }

    private static void add(List<NamedMatch> matches, @Nullable NamedMatch match) {
        if (match != null) {
            matches.add(match);
        }
    }

    private @Nullable NamedMatch header(Message header) {
        String name = header.string("name").toLowerCase(Locale.ROOT);
        if (name.isEmpty()) {
            problems.add(header.path("name"), "empty (expected: a header's name)");
            return null;
        }
        ValueMatch value = headerValue(header);
        return value == null
                ? null
                : new NamedMatch(
                        name, value, header.bool("invert_match"), header.bool("treat_missing_header_as_empty"));
    }

    private @Nullable ValueMatch headerValue(Message header) {
        if (header.has("string_match")) {
            return text(header.message("string_match"));
        }
        if (header.has("present_match")) {
            return new ValueMatch.Present(header.bool("present_match"));
        }
        if (header.has("range_match")) {
            Message range = header.message("range_match");
            return new ValueMatch.Range(range.number("start"), range.number("end"));
        }
        if (header.has("exact_match")) {
            return new ValueMatch.Exact(header.string("exact_match"), false);
        }
        if (header.has("prefix_match")) {
            return new ValueMatch.Prefix(header.string("prefix_match"), false);
        }
        if (header.has("suffix_match")) {
            return new ValueMatch.Suffix(header.string("suffix_match"), false);
        }
        if (header.has("contains_match")) {
            return new ValueMatch.Contains(header.string("contains_match"), false);
        }
        if (header.has("safe_regex_match")) {
            return new ValueMatch.Regex(header.message("safe_regex_match").string("regex"));
        }
        return PRESENT;
    }

    private @Nullable NamedMatch queryParameter(Message parameter) {
        String name = parameter.string("name");
        if (name.isEmpty()) {
            problems.add(parameter.path("name"), "empty (expected: a parameter's name)");
            return null;
        }
        if (parameter.has("string_match")) {
            ValueMatch value = text(parameter.message("string_match"));
            return value == null ? null : new NamedMatch(name, value, false, false);
        }
        boolean present = !parameter.has("present_match") || parameter.bool("present_match");
        return new NamedMatch(name, new ValueMatch.Present(present), false, false);
    }

    /** A {@code StringMatcher}; null where it is empty, which is a problem. */
    @Nullable
    ValueMatch text(Message matcher) {
        boolean ignoreCase = matcher.bool("ignore_case");
        if (matcher.has("exact")) {
            return new ValueMatch.Exact(matcher.string("exact"), ignoreCase);
        }
        if (matcher.has("prefix")) {
            return new ValueMatch.Prefix(matcher.string("prefix"), ignoreCase);
        }
        if (matcher.has("suffix")) {
            return new ValueMatch.Suffix(matcher.string("suffix"), ignoreCase);
        }
        if (matcher.has("contains")) {
            return new ValueMatch.Contains(matcher.string("contains"), ignoreCase);
        }
        if (matcher.has("safe_regex")) {
            return new ValueMatch.Regex(matcher.message("safe_regex").string("regex"));
        }
        problems.add(matcher.path(), "empty (expected: exact, prefix, suffix, contains or safe_regex)");
        return null;
    }
}
