package dev.weft.proxy.model;

import java.util.List;

/**
 * Hosts and their ordered rules, as written; {@code route} compiles it.
 *
 * @param name key in {@link ProxyConfig#routeTables}; in xDS the RDS resource name
 */
public record RouteTable(String name, List<VirtualHost> virtualHosts, HeaderRules headers) {
    /**
     * @param domains exact, {@code *.suffix}, {@code prefix.*} or {@code *}; the most specific wins
     */
    public record VirtualHost(String name, List<String> domains, List<RouteRule> rules, HeaderRules headers) {
        public VirtualHost {
            domains = List.copyOf(domains);
            rules = List.copyOf(rules);
            if (domains.isEmpty()) {
                throw new IllegalArgumentException("virtual host " + name + ": domains: none (expected: at least one)");
            }
        }
    }

    public RouteTable {
        Check.notEmpty(name, "route table");
        virtualHosts = List.copyOf(virtualHosts);
    }
}
