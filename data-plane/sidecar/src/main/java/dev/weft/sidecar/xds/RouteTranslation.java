package dev.weft.sidecar.xds;

import dev.weft.proxy.Proxy;
import dev.weft.proxy.model.FilterConfig;
import dev.weft.proxy.model.HeaderRules;
import dev.weft.proxy.model.RouteAction;
import dev.weft.proxy.model.RouteMatch;
import dev.weft.proxy.model.RouteRule;
import dev.weft.proxy.model.RouteTable;
import dev.weft.proxy.model.RouteTable.VirtualHost;
import dev.weft.sidecar.xds.message.Message;
import dev.weft.sidecar.xds.message.Problems;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code RouteConfiguration} into a route table. Confined to the thread of the conversion. */
final class RouteTranslation {
    private final Problems problems;
    private final HeaderTranslation headers;
    private final MatchTranslation matches;
    private final ForwardTranslation forwards;
    private final TextSources texts;
    private final FilterTranslation filters;

    /** Of the table that is being read. */
    private int maxResponseBytes = Integer.MAX_VALUE;

    RouteTranslation(Problems problems, FileText files) {
        this.problems = problems;
        this.headers = new HeaderTranslation(problems);
        this.matches = new MatchTranslation(problems);
        this.forwards = new ForwardTranslation(problems);
        this.texts = new TextSources(files, problems);
        this.filters = new FilterTranslation(problems);
    }

    /**
     * @param key name of the table in the proxy's configuration
     */
    @Nullable
    RouteTable table(Message configuration, String key) {
        List<VirtualHost> hosts = new ArrayList<>();
        Map<String, String> domains = new HashMap<>();
        maxResponseBytes = configuration.integer("max_direct_response_body_size_bytes", Integer.MAX_VALUE);
        for (Message host : configuration.messages("virtual_hosts")) {
            claimDomains(host, domains);
            VirtualHost made = host(host);
            if (made != null) {
                hosts.add(made);
            }
        }
        HeaderRules rules = headers.rules(configuration);
        if (!problems.isEmpty()) {
            return null;
        }
        return problems.making(configuration, () -> {
            RouteTable table = new RouteTable(key, hosts, rules, configuration.bool("ignore_port_in_host_matching"));
            Proxy.check(table);
            return table;
        });
    }

    private void claimDomains(Message host, Map<String, String> claimed) {
        List<String> domains = host.strings("domains");
        for (int i = 0; i < domains.size(); i++) {
            String rival = claimed.putIfAbsent(domains.get(i).toLowerCase(Locale.ROOT), host.string("name"));
            if (rival != null) {
                problems.add(
                        host.path("domains[" + i + "]"),
                        domains.get(i) + ": also a domain of virtual host " + rival + " (expected: once)");
            }
        }
    }

    private @Nullable VirtualHost host(Message host) {
        List<RouteRule> rules = new ArrayList<>();
        for (Message route : host.messages("routes")) {
            RouteRule rule = rule(route, host);
            if (rule != null) {
                rules.add(rule);
            }
        }
        HeaderRules changes = headers.rules(host);
        Map<String, FilterConfig> own = filters.overrides(host);
        return problems.making(
                host, () -> new VirtualHost(host.string("name"), host.strings("domains"), rules, changes, own));
    }

    private @Nullable RouteRule rule(Message route, Message host) {
        if (!route.has("match")) {
            problems.add(route.path("match"), "missing (expected: at least prefix: /)");
            return null;
        }
        RouteMatch match = matches.match(route.message("match"));
        HeaderRules changes = headers.rules(route);
        RouteAction action = action(route, host);
        Map<String, FilterConfig> own = filters.overrides(route);
        return action == null ? null : new RouteRule(route.string("name"), match, action, changes, own);
    }

    private @Nullable RouteAction action(Message route, Message host) {
        if (route.has("route")) {
            return forwards.forward(route, host);
        }
        if (route.has("redirect")) {
            return redirect(route.message("redirect"));
        }
        if (route.has("direct_response")) {
            Message response = route.message("direct_response");
            String body = texts.text(response.message("body"));
            int bytes = body.getBytes(StandardCharsets.UTF_8).length;
            if (bytes > maxResponseBytes) {
                problems.add(
                        response.path("body"),
                        bytes + " bytes (expected: at most max_direct_response_body_size_bytes, which is "
                                + maxResponseBytes + ")");
            }
            return problems.making(
                    response, () -> new RouteAction.Respond(response.integer("status", 0), body, "text/plain"));
        }
        problems.add(route.path(), "no action (expected: route, redirect or direct_response)");
        return null;
    }

    private @Nullable RouteAction redirect(Message redirect) {
        Optional<String> scheme = redirect.bool("https_redirect")
                ? Optional.of("https")
                : ForwardTranslation.nonEmpty(redirect, "scheme_redirect");
        Optional<Integer> port =
                Optional.of(redirect.integer("port_redirect", 0)).filter(number -> number != 0);
        int status = switch (redirect.choice("response_code")) {
            case "FOUND" -> 302;
            case "SEE_OTHER" -> 303;
            case "TEMPORARY_REDIRECT" -> 307;
            case "PERMANENT_REDIRECT" -> 308;
            default -> 301;
        };
        return problems.making(
                redirect,
                () -> new RouteAction.Redirect(
                        scheme,
                        ForwardTranslation.nonEmpty(redirect, "host_redirect"),
                        port,
                        ForwardTranslation.nonEmpty(redirect, "path_redirect"),
                        ForwardTranslation.nonEmpty(redirect, "prefix_rewrite"),
                        ForwardTranslation.regex(redirect, "regex_rewrite"),
                        redirect.bool("strip_query"),
                        status));
    }
}
