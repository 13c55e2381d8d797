package dev.weft.proxy;

import dev.weft.proxy.filter.Filter;
import dev.weft.proxy.filter.FilterFaults;
import dev.weft.proxy.forward.HttpPolicy;
import dev.weft.proxy.forward.LocalReplies;
import dev.weft.proxy.listener.Listeners;
import dev.weft.proxy.model.ChainKey;
import dev.weft.proxy.model.ListenerConfig;
import dev.weft.proxy.model.ProxyConfig;
import dev.weft.proxy.route.Routes;
import dev.weft.proxy.telemetry.LineFormat;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Compiles how requests are treated, for each chain of a listener that speaks HTTP. Filters stay over an update where nothing that is
 * said of them changes ({@link ChainMaker}).
 *
 * <p>Guarded by its proxy's lock.
 */
final class HttpPolicies {
    private final ChainMaker chains;

    HttpPolicies(List<Filter> own, FilterFaults faults) {
        this.chains = new ChainMaker(own, faults);
    }

    /**
     * @throws IllegalArgumentException where something cannot be served; the message names it, and the filters are those of before
     */
    Map<ChainKey, HttpPolicy> compile(ProxyConfig config) {
        Map<String, Routes> routes = new HashMap<>();
        config.routeTables().forEach((name, table) -> routes.put(name, Routes.compile(table)));
        Map<ChainKey, HttpPolicy> policies = new HashMap<>();
        ChainMaker.Round making = chains.begin();
        for (ListenerConfig listener : config.listeners()) {
            check(listener);
            List<ListenerConfig.Chain> all = listener.allChains();
            for (int i = 0; i < all.size(); i++) {
                switch (all.get(i).handler()) {
                    case ListenerConfig.Http http ->
                        policies.put(listener.key(i), policy(listener, listener.key(i), http, routes, making));
                    case ListenerConfig.Tcp tcp ->
                        tcp.options().logs().forEach(LineFormat::compile); // refuses what cannot be
                    case ListenerConfig.Closed _ -> {}
                }
            }
        }
        making.keep();
        return policies;
    }

    private static HttpPolicy policy(
            ListenerConfig listener,
            ChainKey key,
            ListenerConfig.Http http,
            Map<String, Routes> routes,
            ChainMaker.Round making) {
        Routes table = routes.get(http.routeTable());
        if (table == null) {
            throw new IllegalArgumentException("listener " + listener.name() + ": route_table: " + http.routeTable()
                    + " (expected: one of the route tables)");
        }
        List<LineFormat> logs =
                http.options().logs().stream().map(LineFormat::compile).toList();
        LocalReplies replies = LocalReplies.compile(http.options().replies());
        return new HttpPolicy(listener.name(), http.options(), table, making.of(key, http, table), replies, logs);
    }

    private static void check(ListenerConfig listener) {
        try {
            Listeners.check(listener);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("listener " + listener.name() + ": " + e.getMessage(), e);
        }
    }
}
