package dev.weft.sidecar.live;

import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.RouteAction;
import dev.weft.proxy.model.RouteTable;
import java.util.LinkedHashSet;
import java.util.Set;

/** Which clusters a route table names. Stateless. */
final class ClusterReferences {
    private ClusterReferences() {}

    static Set<ClusterName> of(RouteTable table) {
        Set<ClusterName> names = new LinkedHashSet<>();
        for (RouteTable.VirtualHost host : table.virtualHosts()) {
            host.rules().forEach(rule -> {
                if (rule.action() instanceof RouteAction.Forward forward) {
                    forward.clusters().forEach(share -> names.add(share.cluster()));
                    forward.mirrors().forEach(mirror -> names.add(mirror.cluster()));
                }
            });
        }
        return names;
    }
}
