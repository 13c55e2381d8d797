package dev.weft.sidecar.live;

import dev.weft.proxy.model.RouteAction;
import dev.weft.proxy.model.RouteRule;
import dev.weft.proxy.model.RouteTable;
import dev.weft.proxy.model.RouteTable.VirtualHost;
import java.util.ArrayList;
import java.util.List;

/** A chain's upgrades, given to its routes; what a route says of a protocol itself goes first, as in Envoy. Stateless. */
final class Upgrades {
    private Upgrades() {}

    static RouteTable allowing(RouteTable table, String key, List<String> upgrades) {
        List<VirtualHost> hosts = table.virtualHosts().stream()
                .map(host -> host.withRules(host.rules().stream()
                        .map(rule -> allowing(rule, upgrades))
                        .toList()))
                .toList();
        return new RouteTable(key, hosts, table.headers(), table.ignorePort());
    }

    private static RouteRule allowing(RouteRule rule, List<String> upgrades) {
        if (!(rule.action() instanceof RouteAction.Forward forward)) {
            return rule;
        }
        List<String> all = new ArrayList<>(forward.upgrades());
        for (String upgrade : upgrades) {
            if (!names(all, upgrade) && !names(forward.refusedUpgrades(), upgrade)) {
                all.add(upgrade);
            }
        }
        return rule.withAction(forward.toBuilder().upgrades(all).build());
    }

    private static boolean names(List<String> protocols, String protocol) {
        return protocols.stream().anyMatch(protocol::equalsIgnoreCase);
    }
}
