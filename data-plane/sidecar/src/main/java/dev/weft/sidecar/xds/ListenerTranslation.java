package dev.weft.sidecar.xds;

import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.ListenerConfig;
import dev.weft.proxy.model.ListenerConfig.Direction;
import dev.weft.proxy.model.ListenerFilter;
import dev.weft.proxy.model.ProxyProtocol;
import dev.weft.proxy.model.RouteTable;
import dev.weft.proxy.model.ServerTls;
import dev.weft.sidecar.xds.ListenerDraft.Inline;
import dev.weft.sidecar.xds.ListenerDraft.None;
import dev.weft.sidecar.xds.ListenerDraft.Remote;
import dev.weft.sidecar.xds.message.Message;
import dev.weft.sidecar.xds.message.Problems;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code Listener}. Confined to the thread of the conversion. */
final class ListenerTranslation {
    private static final String NETWORK = "envoy.extensions.filters.network.";
    private static final String HTTP = NETWORK + "http_connection_manager.v3.HttpConnectionManager";
    private static final String TCP = NETWORK + "tcp_proxy.v3.TcpProxy";

    private static final String PROXY_PROTOCOL = "envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol";

    /** What these find out the proxy looks at anyway. */
    private static final Set<String> INSPECTORS = Set.of(
            "envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector",
            "envoy.extensions.filters.listener.http_inspector.v3.HttpInspector");

    private final Problems problems;
    private final RouteTranslation routes;
    private final TlsTranslation tls;
    private final HttpOptionsTranslation options;
    private final FilterTranslation filters;

    ListenerTranslation(Problems problems, FileText files) {
        this.problems = problems;
        this.routes = new RouteTranslation(problems, files);
        this.tls = new TlsTranslation(problems, files);
        this.options = new HttpOptionsTranslation(problems);
        this.filters = new FilterTranslation(problems);
    }

    @Nullable
    ListenerDraft listener(Message listener) {
        Optional<ProxyProtocol> proxyProtocol = proxyProtocol(listener);
        if (listener.has("bind_to_port") && !listener.bool("bind_to_port")) {
            problems.add(listener.path("bind_to_port"), "false (expected: true)");
        }
        List<Message> chains = listener.messages("filter_chains");
        if (chains.size() != 1) {
            problems.add(listener.path("filter_chains"), chains.size() + " (expected: 1)");
            return null;
        }
        List<Message> filters = chains.getFirst().messages("filters");
        if (filters.size() != 1) {
            problems.add(chains.getFirst().path("filters"), filters.size() + " (expected: 1)");
            return null;
        }
        ServerTls terminated =
                chains.getFirst().find("transport_socket").map(tls::server).orElse(null);
        return handled(listener, filters.getFirst(), new Entry(proxyProtocol, Optional.ofNullable(terminated)));
    }

    /** What a connection passes before anything is served on it. */
    private record Entry(Optional<ProxyProtocol> proxyProtocol, Optional<ServerTls> tls) {}

    private Optional<ProxyProtocol> proxyProtocol(Message listener) {
        Optional<ProxyProtocol> found = Optional.empty();
        Duration timeout = listener.duration("listener_filters_timeout").orElse(ProxyProtocol.REQUIRED.timeout());
        for (Message filter : listener.messages("listener_filters")) {
            String type = Extensions.type(filter);
            if (type.equals(PROXY_PROTOCOL)) {
                Message settings = filter.message("typed_config");
                found = Optional.of(new ProxyProtocol(settings.bool("allow_requests_without_proxy_protocol"), timeout));
            } else if (!INSPECTORS.contains(type)) {
                Extensions.refuse(
                        filter, "expected: a ProxyProtocol, TlsInspector or HttpInspector, or none", problems);
            }
        }
        if (found.isEmpty() && listener.has("listener_filters_timeout")) {
            problems.add(
                    listener.path("listener_filters_timeout"),
                    "set without a ProxyProtocol listener filter (expected: none, for only that one is waited for)");
        }
        return found;
    }

    private @Nullable ListenerDraft handled(Message listener, Message filter, Entry entry) {
        Message config = filter.find("typed_config").orElse(null);
        String type = config == null ? "" : config.type();
        if (config != null && type.equals(HTTP)) {
            return http(listener, config, entry);
        }
        if (config != null && type.equals(TCP)) {
            ListenerConfig made = problems.making(
                    config,
                    () -> config(listener, new ListenerConfig.Tcp(new ClusterName(config.string("cluster"))), entry));
            return made == null ? null : new ListenerDraft(made, new None(), List.of());
        }
        Extensions.refuse(filter, "expected: HttpConnectionManager or TcpProxy", problems);
        return null;
    }

    private @Nullable ListenerDraft http(Message listener, Message manager, Entry entry) {
        List<ListenerFilter> before = filters.ofListener(manager);
        ListenerDraft.Routes source = routeSource(listener, manager);
        if (source == null) {
            return null;
        }
        String table = switch (source) {
            case Inline inline -> inline.table().name();
            case Remote remote -> remote.name();
            case None none -> "";
        };
        List<String> upgrades = manager.messages("upgrade_configs").stream()
                .filter(upgrade -> upgrade.bool("enabled", true))
                .map(upgrade -> upgrade.string("upgrade_type"))
                .toList();
        ListenerConfig made = problems.making(
                listener,
                () -> config(listener, new ListenerConfig.Http(table, options.options(manager), before), entry));
        return made == null ? null : new ListenerDraft(made, source, upgrades);
    }

    private ListenerDraft.@Nullable Routes routeSource(Message listener, Message manager) {
        if (manager.has("rds")) {
            Message rds = manager.message("rds");
            Sources.expectAds(rds, "config_source", problems);
            if (rds.string("route_config_name").isEmpty()) {
                problems.add(rds.path("route_config_name"), "empty (expected: a name)");
                return null;
            }
            return new Remote(
                    rds.string("route_config_name"), Sources.initialFetchTimeout(rds.message("config_source")));
        }
        if (!manager.has("route_config")) {
            problems.add(manager.path(), "no routes (expected: rds or route_config)");
            return null;
        }
        RouteTable table = routes.table(manager.message("route_config"), "inline:" + listener.string("name"));
        return table == null ? null : new Inline(table);
    }

    private ListenerConfig config(Message listener, ListenerConfig.Handler handler, Entry entry) {
        Message address = listener.message("address").message("socket_address");
        Sources.expectTcp(address, problems);
        Direction direction = switch (listener.choice("traffic_direction")) {
            case "INBOUND" -> Direction.INBOUND;
            case "OUTBOUND" -> Direction.OUTBOUND;
            default -> Direction.GATEWAY;
        };
        return new ListenerConfig(
                listener.string("name"),
                Sources.bindHost(address, problems),
                address.integer("port_value", 0),
                direction,
                handler,
                entry.tls(),
                entry.proxyProtocol());
    }
}
