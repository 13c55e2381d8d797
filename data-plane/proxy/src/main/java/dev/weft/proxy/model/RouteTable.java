package dev.weft.proxy.model;

import java.util.List;
import java.util.Map;

/**
 * Hosts and their ordered rules, as written; {@code route} compiles it.
 *
 * @param name key in {@link ProxyConfig#routeTables}; in xDS the RDS resource name
 * @param ignorePort whether the port of an authority is left out of the match against domains; it is sent on
 */
public record RouteTable(String name, List<VirtualHost> virtualHosts, HeaderRules headers, boolean ignorePort) {
    /**
     * @param domains exact, {@code *.suffix}, {@code prefix.*} or {@code *}; the most specific wins
     * @param filters other settings of the listener's filters, by their names; a rule's own win
     */
    public record VirtualHost(
            String name,
            List<String> domains,
            List<RouteRule> rules,
            HeaderRules headers,
            Map<String, FilterConfig> filters) {
        public VirtualHost {
            domains = List.copyOf(domains);
            rules = List.copyOf(rules);
            filters = Map.copyOf(filters);
            if (domains.isEmpty()) {
                throw new IllegalArgumentException("virtual host " + name + ": domains: none (expected: at least one)");
            }
        }

        /** With the filters as the listener has them. */
        public VirtualHost(String name, List<String> domains, List<RouteRule> rules, HeaderRules headers) {
            this(name, domains, rules, headers, Map.of());
        }

        /** The same with other rules. */
        public VirtualHost withRules(List<RouteRule> others) {
            return new VirtualHost(name, domains, others, headers, filters);
        }
    }

    /** Where the port counts, unless the listener says otherwise. */
    public RouteTable(String name, List<VirtualHost> virtualHosts, HeaderRules headers) {
        this(name, virtualHosts, headers, false);
    }

    public RouteTable {
        Check.notEmpty(name, "route table");
        virtualHosts = List.copyOf(virtualHosts);
    }
}
