package dev.weft.sidecar.live;

import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.ListenerConfig;
import dev.weft.proxy.model.RouteAction;
import dev.weft.proxy.model.RouteTable;
import dev.weft.sidecar.xds.ListenerDraft;
import java.util.LinkedHashSet;
import java.util.Set;

/** Which clusters a route table or a listener names. Stateless. */
public final class ClusterReferences {
    private ClusterReferences() {}

    /** Those of the listener itself; not those of route tables that are sent for it. */
    public static Set<ClusterName> of(ListenerDraft listener) {
        Set<ClusterName> names = new LinkedHashSet<>();
        for (ListenerDraft.Source source : listener.sources()) {
            if (source.routes() instanceof ListenerDraft.Inline inline) {
                names.addAll(of(inline.table()));
            }
        }
        for (ListenerConfig.Chain chain : listener.config().allChains()) {
            if (chain.handler() instanceof ListenerConfig.Tcp tcp) {
                tcp.clusters().forEach(each -> names.add(each.cluster()));
            }
        }
        return names;
    }

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
