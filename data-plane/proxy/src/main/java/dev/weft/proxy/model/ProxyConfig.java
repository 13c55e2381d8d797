package dev.weft.proxy.model;

import java.util.List;
import java.util.Map;

/**
 * Everything a proxy serves, as one value: it is swapped whole.
 *
 * @param listeners by unique name
 * @param clusters by name; every cluster a route names must be here
 * @param routeTables tables that listeners refer to by name, so that a change of routes leaves listeners alone
 */
public record ProxyConfig(
        List<ListenerConfig> listeners, Map<ClusterName, ClusterConfig> clusters, Map<String, RouteTable> routeTables) {
    public static final ProxyConfig EMPTY = new ProxyConfig(List.of(), Map.of(), Map.of());

    public ProxyConfig {
        listeners = List.copyOf(listeners);
        clusters = Map.copyOf(clusters);
        routeTables = Map.copyOf(routeTables);
    }
}
