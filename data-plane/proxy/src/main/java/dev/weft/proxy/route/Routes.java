package dev.weft.proxy.route;

import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.model.RouteTable;
import dev.weft.proxy.model.RouteTable.VirtualHost;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Immutable: a compiled {@link RouteTable}. */
public final class Routes {
    private final Hosts<PathIndex> hosts;
    private final List<Route> all;
    private final boolean ignorePort;
    private final boolean drawsLots;

    private Routes(Hosts<PathIndex> hosts, List<Route> all, boolean ignorePort) {
        this.hosts = hosts;
        this.ignorePort = ignorePort;
        this.drawsLots = all.stream().anyMatch(Route::drawsLots);
        this.all = List.copyOf(all);
    }

    /**
     * @throws IllegalArgumentException where something cannot be served; the message says where and what was expected
     */
    public static Routes compile(RouteTable table) {
        Hosts.Builder<PathIndex> hosts = new Hosts.Builder<>();
        List<Route> all = new ArrayList<>();
        for (VirtualHost host : table.virtualHosts()) {
            String where = "route table " + table.name() + ": virtual host " + host.name();
            List<Route> rules = new ArrayList<>();
            for (int i = 0; i < host.rules().size(); i++) {
                var rule = host.rules().get(i);
                try {
                    String name = rule.name().isEmpty() ? host.name() + "/" + i : rule.name();
                    rules.add(new Route(all.size() + i, name, rule, host, table.headers()));
                } catch (IllegalArgumentException e) {
                    throw new IllegalArgumentException(where + ": rules[" + i + "]: " + e.getMessage(), e);
                }
            }
            PathIndex index = new PathIndex(rules);
            try {
                host.domains().forEach(domain -> hosts.add(domain, index));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(where + ": " + e.getMessage(), e);
            }
            all.addAll(rules);
        }
        return new Routes(hosts.build(), all, table.ignorePort());
    }

    /** As {@link #find(RequestHead, boolean, int)}, where no rule is for a share of requests. */
    public @Nullable Route find(RequestHead head, boolean stripPort) {
        return find(head, stripPort, 0);
    }

    /**
     * The first rule that matches, of the most specific host; null where there is none.
     *
     * @param stripPort whether the authority's port is left out of the match, whatever the table says
     * @param lot of this request, where {@link #drawsLots}; the same each time that it is routed
     */
    public @Nullable Route find(RequestHead head, boolean stripPort, int lot) {
        PathIndex rules = hosts.find(head.authority(), stripPort || ignorePort);
        if (rules == null) {
            return null;
        }
        String path = head.path();
        if (path.isEmpty()) {
            return rules.findConnect(head, lot); // else a rule for "/" would open tunnels to wherever clients say
        }
        return rules.find(path.startsWith("/") ? path : "/", head, lot); // "OPTIONS *" matches where "/" does
    }

    /** Whether some rule is for a share of requests. */
    public boolean drawsLots() {
        return drawsLots;
    }

    /** Whether any rule changes fields of requests or responses. */
    public boolean changesHeaders() {
        return all.stream().anyMatch(Route::changesHeaders);
    }

    /** Every rule, in the order of the table. */
    public List<Route> all() {
        return all;
    }
}
