package dev.weft.controlplane.translate;

import com.google.re2j.Pattern;
import dev.weft.v1.Match;
import dev.weft.v1.PathMatch;
import dev.weft.v1.ValueMatch;
import dev.weft.xds.ClientKind;
import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import io.envoyproxy.envoy.config.route.v3.QueryParameterMatcher;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.type.matcher.v3.RegexMatcher;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import java.util.List;
import java.util.stream.Collectors;

/** A Match as a route match. Pure. */
final class MatchTranslation {
    private MatchTranslation() {}

    static RouteMatch translate(Match match, ClientKind kind) {
        RouteMatch.Builder xds = RouteMatch.newBuilder();
        path(xds, match.getPath(), kind);
        if (match.getMethodsCount() > 0) {
            xds.addHeaders(methods(match.getMethodsList()));
        }
        match.getHeadersList().forEach(header -> xds.addHeaders(header(header)));
        match.getQueryList().forEach(query -> xds.addQueryParameters(query(query)));
        return xds.build();
    }

    private static void path(RouteMatch.Builder xds, PathMatch path, ClientKind kind) {
        switch (path.getMatchCase()) {
            case EXACT -> xds.setPath(path.getExact());
            case REGEX -> xds.setSafeRegex(regex(path.getRegex()));
            case PREFIX -> prefix(xds, path.getPrefix(), kind);
            case MATCH_NOT_SET -> xds.setPrefix("/");
        }
    }

    private static void prefix(RouteMatch.Builder xds, String prefix, ClientKind kind) {
        if (prefix.endsWith("/")) {
            xds.setPrefix(prefix);
        } else if (kind == ClientKind.GRPC) {
            // gRPC clients do not know path_separated_prefix.
            xds.setSafeRegex(regex(Pattern.quote(prefix) + "(/.*)?"));
        } else {
            xds.setPathSeparatedPrefix(prefix);
        }
    }

    private static HeaderMatcher methods(List<String> methods) {
        HeaderMatcher.Builder matcher = HeaderMatcher.newBuilder().setName(":method");
        if (methods.size() == 1) {
            return matcher.setStringMatch(StringMatcher.newBuilder().setExact(methods.getFirst()))
                    .build();
        }
        String any = methods.stream().map(Pattern::quote).collect(Collectors.joining("|"));
        return matcher.setStringMatch(StringMatcher.newBuilder().setSafeRegex(regex(any)))
                .build();
    }

    static HeaderMatcher header(ValueMatch match) {
        HeaderMatcher.Builder matcher =
                HeaderMatcher.newBuilder().setName(match.getName()).setInvertMatch(match.getInvert());
        if (match.hasPresent()) {
            return matcher.setPresentMatch(match.getPresent()).build();
        }
        return matcher.setStringMatch(text(match)).build();
    }

    /** Query matchers cannot be inverted on the wire; validation refuses it. */
    private static QueryParameterMatcher query(ValueMatch match) {
        QueryParameterMatcher.Builder matcher =
                QueryParameterMatcher.newBuilder().setName(match.getName());
        if (match.hasPresent()) {
            return matcher.setPresentMatch(match.getPresent()).build();
        }
        return matcher.setStringMatch(text(match)).build();
    }

    private static StringMatcher text(ValueMatch match) {
        StringMatcher.Builder matcher = StringMatcher.newBuilder();
        switch (match.getMatchCase()) {
            case EXACT -> matcher.setExact(match.getExact());
            case PREFIX -> matcher.setPrefix(match.getPrefix());
            case SUFFIX -> matcher.setSuffix(match.getSuffix());
            case CONTAINS -> matcher.setContains(match.getContains());
            case REGEX -> matcher.setSafeRegex(regex(match.getRegex()));
            case PRESENT, MATCH_NOT_SET ->
                throw new IllegalArgumentException("no text to match (expected: validated before)");
        }
        return matcher.build();
    }

    private static RegexMatcher regex(String pattern) {
        return RegexMatcher.newBuilder().setRegex(pattern).build();
    }
}
