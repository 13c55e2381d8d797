package dev.weft.sidecar.xds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.HashKey;
import dev.weft.proxy.model.HeaderRules;
import dev.weft.proxy.model.HeaderRules.Append;
import dev.weft.proxy.model.HeaderRules.HeaderChange;
import dev.weft.proxy.model.RetryPolicy;
import dev.weft.proxy.model.RetryPolicy.Condition;
import dev.weft.proxy.model.RetryPolicy.RateLimited;
import dev.weft.proxy.model.RetryPolicy.ResetHeader;
import dev.weft.proxy.model.RouteAction;
import dev.weft.proxy.model.RouteAction.Forward;
import dev.weft.proxy.model.RouteAction.HostRewrite;
import dev.weft.proxy.model.RouteAction.InternalRedirect;
import dev.weft.proxy.model.RouteAction.WeightedCluster;
import dev.weft.proxy.model.RouteMatch.NamedMatch;
import dev.weft.proxy.model.RouteMatch.PathMatch;
import dev.weft.proxy.model.RouteMatch.ValueMatch;
import dev.weft.proxy.model.RouteRule;
import dev.weft.proxy.model.RouteTable;
import dev.weft.proxy.model.Share;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;

/** From the messages of routes, written as YAML, to the model. */
class RouteTranslationTest {
    private static RouteTable table(String yaml) {
        return (RouteTable) Yaml.accepted(ResourceType.ROUTES, yaml);
    }

    private static List<String> problems(String route) {
        return Yaml.problems(ResourceType.ROUTES, host("[" + route + "]"));
    }

    private static String host(String routes) {
        return "{name: r, virtual_hosts: [{name: v, domains: ['*'], routes: " + routes + "}]}";
    }

    private static RouteRule rule(String route) {
        return table(host("[" + route + "]")).virtualHosts().getFirst().rules().getFirst();
    }

    private static Forward forward(String action) {
        return (Forward) rule("{match: {prefix: /}, route: " + action + "}").action();
    }

    private static PathMatch path(String match) {
        return rule("{match: " + match + ", route: {cluster: c}}").match().path();
    }

    private static NamedMatch header(String matcher) {
        return rule("{match: {prefix: /, headers: [" + matcher + "]}, route: {cluster: c}}")
                .match()
                .headers()
                .getFirst();
    }

    @Test
    void thePortOfAHostCountsUnlessTheTableSaysOtherwise() {
        assertThat(table("{name: r}").ignorePort()).isFalse();
        assertThat(table("{name: r, ignore_port_in_host_matching: true}").ignorePort())
                .isTrue();
    }

    @Test
    void pathsMatchInFourWays() {
        assertThat(path("{prefix: /a}")).isEqualTo(new PathMatch.Prefix("/a", true));
        assertThat(path("{path: /a, case_sensitive: false}")).isEqualTo(new PathMatch.Exact("/a", false));
        assertThat(path("{path_separated_prefix: /a}")).isEqualTo(new PathMatch.SegmentPrefix("/a", true));
        assertThat(path("{safe_regex: {regex: '/a.*'}}")).isEqualTo(new PathMatch.Regex("/a.*"));
    }

    @Test
    void headersMatchInEveryWayOldAndNew() {
        assertThat(header("{name: X-A, string_match: {exact: b, ignore_case: true}}"))
                .isEqualTo(new NamedMatch("x-a", new ValueMatch.Exact("b", true), false, false));
        assertThat(header("{name: x, string_match: {suffix: b}, invert_match: true}"))
                .isEqualTo(new NamedMatch("x", new ValueMatch.Suffix("b", false), true, false));
        assertThat(header("{name: x, string_match: {contains: b}, treat_missing_header_as_empty: true}"))
                .isEqualTo(new NamedMatch("x", new ValueMatch.Contains("b", false), false, true));
        assertThat(header("{name: x, present_match: false}").value()).isEqualTo(new ValueMatch.Present(false));
        assertThat(header("{name: x}").value()).isEqualTo(new ValueMatch.Present(true));
        assertThat(header("{name: x, range_match: {start: 1, end: 5}}").value()).isEqualTo(new ValueMatch.Range(1, 5));
        assertThat(header("{name: x, prefix_match: a}").value()).isEqualTo(new ValueMatch.Prefix("a", false));
        assertThat(header("{name: x, safe_regex_match: {regex: a+}}").value()).isEqualTo(new ValueMatch.Regex("a+"));
    }

