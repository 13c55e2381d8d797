package dev.weft.sidecar.live;

import dev.weft.proxy.model.RouteAction;
import dev.weft.proxy.model.RouteRule;
import dev.weft.proxy.model.RouteTable;
import dev.weft.proxy.model.RouteTable.VirtualHost;
import java.util.List;

/** A chain's upgrades, given to those of its routes that name none. Stateless. */
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
        if (!(rule.action() instanceof RouteAction.Forward forward)
                || !forward.upgrades().isEmpty()) {
            return rule;
        }
        return rule.withAction(forward.withUpgrades(upgrades));
    }
}
