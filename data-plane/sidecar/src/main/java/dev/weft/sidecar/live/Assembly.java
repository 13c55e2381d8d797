package dev.weft.sidecar.live;

import dev.weft.proxy.model.ClientTls;
import dev.weft.proxy.model.ClusterConfig;
import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.HeaderRules;
import dev.weft.proxy.model.ListenerConfig;
import dev.weft.proxy.model.ProxyConfig;
import dev.weft.proxy.model.RouteTable;
import dev.weft.sidecar.xds.Assignment;
import dev.weft.sidecar.xds.ClusterDraft;
import dev.weft.sidecar.xds.ListenerDraft;
import dev.weft.sidecar.xds.ListenerDraft.Inline;
import dev.weft.sidecar.xds.ListenerDraft.None;
import dev.weft.sidecar.xds.ListenerDraft.Remote;
import dev.weft.sidecar.xds.ResourceType;
import dev.weft.sidecar.xds.Secret;
import dev.weft.sidecar.xds.SecretRef;
import dev.weft.sidecar.xds.TlsDraft;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Puts together what may be live from what was accepted. Confined to the configuration's thread.
 *
 * <p>Warming, from the leaves up: a cluster is live once its endpoints and secrets came; a route table once every cluster it names
 * is; a listener once its table is and its secrets came. What is not warm yet leaves its last live version in place, or waits where
 * there is none. What nobody will send any more ({@link Resources#isAbsent}) is not waited for: an empty assignment, an empty table,
 * a cluster without endpoints stand in. Without its secret a cluster has no endpoints either, and a chain closes its connections:
 * nothing ever goes out or comes in that was to be encrypted and is not. So each tree of dependencies changes over in one step, and
 * no route is live before its clusters.
 */
final class Assembly {

    private StaticResources statics;

    /** What was live after the last call, for what is not warm yet. */
    private Map<String, ListenerDraft> liveListeners = Map.of();

    private Map<String, RouteTable> liveTables = Map.of();
    private Map<String, LiveCluster> liveClusters = Map.of();

    /** @param assignment tells, with the draft and TLS, whether the configuration made of it can be used again */
    private record LiveCluster(
            ClusterDraft draft, @Nullable Assignment assignment, Optional<ClientTls> secured, ClusterConfig config) {}

    /**
     * @param wantedRoutes names of tables that listeners refer to, with how long to wait for each
     * @param wantedEndpoints names of assignments that clusters refer to, with how long to wait for each
     * @param wantedSecrets secrets that listeners and clusters refer to, by name
     * @param missingClusters named by tables that wait for them, and in no accepted resource
     * @param waiting what is not live yet and why, for people
     */
    record Result(
            ProxyConfig config,
            Map<String, Duration> wantedRoutes,
            Map<String, Duration> wantedEndpoints,
            Map<String, SecretRef> wantedSecrets,
            Set<String> missingClusters,
            List<String> waiting) {}

    Assembly(StaticResources statics) {
        this.statics = statics;
    }

    /** The bootstrap's resources, read again. */
    void statics(StaticResources again) {
        statics = again;
    }

    Result assemble(Resources resources) {
        return new Pass(resources).run();
    }

    /** One assembly: the working sets of a single pass. */
    private final class Pass {
        private final Resources resources;
        private final Map<String, ClusterDraft> drafts = new LinkedHashMap<>();
        private final Map<String, LiveCluster> clusters = new LinkedHashMap<>();
        private final Map<String, RouteTable> tables = new LinkedHashMap<>();
        private final Map<String, ListenerDraft> listeners = new LinkedHashMap<>();
        private final Map<String, Duration> wantedRoutes = new LinkedHashMap<>();
        private final Map<String, Duration> wantedEndpoints = new LinkedHashMap<>();
        private final Map<String, SecretRef> wantedSecrets = new LinkedHashMap<>();
        private final Set<String> missingClusters = new LinkedHashSet<>();
        private final List<String> waiting = new ArrayList<>();

        Pass(Resources resources) {
            this.resources = resources;
        }

        Result run() {
            resources.clusters().forEach(draft -> drafts.put(name(draft), draft));
            statics.clusters().forEach(draft -> drafts.put(name(draft), draft));
            drafts.values().forEach(this::cluster);
            Map<String, ListenerDraft> wanted = new LinkedHashMap<>();
            resources.listeners().forEach(draft -> wanted.put(draft.config().name(), draft));
            statics.listeners().forEach(draft -> wanted.put(draft.config().name(), draft));
            wanted.values().forEach(this::listener);
            liveClusters = clusters;
            liveTables = tables;
            liveListeners = listeners;
            return new Result(config(), wantedRoutes, wantedEndpoints, wantedSecrets, missingClusters, waiting);
        }

        private void cluster(ClusterDraft draft) {
            String name = name(draft);
            LiveCluster before = liveClusters.get(name);
            Assignment assignment = draft.endpoints().map(this::assignment).orElse(null);
            boolean secured = areSettled(secrets(draft), "cluster " + name);
            boolean populated = draft.endpoints().isEmpty() || assignment != null;
            if (!populated) {
                waiting.add("cluster " + name + ": its endpoints");
            }
            if (populated && secured) {
                clusters.put(name, warm(draft, assignment, before));
            } else if (before != null) {
                clusters.put(name, before);
            }
        }

        private @Nullable Assignment assignment(ClusterDraft.Remote remote) {
            wantedEndpoints.merge(remote.name(), remote.initialFetchTimeout(), Assembly::longer);
            Assignment assignment = resources.endpoints(remote.name());
            return assignment == null && resources.isAbsent(ResourceType.ENDPOINTS, remote.name())
                    ? Assignment.EMPTY
                    : assignment;
        }

        /** Unchanged parts give the same instance again, so that the proxy sees at once that nothing changed. */
        private LiveCluster warm(ClusterDraft draft, @Nullable Assignment assignment, @Nullable LiveCluster before) {
            boolean lacking = !missing(secrets(draft)).isEmpty();
            Optional<ClientTls> secured = draft.tls().filter(tls -> !lacking).map(tls -> tls.with(this::secret));
            if (before != null
                    && before.draft().equals(draft)
                    && Objects.equals(before.assignment(), assignment)
                    && before.secured().equals(secured)) {
                return before;
            }
            ClusterConfig config =
                    lacking ? standIn(draft.config().name()) : draft.with(assignment, secured.orElse(null));
            return new LiveCluster(draft, assignment, secured, config);
        }

        private static List<SecretRef> secrets(ClusterDraft draft) {
            return draft.tls().map(TlsDraft::secrets).orElse(List.of());
        }

        private static List<SecretRef> secrets(ListenerDraft.Source source) {
            return source.tls().map(TlsDraft::secrets).orElse(List.of());
        }

        /** Asks for these secrets; whether all of them came or are not waited for any longer. */
        private boolean areSettled(List<SecretRef> secrets, String who) {
            boolean settled = true;
            for (SecretRef secret : secrets) {
                wantedSecrets.merge(secret.name(), secret, Assembly::longer);
                settled &= resources.secret(secret.name()) != null
                        || resources.isAbsent(ResourceType.SECRET, secret.name());
            }
            missing(secrets).forEach(secret -> waiting.add(who + ": secret " + secret));
            return settled;
        }

        /** Those of them that are not there, or are there as something else. */
        private List<String> missing(List<SecretRef> secrets) {
            return secrets.stream()
                    .filter(ref -> {
                        Secret secret = resources.secret(ref.name());
                        return secret == null || secret.kind() != ref.kind();
                    })
                    .map(SecretRef::name)
                    .toList();
        }

        private Secret secret(SecretRef ref) {
            return Objects.requireNonNull(resources.secret(ref.name()), ref.name());
        }

        private void listener(ListenerDraft draft) {
            String name = draft.config().name();
            if (isWarm(draft)) {
                listeners.put(name, draft);
                return;
            }
            ListenerDraft before = liveListeners.get(name);
            if (before != null) {
                isWarm(before);
                listeners.put(name, before);
            }
        }

        /** Asks for all that the listener waits for at once. */
        private boolean isWarm(ListenerDraft draft) {
            String who = "listener " + draft.config().name();
            boolean routed = isRouted(draft);
            if (!routed) {
                waiting.add(who + ": its routes or their clusters");
            }
            boolean secured = areSettled(
                    draft.sources().stream()
                            .flatMap(source -> secrets(source).stream())
                            .toList(),
                    who);
            return routed && secured;
        }

        /** Makes the tables that the listener needs live where they can be; all of them, so that all are asked for at once. */
        private boolean isRouted(ListenerDraft draft) {
            boolean routed = true;
            List<ListenerConfig.Chain> chains = draft.config().allChains();
            for (int i = 0; i < chains.size(); i++) {
                routed &= isRouted(chains.get(i), draft.sources().get(i).routes());
            }
            return routed;
        }

        private boolean isRouted(ListenerConfig.Chain chain, ListenerDraft.Routes routes) {
            return switch (routes) {
                case Inline inline -> hasLiveTable(inline.table().name(), inline.table());
                case Remote remote -> {
                    wantedRoutes.merge(remote.name(), remote.initialFetchTimeout(), Assembly::longer);
                    RouteTable table = resources.routes(remote.name());
                    if (table == null && resources.isAbsent(ResourceType.ROUTES, remote.name())) {
                        table = new RouteTable(remote.name(), List.of(), HeaderRules.NONE);
                    }
                    yield hasLiveTable(remote.name(), table);
                }
                case None none -> chain.handler() instanceof ListenerConfig.Tcp tcp && areReady(tcp);
            };
        }

        private boolean hasLiveTable(String key, @Nullable RouteTable table) {
            RouteTable before = liveTables.get(key);
            if (table != null && (table.equals(before) || namesReadyClusters(table))) {
                tables.put(key, table);
                return true;
            }
            if (table != null) {
                waiting.add("routes " + key + ": their clusters");
            }
            if (before != null) {
                tables.put(key, before);
                return true;
            }
            return false;
        }

        private boolean namesReadyClusters(RouteTable table) {
            boolean ready = true;
            for (ClusterName cluster : ClusterReferences.of(table)) {
                ready &= isReady(cluster.value());
            }
            return ready;
        }

        private boolean areReady(ListenerConfig.Tcp tcp) {
            boolean ready = true;
            for (ListenerConfig.TcpCluster each : tcp.clusters()) {
                ready &= isReady(each.cluster().value());
            }
            return ready;
        }

        private boolean isReady(String cluster) {
            if (drafts.containsKey(cluster)) {
                return clusters.containsKey(cluster);
            }
            if (resources.isAbsent(ResourceType.CLUSTER, cluster)) {
                return true;
            }
            missingClusters.add(cluster);
            return false;
        }

        private ProxyConfig config() {
            Map<ClusterName, ClusterConfig> configs = new HashMap<>();
            clusters.values().forEach(live -> configs.put(live.config().name(), live.config()));
            Map<String, RouteTable> served = new HashMap<>();
            List<ListenerConfig> bound = new ArrayList<>();
            listeners.values().forEach(draft -> bound.add(serving(draft, served)));
            Set<ClusterName> named = new HashSet<>();
            served.values().forEach(table -> named.addAll(ClusterReferences.of(table)));
            bound.forEach(listener -> listener.allChains().forEach(chain -> {
                if (chain.handler() instanceof ListenerConfig.Tcp tcp) {
                    tcp.clusters().forEach(each -> named.add(each.cluster()));
                }
            }));
            named.forEach(name -> configs.computeIfAbsent(name, Assembly::standIn));
            return new ProxyConfig(bound, configs, served);
        }

        private ListenerConfig serving(ListenerDraft draft, Map<String, RouteTable> served) {
            ListenerConfig config = draft.config();
            List<ListenerConfig.Chain> chains = config.allChains();
            List<ListenerConfig.Chain> serving = new ArrayList<>();
            for (int i = 0; i < chains.size(); i++) {
                ListenerDraft.Source source = draft.sources().get(i);
                serving.add(secured(serving(config.name(), chains.get(i), source.upgrades(), served), source));
            }
            return config.withAllChains(serving);
        }

        /** With the secrets that it names; without one of them it must not be served, least of all in plain text. */
        private ListenerConfig.Chain secured(ListenerConfig.Chain chain, ListenerDraft.Source source) {
            if (source.tls().isEmpty()) {
                return chain;
            }
            List<String> missing = missing(secrets(source));
            return missing.isEmpty()
                    ? chain.with(source.tls().get().with(this::secret))
                    : chain.closed("secret " + String.join(", ", missing) + ": not there");
        }

        /** Upgrades of the chain belong to its routes: they make a table of their own. */
        private ListenerConfig.Chain serving(
                String listener, ListenerConfig.Chain chain, List<String> upgrades, Map<String, RouteTable> served) {
            if (!(chain.handler() instanceof ListenerConfig.Http http)) {
                return chain;
            }
            RouteTable table = tables.get(http.routeTable());
            if (table == null) {
                throw new IllegalStateException("listener " + listener + ": live without routes");
            }
            if (upgrades.isEmpty()) {
                served.put(table.name(), table);
                return chain;
            }
            String key = table.name() + "|" + String.join(",", upgrades);
            served.computeIfAbsent(key, k -> Upgrades.allowing(table, k, upgrades));
            return chain.with(new ListenerConfig.Http(key, http.options(), http.filters()));
        }
    }

    /** For a cluster that routes name and no control plane knows: there, and without endpoints. */
    private static ClusterConfig standIn(ClusterName name) {
        return ClusterConfig.builder(name, new ClusterConfig.Fixed(List.of()))
                .noOutlierDetection()
                .build();
    }

    private static String name(ClusterDraft draft) {
        return draft.config().name().value();
    }

    private static SecretRef longer(SecretRef a, SecretRef b) {
        return new SecretRef(a.kind(), a.name(), longer(a.initialFetchTimeout(), b.initialFetchTimeout()));
    }

    /** Zero is for ever. */
    private static Duration longer(Duration a, Duration b) {
        return a.isZero() || b.isZero() ? Duration.ZERO : a.compareTo(b) > 0 ? a : b;
    }
}