    @Test
    void queryParametersMatchByValueOrPresence() {
        List<NamedMatch> query = rule("{match: {prefix: /, query_parameters: [{name: a, string_match: {exact: b}},"
                        + " {name: c, present_match: true}]}, route: {cluster: c}}")
                .match()
                .query();

        assertThat(query)
                .containsExactly(
                        new NamedMatch("a", new ValueMatch.Exact("b", false), false, false),
                        new NamedMatch("c", new ValueMatch.Present(true), false, false));
    }

    @Test
    void clustersShareByWeight() {
        assertThat(forward("{weighted_clusters: {clusters: [{name: a, weight: 90}, {name: b, weight: 10}]}}")
                        .clusters())
                .containsExactly(
                        new WeightedCluster(new ClusterName("a"), 90, HeaderRules.NONE),
                        new WeightedCluster(new ClusterName("b"), 10, HeaderRules.NONE));
    }

    @Test
    void theTimeoutIsEnvoysUnlessOneIsSet() {
        assertThat(forward("{cluster: c}").timeout()).isEqualTo(Duration.ofSeconds(15));
        assertThat(forward("{cluster: c, timeout: 0s}").timeout()).isZero();
    }

    @Test
    void howLongAStreamLivesIsForTheListenerToSayUnlessTheRouteDoes() {
        var both = forward("{cluster: c, timeout: 3s, max_stream_duration: {max_stream_duration: 1s}}");
        var alone = forward("{cluster: c, max_stream_duration: {max_stream_duration: 0s}}");

        assertThat(forward("{cluster: c}").maxStream()).isEmpty();
        assertThat(both.timeout()).isEqualTo(Duration.ofSeconds(3));
        assertThat(both.maxStream()).contains(Duration.ofSeconds(1));
        assertThat(alone.timeout()).isZero();
        assertThat(alone.maxStream()).contains(Duration.ZERO);
    }

    @Test
    void aDirectResponseIsAsLargeAsItsTableAllows() {
        String route = "virtual_hosts: [{name: v, domains: ['*'], routes: [{match: {prefix: /}, direct_response:"
                + " {status: 200, body: {inline_string: 'zwölf Zeichen'}}}]}]}";

        assertThat(Yaml.problems(ResourceType.ROUTES, "{name: r, " + route)).isEmpty();
        assertThat(Yaml.problems(ResourceType.ROUTES, "{name: r, max_direct_response_body_size_bytes: 14, " + route))
                .isEmpty();
        assertThat(Yaml.problems(ResourceType.ROUTES, "{name: r, max_direct_response_body_size_bytes: 13, " + route))
                .containsExactly("virtual_hosts[0].routes[0].direct_response.body: 14 bytes (expected: at most"
                        + " max_direct_response_body_size_bytes, which is 13)");
    }

    @Test
    void retriesHaveEnvoysDefaults() {
        assertThat(forward("{cluster: c, retry_policy: {retry_on: 'connect-failure, 5xx'}}")
                        .retry())
                .hasValueSatisfying(retry -> {
                    assertThat(retry.on()).containsExactlyInAnyOrder(Condition.CONNECT_FAILURE, Condition.FIVE_XX);
                    assertThat(retry.retries()).isEqualTo(1);
                    assertThat(retry.baseBackoff()).isEqualTo(Duration.ofMillis(25));
                    assertThat(retry.maxBackoff()).isEqualTo(Duration.ofMillis(250));
                });
    }

