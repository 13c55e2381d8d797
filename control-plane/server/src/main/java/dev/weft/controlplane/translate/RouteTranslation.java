package dev.weft.controlplane.translate;

import com.google.protobuf.BoolValue;
import com.google.protobuf.Duration;
import com.google.protobuf.UInt32Value;
import com.google.protobuf.util.Durations;
import com.google.re2j.Pattern;
import dev.weft.v1.Cluster;
import dev.weft.v1.Forward;
import dev.weft.v1.HeaderChanges;
import dev.weft.v1.Redirect;
import dev.weft.v1.Retry;
import dev.weft.v1.Retry.Backoff;
import dev.weft.v1.Rewrite;
import dev.weft.v1.Route;
import dev.weft.v1.Rule;
import dev.weft.xds.ClientKind;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption.HeaderAppendAction;
import io.envoyproxy.envoy.config.route.v3.DirectResponseAction;
import io.envoyproxy.envoy.config.route.v3.NonForwardingAction;
import io.envoyproxy.envoy.config.route.v3.RedirectAction;
import io.envoyproxy.envoy.config.route.v3.RetryPolicy;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster;
import io.envoyproxy.envoy.type.matcher.v3.RegexMatchAndSubstitute;
import io.envoyproxy.envoy.type.matcher.v3.RegexMatcher;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** A Route as a virtual host. Pure; what clients accept differs in small ways, named where they are. */
final class RouteTranslation {
    private static final Duration DEFAULT_TIMEOUT = Durations.fromSeconds(15);
    private static final int MAX_HOST_ATTEMPTS = 5;

    private final ClientKind kind;
    private final Function<String, Cluster> clusters;

    /**
     * @param clusters by name, with the default of a service where none is applied; hash keys are the cluster's, but on the wire
     *     they belong to the route
     */
    RouteTranslation(ClientKind kind, Function<String, Cluster> clusters) {
        this.kind = kind;
        this.clusters = clusters;
    }

    /**
     * @param hosts those of the route that no more specific claim took
     */
    VirtualHost translate(String name, Route route, List<String> hosts) {
        VirtualHost.Builder host = VirtualHost.newBuilder().setName(name).addAllDomains(hosts);
        for (int i = 0; i < route.getRulesCount(); i++) {
            Rule rule = route.getRules(i);
            String ruleName = rule.getName().isEmpty() ? name + "/" + i : rule.getName();
            host.addRoutes(rule(ruleName, rule));
        }
        return host.build();
    }

    private io.envoyproxy.envoy.config.route.v3.Route rule(String name, Rule rule) {
        var route = io.envoyproxy.envoy.config.route.v3.Route.newBuilder()
                .setName(name)
                .setMatch(MatchTranslation.translate(rule.getMatch(), kind));
        if (rule.getForwardCount() > 0) {
            route.setRoute(forward(rule));
        } else if (kind == ClientKind.GRPC) {
            // A gRPC client refuses redirects and direct responses; this fails the call instead of taking a later rule.
            route.setNonForwardingAction(NonForwardingAction.getDefaultInstance());
        } else if (rule.hasRedirect()) {
            route.setRedirect(redirect(rule.getRedirect()));
        } else {
            route.setDirectResponse(DirectResponseAction.newBuilder()
                    .setStatus(rule.getRespond().getStatus())
                    .setBody(DataSource.newBuilder()
                            .setInlineString(rule.getRespond().getBody())));
        }
        changes(rule.getRequestHeaders()).forEach(route::addRequestHeadersToAdd);
        route.addAllRequestHeadersToRemove(rule.getRequestHeaders().getRemoveList());
        changes(rule.getResponseHeaders()).forEach(route::addResponseHeadersToAdd);
        route.addAllResponseHeadersToRemove(rule.getResponseHeaders().getRemoveList());
        if (kind != ClientKind.GRPC) { // such a client refuses filters that it does not know
            route.putAllTypedPerFilterConfig(PolicyTranslation.filters(rule));
        }
        return route.build();
    }

    private RouteAction forward(Rule rule) {
        RouteAction.Builder action = RouteAction.newBuilder();
        if (rule.getForwardCount() == 1) {
            action.setCluster(rule.getForward(0).getCluster());
        } else {
            WeightedCluster.Builder weighted = WeightedCluster.newBuilder();
            for (Forward forward : rule.getForwardList()) {
                weighted.addClusters(WeightedCluster.ClusterWeight.newBuilder()
                        .setName(forward.getCluster())
                        .setWeight(forward.hasWeight() ? forward.getWeight() : UInt32Value.of(1)));
            }
            action.setWeightedClusters(weighted);
        }
        Duration timeout = rule.hasTimeout() ? rule.getTimeout() : DEFAULT_TIMEOUT;
        action.setTimeout(timeout);
        if (kind == ClientKind.GRPC) {
            action.setMaxStreamDuration(
                    RouteAction.MaxStreamDuration.newBuilder().setMaxStreamDuration(timeout));
        } else {
            action.addUpgradeConfigs(RouteAction.UpgradeConfig.newBuilder()
                    .setUpgradeType("websocket")
                    .setEnabled(BoolValue.of(true)));
            rule.getMirrorList().forEach(mirror -> action.addRequestMirrorPolicies(PolicyTranslation.mirror(mirror)));
        }
        action.setRetryPolicy(retry(rule.getRetry()));
        if (rule.hasRewrite()) {
            rewrite(action, rule);
        }
        rule.getForwardList().stream()
                .map(forward -> clusters.apply(forward.getCluster()).getBalancing())
                .filter(balancing -> balancing.hasKetama())
                .findFirst()
                .ifPresent(balancing -> balancing
                        .getKetama()
                        .getKeyList()
                        .forEach(key -> action.addHashPolicy(HashKeyTranslation.translate(key))));
        return action.build();
    }

