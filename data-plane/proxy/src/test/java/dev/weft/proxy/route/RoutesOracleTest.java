package dev.weft.proxy.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.model.HeaderRules;
import dev.weft.proxy.model.RouteAction;
import dev.weft.proxy.model.RouteMatch;
import dev.weft.proxy.model.RouteMatch.NamedMatch;
import dev.weft.proxy.model.RouteMatch.PathMatch;
import dev.weft.proxy.model.RouteMatch.ValueMatch;
import dev.weft.proxy.model.RouteRule;
import dev.weft.proxy.model.RouteTable;
import dev.weft.proxy.model.RouteTable.VirtualHost;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;

/** The compiled table against one that tries every host and rule in turn, over a small alphabet so that much collides. */
class RoutesOracleTest {
    @Property(tries = 3000)
    void theIndexFindsTheRuleThatTryingEachInTurnFinds(
            @ForAll("tables") RouteTable table, @ForAll("requests") RequestHead head, @ForAll boolean stripPort) {
        Route found = Routes.compile(table).find(head, stripPort);

        assertThat(found == null ? null : found.name()).isEqualTo(Oracle.find(table, head, stripPort));
    }

    @Provide
    Arbitrary<RouteTable> tables() {
        return hosts().map(hosts -> new RouteTable("t", hosts, HeaderRules.NONE));
    }

    private static Arbitrary<List<VirtualHost>> hosts() {
        Arbitrary<String> domain =
                Arbitraries.of("a", "A.b", "b", "a.b:8", "*.b", "*a.b", "*.a.b", "a.*", "a.b.*", "*", "[::1]", "b.a");
        return Combinators.combine(
                        domain.set().ofMinSize(1).ofMaxSize(6), rules().list().ofSize(6))
                .as((domains, rules) -> {
                    List<VirtualHost> hosts = new ArrayList<>();
                    for (String d : new LinkedHashSet<>(domains)) {
                        int h = hosts.size();
                        hosts.add(new VirtualHost("h" + h, List.of(d), named("h" + h, rules.get(h)), HeaderRules.NONE));
                    }
                    return hosts;
                });
    }

    private static List<RouteRule> named(String host, List<RouteMatch> matches) {
        List<RouteRule> rules = new ArrayList<>();
        for (RouteMatch match : matches) {
            rules.add(new RouteRule(
                    host + "-" + rules.size(), match, new RouteAction.Respond(200, "", ""), HeaderRules.NONE));
        }
        return rules;
    }

    private static Arbitrary<List<RouteMatch>> rules() {
        Arbitrary<String> text =
                Arbitraries.strings().withChars("/aAb").ofMaxLength(3).map(s -> "/" + s);
        Arbitrary<PathMatch> path = Arbitraries.oneOf(
                Combinators.combine(text, Arbitraries.of(true, false)).as(PathMatch.Exact::new),
                Combinators.combine(text, Arbitraries.of(true, false)).as(PathMatch.Prefix::new),
                Arbitraries.of(true, false).map(c -> new PathMatch.Prefix("", c)),
                Combinators.combine(text, Arbitraries.of(true, false)).as(PathMatch.SegmentPrefix::new),
                Arbitraries.of("/a.*", "/ab?", "/a|/b", "/[ab]+", ".*b", "/a/(a|b)*", "(?i)/a")
                        .map(PathMatch.Regex::new));
        Arbitrary<ValueMatch> value = Arbitraries.oneOf(
                Combinators.combine(Arbitraries.of("", "1", "x"), Arbitraries.of(true, false))
                        .as(ValueMatch.Exact::new),
                Arbitraries.of("1", "X").map(t -> new ValueMatch.Prefix(t, true)),
                Arbitraries.of("1", "x").map(t -> new ValueMatch.Suffix(t, false)),
                Arbitraries.of(",", "x1").map(t -> new ValueMatch.Contains(t, false)),
                Arbitraries.of("1+", ".*").map(ValueMatch.Regex::new),
                Arbitraries.of(true, false).map(ValueMatch.Present::new),
                Arbitraries.of(0, 1, 5).map(f -> new ValueMatch.Range(f, 11)));
        Arbitrary<NamedMatch> header = Combinators.combine(
                        Arbitraries.of("X-One", "x-two", ":method"),
                        value,
                        Arbitraries.of(true, false),
                        Arbitraries.of(true, false))
                .as(NamedMatch::new);
        Arbitrary<NamedMatch> parameter = Combinators.combine(
                        Arbitraries.of("q", "r"), value, Arbitraries.of(true, false), Arbitraries.of(true, false))
                .as(NamedMatch::new);
        return Combinators.combine(
                        path, header.list().ofMaxSize(1), parameter.list().ofMaxSize(1))
                .as((p, headers, query) -> new RouteMatch(p, headers, query, false))
                .list()
                .ofMaxSize(8);
    }