    @Test
    void pathsMatchAndAreRewrittenByTemplates() {
        String match = "{path_match_policy: {name: m, typed_config: {'@type': type.googleapis.com/"
                + "envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig, path_template: '/%s'}}}";
        String rewrite = "{cluster: c, path_rewrite_policy: {name: r, typed_config: {'@type': type.googleapis.com/"
                + "envoy.extensions.path.rewrite.uri_template.v3.UriTemplateRewriteConfig, path_template_rewrite: '/%s'}}}";
        RouteRule rule = rule("{match: " + match.formatted("a/{b}") + ", route: " + rewrite.formatted("{b}") + "}");

        assertThat(rule.match().path()).isEqualTo(new PathMatch.Template("/a/{b}"));
        assertThat(((Forward) rule.action()).rewrite().template()).contains("/{b}");
        assertThat(problems("{match: " + match.formatted("{b") + ", route: {cluster: c}}"))
                .singleElement(InstanceOfAssertFactories.STRING)
                .contains("path_template: \"/{b\": at 1 (expected: } behind {)");
        assertThat(problems("{match: " + match.formatted("a") + ", route: " + rewrite.formatted("{b}") + "}"))
                .singleElement(InstanceOfAssertFactories.STRING)
                .contains("path_template_rewrite: \"/{b}\" (expected: variables of path_template \"/a\": [])");
        assertThat(problems("{match: {path_match_policy: {name: m}}, route: {cluster: c}}"))
                .containsExactly("virtual_hosts[0].routes[0].match.path_match_policy.typed_config: missing (expected:"
                        + " envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig)");
    }

    @Test
    void redirectsThatAreFollowedHaveEnvoysDefaults() {
        assertThat(forward("{cluster: c}").internalRedirect()).isEmpty();
        assertThat(forward("{cluster: c, internal_redirect_policy: {}}").internalRedirect())
                .contains(new InternalRedirect(1, Set.of(302), false, List.of(), Optional.empty(), false, false));
    }

    @Test
    void redirectsThatAreFollowedAreReadInFull() {
        String type = "typed_config: {'@type': type.googleapis.com/envoy.extensions.internal_redirect.";
        assertThat(forward("{cluster: c, internal_redirect_policy: {max_internal_redirects: 3,"
                                + " redirect_response_codes: [301, 307, 200], allow_cross_scheme_redirect: true,"
                                + " response_headers_to_copy: [x-a], predicates: [{name: a, " + type
                                + "previous_routes.v3.PreviousRoutesConfig}}, {name: b, " + type
                                + "safe_cross_scheme.v3.SafeCrossSchemeConfig}}, {name: c, " + type
                                + "allow_listed_routes.v3.AllowListedRoutesConfig, allowed_route_names: [d, e]}}]}}")
                        .internalRedirect())
                .contains(new InternalRedirect(
                        3, Set.of(301, 307), true, List.of("x-a"), Optional.of(Set.of("d", "e")), true, true));
        assertThat(
                        problems(
                                "{match: {prefix: /}, route: {cluster: c, internal_redirect_policy: {predicates: [{name: a}]}}}"))
                .singleElement(InstanceOfAssertFactories.STRING)
                .startsWith(
                        "virtual_hosts[0].routes[0].route.internal_redirect_policy.predicates[0].typed_config: missing");
    }

    @Test
    void retriesMayDependOnFieldsOfRequestAndResponse() {
        RetryPolicy retry = forward("{cluster: c, retry_policy: {retry_on: 'retriable-headers,envoy-ratelimited',"
                        + " retriable_headers: [{name: X-Busy}], retriable_request_headers: [{name: ':method',"
                        + " string_match: {exact: GET}}], rate_limited_retry_back_off: {reset_headers: [{name: Retry-After},"
                        + " {name: X-RateLimit-Reset, format: UNIX_TIMESTAMP}], max_interval: 60s}}}")
                .retry()
                .orElseThrow();

        assertThat(retry.on()).containsExactlyInAnyOrder(Condition.RETRIABLE_HEADERS, Condition.ENVOY_RATE_LIMITED);
        assertThat(retry.responseHeaders())
                .containsExactly(new NamedMatch("x-busy", new ValueMatch.Present(true), false, false));
        assertThat(retry.requestHeaders())
                .containsExactly(new NamedMatch(":method", new ValueMatch.Exact("GET", false), false, false));
        assertThat(retry.rateLimited())
                .contains(new RateLimited(
                        List.of(new ResetHeader("Retry-After", false), new ResetHeader("X-RateLimit-Reset", true)),
                        Duration.ofSeconds(60)));
    }