    private static void rewrite(RouteAction.Builder action, Rule rule) {
        Rewrite rewrite = rule.getRewrite();
        String matched = rule.getMatch().getPath().getPrefix();
        if (!rewrite.getPrefix().isEmpty()) {
            if (rewrite.getPrefix().endsWith("/") && !matched.isEmpty() && !matched.endsWith("/")) {
                // A plain prefix rewrite would turn /a/b into //b here.
                action.setRegexRewrite(substitution(
                        "^" + Pattern.quote(matched) + "/?", rewrite.getPrefix().replace("\\", "\\\\")));
            } else {
                action.setPrefixRewrite(rewrite.getPrefix());
            }
        }
        if (rewrite.hasRegex()) {
            action.setRegexRewrite(substitution(
                    rewrite.getRegex().getPattern(), rewrite.getRegex().getSubstitution()));
        }
        if (!rewrite.getHost().isEmpty()) {
            action.setHostRewriteLiteral(rewrite.getHost());
        }
    }

    private static RegexMatchAndSubstitute substitution(String pattern, String substitution) {
        return RegexMatchAndSubstitute.newBuilder()
                .setPattern(RegexMatcher.newBuilder().setRegex(pattern))
                .setSubstitution(substitution)
                .build();
    }

    private RetryPolicy retry(Retry retry) {
        int attempts = retry.hasAttempts() ? retry.getAttempts().getValue() : 2;
        String on = retry.getOnCount() == 0 ? "connect-failure,refused-stream" : String.join(",", retry.getOnList());
        RetryPolicy.Builder policy = RetryPolicy.newBuilder()
                .setRetryOn(on)
                .addAllRetriableStatusCodes(retry.getStatusesList())
                .setRetryBackOff(backoff(retry.getBackoff()));
        // Envoy and gRPC both read an absent count as 1; a count of 0 is refused by gRPC.
        if (attempts > 1 || kind != ClientKind.GRPC) {
            policy.setNumRetries(UInt32Value.of(attempts - 1));
        }
        if (retry.hasPerTryTimeout()) {
            policy.setPerTryTimeout(retry.getPerTryTimeout());
        }
        if (kind != ClientKind.GRPC) {
            policy.addRetryHostPredicate(RetryPolicy.RetryHostPredicate.newBuilder()
                            .setName("envoy.retry_host_predicates.previous_hosts")
                            .setTypedConfig(com.google.protobuf.Any.pack(io.envoyproxy.envoy.extensions.retry.host
                                    .previous_hosts.v3.PreviousHostsPredicate.getDefaultInstance())))
                    .setHostSelectionRetryMaxAttempts(MAX_HOST_ATTEMPTS);
        }
        return policy.build();
    }

    private static RetryPolicy.RetryBackOff backoff(Backoff backoff) {
        Duration base = backoff.hasBase() ? backoff.getBase() : Durations.fromMillis(25);
        Duration max = backoff.hasMax() ? backoff.getMax() : Durations.fromMillis(250);
        return RetryPolicy.RetryBackOff.newBuilder()
                .setBaseInterval(base)
                .setMaxInterval(Durations.compare(max, base) < 0 ? base : max)
                .build();
    }

    private static RedirectAction redirect(Redirect redirect) {
        RedirectAction.Builder action = RedirectAction.newBuilder()
                .setHostRedirect(redirect.getHost())
                .setPortRedirect(redirect.getPort())
                .setStripQuery(redirect.getStripQuery())
                .setResponseCode(
                        switch (redirect.getStatus()) {
                            case 302 -> RedirectAction.RedirectResponseCode.FOUND;
                            case 303 -> RedirectAction.RedirectResponseCode.SEE_OTHER;
                            case 307 -> RedirectAction.RedirectResponseCode.TEMPORARY_REDIRECT;
                            case 308 -> RedirectAction.RedirectResponseCode.PERMANENT_REDIRECT;
                            default -> RedirectAction.RedirectResponseCode.MOVED_PERMANENTLY;
                        });
        Optional.of(redirect.getScheme()).filter(s -> !s.isEmpty()).ifPresent(action::setSchemeRedirect);
        Optional.of(redirect.getPath()).filter(s -> !s.isEmpty()).ifPresent(action::setPathRedirect);
        Optional.of(redirect.getPrefix()).filter(s -> !s.isEmpty()).ifPresent(action::setPrefixRewrite);
        return action.build();
    }

    private static List<HeaderValueOption> changes(HeaderChanges changes) {
        java.util.ArrayList<HeaderValueOption> options = new java.util.ArrayList<>();
        changes.getSetMap().entrySet().stream()
                .sorted(java.util.Map.Entry.comparingByKey())
                .map(e -> change(e.getKey(), e.getValue(), HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD))
                .forEach(options::add);
        changes.getAddMap().entrySet().stream()
                .sorted(java.util.Map.Entry.comparingByKey())
                .map(e -> change(e.getKey(), e.getValue(), HeaderAppendAction.APPEND_IF_EXISTS_OR_ADD))
                .forEach(options::add);
        return options;
    }

    /** Values are literal text in manifests; on the wire a percent sign begins a command unless doubled. */
    private static HeaderValueOption change(String name, String value, HeaderAppendAction action) {
        return HeaderValueOption.newBuilder()
                .setHeader(HeaderValue.newBuilder().setKey(name).setValue(value.replace("%", "%%")))
                .setAppendAction(action)
                .setKeepEmptyValue(value.isEmpty())
                .build();
    }
}
