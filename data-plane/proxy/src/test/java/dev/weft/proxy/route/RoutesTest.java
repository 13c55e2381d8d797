package dev.weft.proxy.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.proxy.format.KnownFacts;
import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.HeaderRules;
import dev.weft.proxy.model.HeaderRules.Append;
import dev.weft.proxy.model.HeaderRules.HeaderChange;
import dev.weft.proxy.model.RouteAction;
import dev.weft.proxy.model.RouteAction.HostRewrite;
import dev.weft.proxy.model.RouteAction.RegexRewrite;
import dev.weft.proxy.model.RouteAction.Rewrite;
import dev.weft.proxy.model.RouteAction.WeightedCluster;
import dev.weft.proxy.model.RouteMatch;
import dev.weft.proxy.model.RouteMatch.PathMatch;
import dev.weft.proxy.model.RouteRule;
import dev.weft.proxy.model.RouteTable;
import dev.weft.proxy.model.RouteTable.VirtualHost;
import dev.weft.proxy.model.Share;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RoutesTest {
    @Test
    void aWeightedSplitFollowsItsWeights() {
        ForwardDecision forward = forward(
                new PathMatch.Prefix("/", true),
                Rewrite.NONE,
                new WeightedCluster(new ClusterName("a"), 90, HeaderRules.NONE),
                new WeightedCluster(new ClusterName("b"), 0, HeaderRules.NONE),
                new WeightedCluster(new ClusterName("c"), 10, HeaderRules.NONE));
        Random random = new Random(42);
        int[] picked = new int[3];
        for (int i = 0; i < 100_000; i++) {
            picked[
                    Objects.requireNonNull(forward.target(new RequestHead(), random))
                                    .cluster()
                                    .value()
                                    .charAt(0)
                            - 'a']++;
        }

        assertThat(picked[0]).isBetween(89_500, 90_500);
        assertThat(picked[1]).isZero();
        assertThat(picked[2]).isBetween(9_500, 10_500);
    }

    @Test
    void aPrefixRewriteReplacesTheMatchedPartAndKeepsTheQuery() {
        assertThat(rewritten(new PathMatch.Prefix("/api", true), prefix("/v2"), "/api/x?q=1"))
                .isEqualTo("/v2/x?q=1");
        assertThat(rewritten(new PathMatch.SegmentPrefix("/api", true), prefix("/"), "/api/x"))
                .isEqualTo("/x");
        assertThat(rewritten(new PathMatch.SegmentPrefix("/api", true), prefix("/"), "/api"))
                .isEqualTo("/");
        assertThat(rewritten(new PathMatch.Exact("/api", true), prefix("/b"), "/api?x"))
                .isEqualTo("/b?x");
        assertThat(rewritten(new PathMatch.Regex("/a.*"), prefix("/whole"), "/abc?x"))
                .isEqualTo("/whole?x");
    }

    @Test
    void aRegexRewriteUsesGroupsOfRe2Notation() {
        Rewrite swap = new Rewrite(
                Optional.empty(),
                Optional.of(new RegexRewrite("/([^/]+)/([^/]+)", "/\\2/$0\\\\/\\1")),
                Optional.empty());

        assertThat(rewritten(new PathMatch.Prefix("/", true), swap, "/one/two?three"))
                .isEqualTo("/two/$0\\/one?three");
    }

    @Test
    void aHostRewriteReplacesTheAuthority() {
        Rewrite host = new Rewrite(Optional.empty(), Optional.empty(), Optional.of("origin:81"));
        Routes routes = table(rule(new PathMatch.Prefix("/", true), forwardTo(host)));
        RequestHead head = new RequestHead().authority("any").path("/");
        Route route = routes.find(head, true);
        assertThat(route).isNotNull();
        ((ForwardDecision) route.decision()).rewrite(route, head);

        assertThat(head.authority()).isEqualTo("origin:81");
    }

    @Test
    void aRedirectChangesOnlyWhatItNames() {
        assertThat(redirected(redirect("https", null, null, null, null, false), "http", "h:80", "/p?q"))
                .isEqualTo("https://h/p?q");
        assertThat(redirected(redirect("https", null, 8443, null, null, false), "http", "h:8080", "/p"))
                .isEqualTo("https://h:8443/p");
        assertThat(redirected(redirect(null, "new", null, "/x", null, true), "http", "h:8080", "/p?q"))
                .isEqualTo("http://new/x");
        assertThat(redirected(redirect(null, null, null, null, "/n", false), "http", "h:8080", "/p/a?q"))
                .isEqualTo("http://h:8080/n/p/a?q");
    }

    @Test
    void headerRulesGoFromTheMostSpecificLevelToTheTable() {
        HeaderRules rule = change("x", "rule", Append.APPEND);
        HeaderRules host = new HeaderRules(
                List.of(new HeaderChange("x", "host", Append.ADD_IF_ABSENT)), List.of("y"), List.of(), List.of());
        HeaderRules tableRules = change("x", "table", Append.OVERWRITE_IF_EXISTS);
        RequestHead head = new RequestHead();
        head.headers().add("Y", "1");

        HeaderOps.compile(rule, host, tableRules).applyToRequest(head.headers(), new KnownFacts(head));

        assertThat(head.headers().toString()).isEqualTo("x: table\n");
    }

    @Test
    void whatTheCodecsOwnMayNotBeChanged() {
        for (String name : List.of("Host", "Connection", "content-length", "Transfer-Encoding", ":path", "a b", "")) {
            assertThatThrownBy(() -> HeaderOps.compile(change(name, "v", Append.APPEND)))
                    .as(name)
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> HeaderOps.compile(change("x", "a\r\nb: c", Append.APPEND)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void whatIsMadeForAFieldMayStandInOne() {
        RequestHead head = new RequestHead();
        KnownFacts facts = new KnownFacts(head) {
            @Override
            public String route() {
                return "路\r\nx-evil: 1\u0000\t";
            }
        };
        HeaderRules rules = new HeaderRules(
                List.of(
                        new HeaderChange("x-route", "%ROUTE_NAME%", Append.OVERWRITE, true, false),
                        new HeaderChange("x-ends", " %REQ(x-none)% a %REQ(x-none)%", Append.OVERWRITE, true, false),
                        new HeaderChange("x-text", " b ", Append.OVERWRITE)),
                List.of(),
                List.of(),
                List.of());

        HeaderOps.compile(rules).applyToRequest(head.headers(), facts);

        String utf8 = new String("路".getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        assertThat(head.headers().get(HeaderName.of("x-route"))).isEqualTo(utf8 + "  x-evil: 1");
        assertThat(head.headers().get(HeaderName.of("x-ends"))).isEqualTo("a");
        assertThat(head.headers().get(HeaderName.of("x-text"))).isEqualTo("b");
    }

    @Test
    void whatIsWrongIsNamedByItsPlace() {
        assertThatThrownBy(() -> table(rule(new PathMatch.Regex("("), forwardTo(Rewrite.NONE))))
                .hasMessageContaining("route table t: virtual host h: rules[0]: regex \"(\"");
        VirtualHost twice = new VirtualHost("h", List.of("a", "A"), List.of(), HeaderRules.NONE);
        assertThatThrownBy(() -> Routes.compile(new RouteTable("t", List.of(twice), HeaderRules.NONE)))
                .hasMessageContaining("domain \"A\": given twice");
    }

    @Test
    void optionsOfTheWholeServerMatchWhereTheRootDoes() {
        Routes routes = table(rule(new PathMatch.SegmentPrefix("/", true), forwardTo(Rewrite.NONE)));

        assertThat(routes.find(new RequestHead().method("OPTIONS").path("*"), true))
                .isNotNull();
    }

    @Test
    void connectIsMatchedByItsOwnRuleAndNoOther() {
        Routes routes = table(
                rule(new PathMatch.Prefix("", true), forwardTo(Rewrite.NONE)),
                rule(new PathMatch.Connect(), forwardTo(Rewrite.NONE)));
        Routes without = table(rule(new PathMatch.Prefix("/", true), forwardTo(Rewrite.NONE)));
        RequestHead connect = new RequestHead().method("CONNECT").path("");

        Route found = routes.find(connect, true);

        assertThat(found).isNotNull();
        assertThat(found.index()).isEqualTo(1);
        assertThat(without.find(connect, true)).isNull();
        assertThat(table(rule(new PathMatch.Connect(), forwardTo(Rewrite.NONE)))
                        .find(new RequestHead().path("/"), true))
                .isNull();
    }

    @Test
    void aShareOfRequestsGoesToARuleByTheLotThatEachDrew() {
        Routes routes = table(
                share("first", Share.of(25, 100)),
                share("second", Share.of(75, 100)),
                rule(new PathMatch.Prefix("/", true), forwardTo(Rewrite.NONE)));

        assertThat(routes.drawsLots()).isTrue();
        assertThat(nameFor(routes, 0)).isEqualTo("first");
        assertThat(nameFor(routes, 249_999)).isEqualTo("first");
        assertThat(nameFor(routes, 250_000)).isEqualTo("second");
        assertThat(nameFor(routes, 749_999)).isEqualTo("second");
        assertThat(nameFor(routes, 750_000)).isEqualTo("h/2");
    }

    private static RouteRule share(String name, Share share) {
        RouteMatch match = new RouteMatch(new PathMatch.Prefix("/", true), List.of(), List.of(), false, share);
        return new RouteRule(name, match, forwardTo(Rewrite.NONE), HeaderRules.NONE);
    }

    private static String nameFor(Routes routes, int lot) {
        return Objects.requireNonNull(routes.find(new RequestHead(), true, lot)).name();
    }

    @Test
    void aHostIsTakenFromThePathBeforeItIsRewritten() {
        Rewrite rewrite = new Rewrite(
                Optional.of("/"),
                Optional.empty(),
                Optional.of(new HostRewrite.OfPath(new RegexRewrite("^/([^/]+)/.*$", "\\1.example"))),
                true);
        RequestHead head = new RequestHead().authority("front").path("/shop/a?b=/c");

        rewritten(rewrite, new PathMatch.Prefix("/shop/", true), head);

        assertThat(head.authority()).isEqualTo("shop.example");
        assertThat(head.path()).isEqualTo("/a?b=/c");
        assertThat(head.headers().get(HeaderName.X_FORWARDED_HOST)).isEqualTo("front");
    }

    @Test
    void whatIsNoHostIsNotPutInItsPlace() {
        Rewrite rewrite = hostOf(new HostRewrite.OfHeader("x-host"));
        RequestHead head = new RequestHead().authority("front").path("/");
        head.headers().add("x-host", "a b");

        rewritten(rewrite, new PathMatch.Prefix("/", true), head).rewriteHostByHeader(head);

        assertThat(head.authority()).isEqualTo("front");
        head.headers().set(HeaderName.of("x-host"), "other:81");
        rewritten(rewrite, new PathMatch.Prefix("/", true), head).rewriteHostByHeader(head);
        assertThat(head.authority()).isEqualTo("other:81");
    }

    @Test
    void aReplacedHostIsAppendedOnceThoughThereAreManyTries() {
        Rewrite rewrite = hostOf(new HostRewrite.OfEndpoint());
        RequestHead head = new RequestHead().authority("front").path("/");
        head.headers().add("x-forwarded-host", "edge");
        ForwardDecision decision = rewritten(rewrite, new PathMatch.Prefix("/", true), head);

        decision.rewriteHostByEndpoint(head, "one", true);
        assertThat(head.authority()).isEqualTo("one");
        decision.rewriteHostByEndpoint(head, "two", false);
        assertThat(head.authority()).isEqualTo("two");
        assertThat(head.headers().get(HeaderName.X_FORWARDED_HOST)).isEqualTo("edge,front");
    }

    private static Rewrite hostOf(HostRewrite host) {
        return new Rewrite(Optional.empty(), Optional.empty(), Optional.of(host), true);
    }

    private static ForwardDecision rewritten(Rewrite rewrite, PathMatch path, RequestHead head) {
        Route route =
                Objects.requireNonNull(table(rule(path, forwardTo(rewrite))).find(head, true));
        ForwardDecision decision = (ForwardDecision) route.decision();
        decision.rewrite(route, head);
        return decision;
    }

    @Test
    void aRedirectCanReplaceInThePath() {
        RouteAction.Redirect to = new RouteAction.Redirect(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(new RegexRewrite("^/old/(.*)$", "/new/\\1")),
                false,
                301);
        RequestHead head = new RequestHead().authority("web").path("/old/a?b");
        Route route = Objects.requireNonNull(
                table(rule(new PathMatch.Prefix("/", true), to)).find(head, true));

        assertThat(((RedirectDecision) route.decision()).location(route, head)).isEqualTo("http://web/new/a?b");
    }

    @Test
    void aHitAmongTenThousandRulesIsTheRightOne() {
        List<RouteRule> rules = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            PathMatch path = i % 2 == 0
                    ? new PathMatch.Exact("/service/" + i, true)
                    : new PathMatch.SegmentPrefix("/service/" + i, true);
            rules.add(new RouteRule("r" + i, matching(path), forwardTo(Rewrite.NONE), HeaderRules.NONE));
        }
        Routes routes = table(rules.toArray(RouteRule[]::new));

        Route route = routes.find(new RequestHead().path("/service/9999/x?y"), true);
        assertThat(route).isNotNull();
        assertThat(route.name()).isEqualTo("r9999");
        assertThat(routes.find(new RequestHead().path("/service/9998/x"), true)).isNull();
    }

    private static Rewrite prefix(String to) {
        return new Rewrite(Optional.of(to), Optional.empty(), Optional.empty());
    }

    private static HeaderRules change(String name, String value, Append append) {
        return new HeaderRules(List.of(new HeaderChange(name, value, append)), List.of(), List.of(), List.of());
    }

    private static String rewritten(PathMatch match, Rewrite rewrite, String path) {
        Routes routes = table(rule(match, forwardTo(rewrite)));
        RequestHead head = new RequestHead().authority("h").path(path);
        Route route = routes.find(head, true);
        assertThat(route).isNotNull();
        ((ForwardDecision) route.decision()).rewrite(route, head);
        return head.path();
    }

    private static String redirected(RouteAction redirect, String scheme, String authority, String path) {
        Routes routes = table(rule(new PathMatch.SegmentPrefix("/", true), redirect));
        RequestHead head = new RequestHead().scheme(scheme).authority(authority).path(path);
        Route route = routes.find(head, true);
        assertThat(route).isNotNull();
        return ((RedirectDecision) route.decision()).location(route, head);
    }

    private static RouteAction redirect(
            @Nullable String scheme,
            @Nullable String host,
            @Nullable Integer port,
            @Nullable String path,
            @Nullable String prefix,
            boolean stripQuery) {
        return new RouteAction.Redirect(
                Optional.ofNullable(scheme),
                Optional.ofNullable(host),
                Optional.ofNullable(port),
                Optional.ofNullable(path),
                Optional.ofNullable(prefix),
                stripQuery,
                301);
    }

    private static ForwardDecision forward(PathMatch match, Rewrite rewrite, WeightedCluster... clusters) {
        Route route = table(rule(match, forwardTo(rewrite, clusters))).all().get(0);
        return (ForwardDecision) route.decision();
    }

    private static RouteAction forwardTo(Rewrite rewrite) {
        return forwardTo(rewrite, new WeightedCluster(new ClusterName("c"), 1, HeaderRules.NONE));
    }

    private static RouteAction forwardTo(Rewrite rewrite, WeightedCluster... clusters) {
        return RouteAction.Forward.builder()
                .clusters(List.of(clusters))
                .rewrite(rewrite)
                .build();
    }

    private static RouteRule rule(PathMatch path, RouteAction action) {
        return new RouteRule("", matching(path), action, HeaderRules.NONE);
    }

    private static RouteMatch matching(PathMatch path) {
        return new RouteMatch(path, List.of(), List.of(), false);
    }

    private static Routes table(RouteRule... rules) {
        VirtualHost host = new VirtualHost("h", List.of("*"), List.of(rules), HeaderRules.NONE);
        return Routes.compile(new RouteTable("t", List.of(host), HeaderRules.NONE));
    }
}