    @Test
    void whatARateLimitedResponseSaysCountsUpToFiveMinutesWhereNothingElseIsSet() {
        assertThat(forward("{cluster: c, retry_policy: {rate_limited_retry_back_off: {reset_headers: [{name: a}]}}}")
                        .retry()
                        .flatMap(RetryPolicy::rateLimited))
                .hasValueSatisfying(limited -> assertThat(limited.longest()).isEqualTo(Duration.ofMinutes(5)));
        assertThat(problems("{match: {prefix: /}, route: {cluster: c, retry_policy: {"
                        + "rate_limited_retry_back_off: {max_interval: 1s}}}}"))
                .singleElement(InstanceOfAssertFactories.STRING)
                .startsWith(
                        "virtual_hosts[0].routes[0].route.retry_policy.rate_limited_retry_back_off.reset_headers: empty");
        assertThat(problems("{match: {prefix: /}, route: {cluster: c, retry_policy: {"
                        + "rate_limited_retry_back_off: {reset_headers: [{name: 'a b'}]}}}}"))
                .singleElement(InstanceOfAssertFactories.STRING)
                .contains("\"a b\" (expected: a token)");
    }

    @Test
    void whatIsKeptForRepetitionsIsTheRulesToSayAndThenTheHosts() {
        String host = "{name: r, virtual_hosts: [{name: v, domains: ['*'], per_request_buffer_limit_bytes: 5,"
                + " routes: [{match: {path: /a}, route: {cluster: c}, per_request_buffer_limit_bytes: 7},"
                + " {match: {path: /b}, route: {cluster: c, retry_policy: {retry_on: reset}}},"
                + " {match: {path: /c}, route: {cluster: c}, per_request_buffer_limit_bytes: 4294967295}]}]}";

        assertThat(table(host).virtualHosts().getFirst().rules())
                .extracting(
                        rule -> ((Forward) rule.action()).retry().orElseThrow().maxBufferedBytes())
                .containsExactly(7, 5, 64 * 1024 * 1024);
        assertThat(forward("{cluster: c, retry_policy: {retry_on: reset}}")
                        .retry()
                        .orElseThrow()
                        .maxBufferedBytes())
                .isEqualTo(64 * 1024);
    }

    @Test
    void retriesAreReadInFull() {
        Optional<RetryPolicy> retry = forward("{cluster: c, retry_policy: {retry_on: 'reset,retriable-status-codes',"
                        + " num_retries: 3, per_try_timeout: 1s, retriable_status_codes: [409, 425],"
                        + " retry_back_off: {base_interval: 0.01s, max_interval: 0.1s},"
                        + " retry_host_predicate: [{name: p, typed_config: {'@type': type.googleapis.com/"
                        + "envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate}}],"
                        + " host_selection_retry_max_attempts: 5}}")
                .retry();

        assertThat(retry)
                .contains(RetryPolicy.builder()
                        .on(Set.of(Condition.RESET, Condition.RETRIABLE_STATUS))
                        .statuses(Set.of(409, 425))
                        .retries(3)
                        .perTryTimeout(Duration.ofSeconds(1))
                        .baseBackoff(Duration.ofMillis(10))
                        .maxBackoff(Duration.ofMillis(100))
                        .build());
    }

    @Test
    void aHostsRetryPolicyHoldsForRoutesWithoutTheirOwn() {
        RouteTable table = table("{name: r, virtual_hosts: [{name: v, domains: [a], retry_policy: {retry_on: reset},"
                + " routes: [{match: {prefix: /}, route: {cluster: c}}]}]}");

        Forward forward =
                (Forward) table.virtualHosts().getFirst().rules().getFirst().action();
        assertThat(forward.retry())
                .hasValueSatisfying(retry -> assertThat(retry.on()).containsExactly(Condition.RESET));
    }

    @Test
    void hashKeysCombineInTheirOrder() {
        assertThat(forward("{cluster: c, hash_policy: [{header: {header_name: x-user}, terminal: true},"
                                + " {cookie: {name: s, ttl: 60s, path: /}}, {connection_properties: {source_ip: true}},"
                                + " {query_parameter: {name: q}}, {header: {header_name: ':path'}}]}")
                        .hashKeys())
                .containsExactly(
                        new HashKey.Header("x-user", true),
                        new HashKey.Cookie("s", "/", Optional.of(Duration.ofSeconds(60)), false),
                        new HashKey.SourceAddress(false),
                        new HashKey.QueryParameter("q", false),
                        new HashKey.Header(":path", false));
    }