    @Provide
    Arbitrary<RequestHead> requests() {
        Arbitrary<String> authority = Arbitraries.of(
                "a", "A", "a:80", "a.b", "a.b:8", "b.a.b", "x.b", "B", "[::1]:80", "[::1]", "c", "", "a.b.c:1", "b.A");
        Arbitrary<String> path =
                Arbitraries.strings().withChars("/aAb").ofMaxLength(4).map(s -> "/" + s);
        Arbitrary<String> query = Arbitraries.of("", "?", "?q=1", "?r=x&q=x1", "?q", "?%71=%31", "?q=&q=1");
        Arbitrary<List<String>> values =
                Arbitraries.of("", "1", "x", "X1", "11").list().ofMaxSize(2);
        return Combinators.combine(authority, path, query, values, values).as((host, p, q, one, two) -> {
            RequestHead head = new RequestHead().authority(host).path(p + q);
            one.forEach(v -> head.headers().add("x-one", v));
            two.forEach(v -> head.headers().add("X-Two", v));
            return head;
        });
    }

    /** The same semantics, written as plainly as possible and with the JDK's tools. */
    private static final class Oracle {
        static @Nullable String find(RouteTable table, RequestHead head, boolean stripPort) {
            String full = head.authority().toLowerCase(Locale.ROOT);
            String bare = stripPort ? full.replaceFirst(":\\d*$", "") : full;
            VirtualHost best = null;
            int bestRank = -1;
            for (VirtualHost host : table.virtualHosts()) {
                for (String domain : host.domains()) {
                    int rank = rank(domain.toLowerCase(Locale.ROOT), full, bare);
                    if (rank > bestRank) {
                        best = host;
                        bestRank = rank;
                    }
                }
            }
            if (best == null) {
                return null;
            }
            return best.rules().stream()
                    .filter(rule -> matches(rule.match(), head))
                    .map(RouteRule::name)
                    .findFirst()
                    .orElse(null);
        }

        private static int rank(String domain, String full, String bare) {
            if (domain.equals("*")) {
                return 0;
            }
            if (domain.startsWith("*")) {
                String suffix = domain.substring(1);
                return bare.length() > suffix.length() && bare.endsWith(suffix) ? 2000 + suffix.length() : -1;
            }
            if (domain.endsWith("*")) {
                String prefix = domain.substring(0, domain.length() - 1);
                return bare.length() > prefix.length() && bare.startsWith(prefix) ? 1000 + prefix.length() : -1;
            }
            return domain.equals(full) ? 4000 : domain.equals(bare) ? 3000 : -1;
        }

        private static boolean matches(RouteMatch match, RequestHead head) {
            String path = head.path().replaceFirst("\\?.*", "");
            boolean pathMatches = switch (match.path()) {
                case PathMatch.Exact m -> m.caseSensitive() ? path.equals(m.path()) : path.equalsIgnoreCase(m.path());
                case PathMatch.Prefix m ->
                    path.regionMatches(
                            !m.caseSensitive(), 0, m.prefix(), 0, m.prefix().length());
                case PathMatch.SegmentPrefix m -> {
                    String segments = m.prefix().replaceFirst("/+$", "");
                    yield (path + "/").regionMatches(!m.caseSensitive(), 0, segments + "/", 0, segments.length() + 1);
                }
                case PathMatch.Regex m -> Pattern.matches(m.pattern(), path);
                case PathMatch.Template m -> m.template().equals(path); // none of ours has a star or a variable
                case PathMatch.Connect _ -> path.isEmpty();
            };
            return pathMatches
                    && match.headers().stream().allMatch(m -> holds(m, header(m.name(), head)))
                    && match.query().stream().allMatch(m -> holds(m, parameter(m.name(), head.path())));
        }

        private static @Nullable String header(String name, RequestHead head) {
            if (name.equals(":method")) {
                return head.method();
            }
            List<String> values = new ArrayList<>();
            head.headers().forEach((n, v) -> {
                if (n.equalsIgnoreCase(name)) {
                    values.add(v);
                }
            });
            return values.isEmpty() ? null : String.join(", ", values);
        }

        private static @Nullable String parameter(String name, String path) {
            if (path.indexOf('?') < 0) {
                return null;
            }
            for (String pair : path.substring(path.indexOf('?') + 1).split("&", -1)) {
                String[] parts = pair.split("=", 2);
                if (java.net.URLDecoder.decode(parts[0], java.nio.charset.StandardCharsets.UTF_8)
                        .equals(name)) {
                    return parts.length == 1
                            ? ""
                            : java.net.URLDecoder.decode(parts[1], java.nio.charset.StandardCharsets.UTF_8);
                }
            }
            return null;
        }

        private static boolean holds(NamedMatch match, @Nullable String value) {
            if (match.value() instanceof ValueMatch.Present m) {
                return ((value != null) == m.present()) != match.invert();
            }
            if (value == null && !match.missingAsEmpty()) {
                return false;
            }
            String text = value == null ? "" : value;
            boolean holds = switch (match.value()) {
                case ValueMatch.Exact m -> m.ignoreCase() ? text.equalsIgnoreCase(m.text()) : text.equals(m.text());
                case ValueMatch.Prefix m ->
                    text.toLowerCase(Locale.ROOT).startsWith(m.text().toLowerCase(Locale.ROOT));
                case ValueMatch.Suffix m -> text.endsWith(m.text());
                case ValueMatch.Contains m -> text.contains(m.text());
                case ValueMatch.Regex m -> Pattern.matches(m.pattern(), text);
                case ValueMatch.Range m ->
                    text.matches("\\d{1,9}") && Long.parseLong(text) >= m.from() && Long.parseLong(text) < m.to();
                case ValueMatch.Present m -> m.present();
            };
            return holds != match.invert();
        }
    }
}
