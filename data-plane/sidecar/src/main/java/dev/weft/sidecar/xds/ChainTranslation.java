package dev.weft.sidecar.xds;

import dev.weft.proxy.model.ChainMatch;
import dev.weft.proxy.model.ListenerConfig;
import dev.weft.proxy.model.ListenerConfig.Chain;
import dev.weft.proxy.model.ListenerFilter;
import dev.weft.proxy.model.RouteTable;
import dev.weft.proxy.model.ServerTls;
import dev.weft.sidecar.xds.ListenerDraft.Inline;
import dev.weft.sidecar.xds.ListenerDraft.None;
import dev.weft.sidecar.xds.ListenerDraft.Remote;
import dev.weft.sidecar.xds.ListenerDraft.Source;
import dev.weft.sidecar.xds.message.Message;
import dev.weft.sidecar.xds.message.Problems;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code FilterChain}. Confined to the thread of the conversion. */
final class ChainTranslation {
    private static final String NETWORK = "envoy.extensions.filters.network.";
    private static final String HTTP = NETWORK + "http_connection_manager.v3.HttpConnectionManager";
    private static final String TCP = NETWORK + "tcp_proxy.v3.TcpProxy";

    private final Problems problems;
    private final RouteTranslation routes;
    private final TlsTranslation tls;
    private final HttpOptionsTranslation options;
    private final TcpTranslation tcp;
    private final FilterTranslation filters;
    private final ChainMatchTranslation matches;

    ChainTranslation(Problems problems, FileText files, Map<String, Secret> secrets) {
        this.problems = problems;
        this.routes = new RouteTranslation(problems, files);
        this.tls = new TlsTranslation(problems, files, secrets);
        this.options = new HttpOptionsTranslation(problems, files);
        this.tcp = new TcpTranslation(problems, files);
        this.filters = new FilterTranslation(problems);
        this.matches = new ChainMatchTranslation(problems);
    }

    /** A chain and where its routes come from. */
    record Translated(Chain chain, Source source) {}

    ChainMatch match(Message chain) {
        return matches.match(chain.message("filter_chain_match"));
    }

    /**
     * @param match absent for the default chain
     * @return empty where something is wrong with it, which is noted
     */
    Optional<Translated> chain(Message listener, Message chain, Optional<ChainMatch> match) {
        List<Message> filters = chain.messages("filters");
        if (filters.size() != 1) {
            problems.add(chain.path("filters"), filters.size() + " (expected: 1)");
            return Optional.empty();
        }
        Optional<TlsDraft.Server> secured = chain.find("transport_socket").map(tls::server);
        Optional<ServerTls> terminated =
                secured.flatMap(draft -> tls.complete(chain.message("transport_socket"), draft));
        Optional<TlsDraft.Server> awaited = secured.filter(draft -> terminated.isEmpty());
        Message config = filters.getFirst().find("typed_config").orElse(null);
        String type = config == null ? "" : config.type();
        ListenerConfig.Handler handler = null;
        Source source = new Source(new None(), List.of(), awaited);
        if (config != null && type.equals(HTTP)) {
            source = new Source(routeSource(config, inlineName(listener, match)), upgrades(config), awaited);
            handler = http(config, source.routes());
        } else if (config != null && type.equals(TCP)) {
            handler = tcp.tcp(config);
        } else {
            Extensions.refuse(filters.getFirst(), "expected: HttpConnectionManager or TcpProxy", problems);
        }
        if (handler == null) {
            return Optional.empty();
        }
        ListenerConfig.Handler served = handler;
        Chain made = problems.making(
                chain,
                () -> new Chain(
                        match.orElse(ChainMatch.ANY),
                        served,
                        terminated,
                        chain.duration("transport_socket_connect_timeout").orElse(Chain.HANDSHAKE_TIMEOUT)));
        return made == null ? Optional.empty() : Optional.of(new Translated(made, source));
    }

    /** Of its own for every chain, and the same through updates: while a new table waits, the one before serves by this name. */
    private static String inlineName(Message listener, Optional<ChainMatch> match) {
        String name = "inline:" + listener.string("name");
        if (match.isEmpty()) {
            return name + "/default";
        }
        return match.get().equals(ChainMatch.ANY) ? name : name + "/" + match.get();
    }

    static List<String> upgrades(Message manager) {
        return manager.messages("upgrade_configs").stream()
                .filter(upgrade -> upgrade.bool("enabled", true))
                .map(upgrade -> upgrade.string("upgrade_type"))
                .toList();
    }

    private ListenerConfig.@Nullable Handler http(Message manager, ListenerDraft.Routes source) {
        List<ListenerFilter> before = filters.ofListener(manager);
        return switch (source) {
            case Inline inline -> http(manager, inline.table().name(), before);
            case Remote remote -> http(manager, remote.name(), before);
            case None none -> null; // what is wrong is noted
        };
    }

    private ListenerConfig.@Nullable Http http(Message manager, String table, List<ListenerFilter> before) {
        return problems.making(manager, () -> new ListenerConfig.Http(table, options.options(manager), before));
    }

    private ListenerDraft.Routes routeSource(Message manager, String inlineName) {
        if (manager.has("rds")) {
            Message rds = manager.message("rds");
            Sources.expectAds(rds, "config_source", problems);
            if (rds.string("route_config_name").isEmpty()) {
                problems.add(rds.path("route_config_name"), "empty (expected: a name)");
                return new None();
            }
            return new Remote(
                    rds.string("route_config_name"), Sources.initialFetchTimeout(rds.message("config_source")));
        }
        if (!manager.has("route_config")) {
            problems.add(manager.path(), "no routes (expected: rds or route_config)");
            return new None();
        }
        RouteTable table = routes.table(manager.message("route_config"), inlineName);
        return table == null ? new None() : new Inline(table);
    }
}