    @Test
    void pathAndHostAreRewritten() {
        RouteAction.Rewrite rewrite = forward("{cluster: c, regex_rewrite: {pattern: {regex: '^/a'}, substitution: /b},"
                        + " host_rewrite_literal: other}")
                .rewrite();

        assertThat(rewrite.regex()).contains(new RouteAction.RegexRewrite("^/a", "/b"));
        assertThat(rewrite.host()).contains(new HostRewrite.Literal("other"));
        assertThat(forward("{cluster: c, prefix_rewrite: /b}").rewrite().prefix())
                .contains("/b");
    }

    @Test
    void aHostIsRewrittenInFourWays() {
        assertThat(rewritten("auto_host_rewrite: true")).isEqualTo(new HostRewrite.OfEndpoint());
        assertThat(rewritten("host_rewrite_header: x-host")).isEqualTo(new HostRewrite.OfHeader("x-host"));
        assertThat(rewritten("host_rewrite_path_regex: {pattern: {regex: '^/(.+)$'}, substitution: '\\1'}"))
                .isEqualTo(new HostRewrite.OfPath(new RouteAction.RegexRewrite("^/(.+)$", "\\1")));
        assertThat(forward("{cluster: c, auto_host_rewrite: false, append_x_forwarded_host: true}")
                        .rewrite())
                .isEqualTo(RouteAction.Rewrite.NONE);
        assertThat(forward("{cluster: c, host_rewrite_literal: h, append_x_forwarded_host: true}")
                        .rewrite()
                        .appendForwardedHost())
                .isTrue();
    }

    private static HostRewrite rewritten(String field) {
        return forward("{cluster: c, " + field + "}").rewrite().host().orElseThrow();
    }

    @Test
    void aHostSaysWhoIsToldOfTries() {
        RouteTable table =
                table("{name: r, virtual_hosts: [{name: v, domains: ['*'], include_request_attempt_count: true,"
                        + " routes: [{match: {prefix: /}, route: {cluster: c}}]}]}");

        assertThat(((Forward) table.virtualHosts().getFirst().rules().getFirst().action()).attempts())
                .isEqualTo(new RouteAction.AttemptCount(true, false));
    }

    @Test
    void aHeaderCanNameTheCluster() {
        Forward forward = forward("{cluster_header: x-cluster}");

        assertThat(forward.clusters()).isEmpty();
        assertThat(forward.clusterHeader()).contains("x-cluster");
    }

    @Test
    void connectAndSharesOfRequestsAreMatched() {
        assertThat(path("{connect_matcher: {}}")).isEqualTo(new PathMatch.Connect());
        assertThat(rule("{match: {prefix: /, runtime_fraction: {default_value: {numerator: 5}}}, route: {cluster: c}}")
                        .match()
                        .share())
                .isEqualTo(Share.of(5, 100));
    }

    @Test
    void aConnectIsSentOnOrEndsHere() {
        assertThat(forward("{cluster: c, upgrade_configs: [{upgrade_type: CONNECT}]}"))
                .satisfies(sentOn -> assertThat(sentOn.upgrades()).containsExactly("CONNECT"))
                .satisfies(sentOn -> assertThat(sentOn.endsConnect()).isFalse());
        assertThat(forward("{cluster: c, upgrade_configs: [{upgrade_type: CONNECT, connect_config: {}}]}"))
                .satisfies(ended -> assertThat(ended.upgrades()).containsExactly("CONNECT"))
                .satisfies(ended -> assertThat(ended.endsConnect()).isTrue());
        assertThat(problems("{match: {prefix: /}, route: {cluster: c,"
                        + " upgrade_configs: [{upgrade_type: websocket, connect_config: {}}]}}"))
                .containsExactly("virtual_hosts[0].routes[0].route.upgrade_configs[0].connect_config:"
                        + " upgrade_type websocket (expected: only with CONNECT)");
        assertThat(problems("{match: {connect_matcher: {}}, route: {cluster: c,"
                        + " upgrade_configs: [{upgrade_type: CONNECT, connect_config: {allow_post: true}}]}}"))
                .singleElement()
                .asString()
                .startsWith("virtual_hosts[0].routes[0].route.upgrade_configs[0].connect_config.allow_post: ");
    }

