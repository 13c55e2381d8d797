package dev.weft.sidecar.xds;

import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.HashKey;
import dev.weft.proxy.model.HeaderRules;
import dev.weft.proxy.model.RouteAction;
import dev.weft.proxy.model.RouteAction.AttemptCount;
import dev.weft.proxy.model.RouteAction.HostRewrite;
import dev.weft.proxy.model.RouteAction.InternalRedirect;
import dev.weft.proxy.model.RouteAction.Mirror;
import dev.weft.proxy.model.RouteAction.RegexRewrite;
import dev.weft.proxy.model.RouteAction.Rewrite;
import dev.weft.proxy.model.RouteAction.WeightedCluster;
import dev.weft.proxy.model.Share;
import dev.weft.sidecar.xds.message.Message;
import dev.weft.sidecar.xds.message.Problems;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** {@code RouteAction}: clusters, rewrites, timeouts, retries, hash keys. Confined to the thread of the conversion. */
final class ForwardTranslation {
    private static final String TEMPLATE = "envoy.extensions.path.rewrite.uri_template.v3.UriTemplateRewriteConfig";
    private static final String PREDICATES = "envoy.extensions.internal_redirect.";
    private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(15);

    private final Problems problems;
    private final HeaderTranslation headers;
    private final RetryTranslation retries;

    ForwardTranslation(Problems problems) {
        this.problems = problems;
        this.headers = new HeaderTranslation(problems);
        this.retries = new RetryTranslation(problems);
    }

    /**
     * @param rule whose action it is
     * @param host whose retry policy is for routes without their own
     */
    @Nullable
    RouteAction forward(Message rule, Message host) {
        Message route = rule.message("route");
        List<WeightedCluster> clusters = clusters(route);
        RouteAction.Forward.Builder forward = RouteAction.Forward.builder()
                .clusters(clusters)
                .hashKeys(hashKeys(route))
                .timeout(timeout(route))
                .upgrades(upgrades(route, true))
                .refusedUpgrades(upgrades(route, false))
                .attempts(new AttemptCount(
                        host.bool("include_request_attempt_count"), host.bool("include_attempt_count_in_response")))
                .endsConnect(endsConnect(route));
        nonEmpty(route, "cluster_header").ifPresent(forward::clusterHeader);
        Rewrite rewrite = problems.making(route, () -> rewrite(route));
        if (rewrite != null) {
            forward.rewrite(rewrite);
        }
        route.duration("idle_timeout").ifPresent(forward::idleTimeout);
        retries.retry(rule, host).ifPresent(forward::retry);
        maxStream(route).ifPresent(forward::maxStream);
        if (clusters.size() < shares(route).size()) {
            return null; // what is wrong with one has been said, and would be said again of those that are left
        }
        return problems.making(route, () -> {
            route.find("internal_redirect_policy")
                    .flatMap(this::internalRedirect)
                    .ifPresent(forward::internalRedirect);
            return forward.mirrors(mirrors(route)).build();
        });
    }

    private List<WeightedCluster> clusters(Message route) {
        if (route.has("cluster") && !route.string("cluster").isEmpty()) {
            return List.of(new WeightedCluster(new ClusterName(route.string("cluster")), 1, HeaderRules.NONE));
        }
        List<WeightedCluster> clusters = new ArrayList<>();
        for (Message share : shares(route)) {
            HeaderRules rules = headers.rules(share);
            WeightedCluster cluster = problems.making(
                    share,
                    () -> new WeightedCluster(
                            new ClusterName(share.string("name")), share.integer("weight", 0), rules));
            if (cluster != null) {
                clusters.add(cluster);
            }
        }
        return clusters;
    }

    private static List<Message> shares(Message route) {
        return route.message("weighted_clusters").messages("clusters");
    }

    private Rewrite rewrite(Message route) {
        Optional<String> prefix = nonEmpty(route, "prefix_rewrite");
        Optional<RegexRewrite> regex = regex(route, "regex_rewrite");
        Optional<HostRewrite> host = hostRewrite(route);
        Optional<String> template = route.find("path_rewrite_policy").flatMap(this::template);
        return prefix.isEmpty() && regex.isEmpty() && host.isEmpty() && template.isEmpty()
                ? Rewrite.NONE
                : new Rewrite(prefix, regex, host, route.bool("append_x_forwarded_host"), template);
    }

    private Optional<String> template(Message policy) {
        Extensions.expect(policy, TEMPLATE, problems);
        return Extensions.type(policy).equals(TEMPLATE)
                ? Optional.of(policy.message("typed_config").string("path_template_rewrite"))
                : Optional.empty();
    }

    /** A {@code RegexMatchAndSubstitute}. */
    static Optional<RegexRewrite> regex(Message holder, String field) {
        return holder.find(field)
                .map(r -> new RegexRewrite(r.message("pattern").string("regex"), r.string("substitution")));
    }