    @Test
    void redirectsAndDirectResponsesAnswerByThemselves() {
        assertThat(rule("{match: {prefix: /}, redirect: {https_redirect: true, port_redirect: 8443,"
                                + " response_code: PERMANENT_REDIRECT, strip_query: true}}")
                        .action())
                .isEqualTo(new RouteAction.Redirect(
                        Optional.of("https"),
                        Optional.empty(),
                        Optional.of(8443),
                        Optional.empty(),
                        Optional.empty(),
                        true,
                        308));
        assertThat(rule("{match: {prefix: /}, direct_response: {status: 418, body: {inline_string: tea}}}")
                        .action())
                .isEqualTo(new RouteAction.Respond(418, "tea", "text/plain"));
    }

    @Test
    void headersAreAddedSetAndRemoved() {
        HeaderRules rules = rule("{match: {prefix: /}, route: {cluster: c},"
                        + " request_headers_to_add: [{header: {key: X-A, value: 100%%}},"
                        + " {header: {key: x-b, value: v}, append_action: OVERWRITE_IF_EXISTS_OR_ADD}],"
                        + " response_headers_to_remove: [Server],"
                        + " response_headers_to_add: [{header: {key: x-c, value: '%PROTOCOL%'}, keep_empty_value: true}]}")
                .headers();

        assertThat(rules.request())
                .containsExactly(
                        new HeaderChange("x-a", "100%", Append.APPEND), new HeaderChange("x-b", "v", Append.OVERWRITE));
        assertThat(rules.removeResponse()).containsExactly("server");
        assertThat(rules.response()).containsExactly(new HeaderChange("x-c", "%PROTOCOL%", Append.APPEND, true, true));
    }

    @Test
    void aRouteThatLeadsNowhereIsRefusedOnce() {
        String none = "virtual_hosts[0].routes[0].route.cluster: none"
                + " (expected: cluster, weighted_clusters or cluster_header)";
        assertThat(problems("{match: {prefix: /}, route: {}}")).containsExactly(none);
        assertThat(problems("{match: {prefix: /}, route: {weighted_clusters: {}}}"))
                .containsExactly(none);
        String shares = "virtual_hosts[0].routes[0].route.weighted_clusters.clusters";
        assertThat(problems("{match: {prefix: /}, route: {weighted_clusters: {clusters:"
                        + " [{name: a, weight: 0}, {name: b, weight: 2000000000}]}}}"))
                .containsExactly(shares + "[1].weight: 2000000000 (expected: 0 to 1000000000)");
    }

    @Test
    void whatCannotBeServedIsRefusedByItsPath() {
        assertThat(problems("{match: {prefix: /}, route: {cluster: c, retry_policy: {retry_on: 'reset,never'}}}"))
                .singleElement()
                .asString()
                .startsWith("virtual_hosts[0].routes[0].route.retry_policy.retry_on: never: not supported");
        assertThat(problems("{match: {prefix: /}, route: {weighted_clusters: {clusters: [{name: a, weight: 0}]}}}"))
                .containsExactly("virtual_hosts[0].routes[0].route.weighted_clusters: all weights are 0"
                        + " (expected: a positive sum)");
        assertThat(problems("{match: {prefix: /}, direct_response: {status: 99}}"))
                .containsExactly("virtual_hosts[0].routes[0].direct_response.direct_response status: 99"
                        + " (expected: 200 to 599)");
        assertThat(problems("{match: {}}"))
                .containsExactly(
                        "virtual_hosts[0].routes[0].match: no path"
                                + " (expected: prefix, path_separated_prefix, path, safe_regex, connect_matcher or"
                                + " path_match_policy)",
                        "virtual_hosts[0].routes[0]: no action (expected: route, redirect or direct_response)");
        assertThat(problems("{match: {prefix: /}, route: {cluster: c},"
                        + " request_headers_to_add: [{header: {key: a, value: '%FILTER_STATE(a)%'}}]}"))
                .singleElement()
                .asString()
                .contains("request_headers_to_add[0].header.value: %FILTER_STATE%: not supported (expected: one of ");
    }

    @Test
    void aDomainMayBeTakenOnce() {
        assertThat(Yaml.problems(
                        ResourceType.ROUTES,
                        "{name: r, virtual_hosts: [{name: a, domains: [x]}, {name: b, domains: [y, X]}]}"))
                .containsExactly("virtual_hosts[1].domains[1]: X: also a domain of virtual host a (expected: once)");
    }
}