    private static Optional<HostRewrite> hostRewrite(Message route) {
        if (route.bool("auto_host_rewrite")) {
            return Optional.of(new HostRewrite.OfEndpoint());
        }
        return nonEmpty(route, "host_rewrite_literal")
                .<HostRewrite>map(HostRewrite.Literal::new)
                .or(() -> nonEmpty(route, "host_rewrite_header").map(HostRewrite.OfHeader::new))
                .or(() -> regex(route, "host_rewrite_path_regex").map(HostRewrite.OfPath::new));
    }

    static Optional<String> nonEmpty(Message message, String field) {
        return Optional.of(message.string(field)).filter(text -> !text.isEmpty());
    }

    /** Where a route limits the stream there is no timeout unless one is written. */
    private static Duration timeout(Message route) {
        return route.duration("timeout").orElse(maxStream(route).isPresent() ? Duration.ZERO : DEFAULT_TIMEOUT);
    }

    private static Optional<Duration> maxStream(Message route) {
        return route.message("max_stream_duration").duration("max_stream_duration");
    }

    private static List<Mirror> mirrors(Message route) {
        return route.messages("request_mirror_policies").stream()
                .map(mirror -> new Mirror(
                        new ClusterName(mirror.string("cluster")),
                        Shares.runtime(mirror, "runtime_fraction", Share.ALL),
                        !mirror.bool("disable_shadow_host_suffix_append")))
                .toList();
    }

    /** As in Envoy, statuses that are no redirect of a location are ignored. */
    private Optional<InternalRedirect> internalRedirect(Message policy) {
        Set<Integer> statuses = policy.numbers("redirect_response_codes").stream()
                .map(status -> (int) Math.min(Integer.MAX_VALUE, status))
                .filter(InternalRedirect.STATUSES::contains)
                .collect(Collectors.toSet());
        Optional<Set<String>> allowed = Optional.empty();
        boolean unvisited = false;
        boolean safeScheme = false;
        for (Message predicate : policy.messages("predicates")) {
            switch (Extensions.type(predicate)) {
                case PREDICATES + "previous_routes.v3.PreviousRoutesConfig" -> unvisited = true;
                case PREDICATES + "safe_cross_scheme.v3.SafeCrossSchemeConfig" -> safeScheme = true;
                case PREDICATES + "allow_listed_routes.v3.AllowListedRoutesConfig" -> {
                    Set<String> names =
                            new HashSet<>(predicate.message("typed_config").strings("allowed_route_names"));
                    allowed.ifPresent(names::retainAll);
                    allowed = Optional.of(names);
                }
                default ->
                    Extensions.refuse(
                            predicate, "expected: previous_routes, safe_cross_scheme or allow_listed_routes", problems);
            }
        }
        boolean given = policy.has("redirect_response_codes");
        return Optional.of(new InternalRedirect(
                policy.integer("max_internal_redirects", 1),
                given ? statuses : Set.of(302),
                policy.bool("allow_cross_scheme_redirect"),
                policy.strings("response_headers_to_copy"),
                allowed,
                unvisited,
                safeScheme));
    }

    private boolean endsConnect(Message route) {
        boolean ends = false;
        for (Message upgrade : route.messages("upgrade_configs")) {
            if (!upgrade.has("connect_config")) {
                continue;
            }
            if (!upgrade.string("upgrade_type").equalsIgnoreCase("CONNECT")) {
                problems.add(
                        upgrade.path("connect_config"),
                        "upgrade_type " + upgrade.string("upgrade_type") + " (expected: only with CONNECT)");
            }
            ends |= upgrade.bool("enabled", true);
        }
        return ends;
    }

    private static List<String> upgrades(Message route, boolean enabled) {
        return route.messages("upgrade_configs").stream()
                .filter(upgrade -> upgrade.bool("enabled", true) == enabled)
                .map(upgrade -> upgrade.string("upgrade_type"))
                .toList();
    }

    private List<HashKey> hashKeys(Message route) {
        List<HashKey> keys = new ArrayList<>();
        for (Message policy : route.messages("hash_policy")) {
            boolean terminal = policy.bool("terminal");
            if (policy.has("header")) {
                keys.add(new HashKey.Header(policy.message("header").string("header_name"), terminal));
            } else if (policy.has("cookie")) {
                Message cookie = policy.message("cookie");
                HashKey key = problems.making(
                        policy,
                        () -> new HashKey.Cookie(
                                cookie.string("name"), cookie.string("path"), cookie.duration("ttl"), terminal));
                if (key != null) {
                    keys.add(key);
                }
            } else if (policy.has("query_parameter")) {
                keys.add(new HashKey.QueryParameter(
                        policy.message("query_parameter").string("name"), terminal));
            } else if (policy.message("connection_properties").bool("source_ip")) {
                keys.add(new HashKey.SourceAddress(terminal));
            } else {
                problems.add(
                        policy.path(), "empty (expected: header, cookie, query_parameter or connection_properties)");
            }
        }
        return keys;
    }
}
