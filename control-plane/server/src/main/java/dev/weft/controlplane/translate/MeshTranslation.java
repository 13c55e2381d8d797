package dev.weft.controlplane.translate;

import dev.weft.api.validation.HumanUnits;
import dev.weft.controlplane.mesh.Mesh;
import dev.weft.v1.Cluster;
import dev.weft.v1.Forward;
import dev.weft.v1.InstanceSelector;
import dev.weft.v1.Listener;
import dev.weft.v1.Match;
import dev.weft.v1.PathMatch;
import dev.weft.v1.Protocol;
import dev.weft.v1.Resource;
import dev.weft.v1.Route;
import dev.weft.v1.Rule;
import dev.weft.xds.ClientKind;
import dev.weft.xds.ResourceType;
import dev.weft.xds.Snapshot;
import dev.weft.xds.XdsResource;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Everything that one audience is told of a mesh.
 *
 * <p>Confined to the thread that renders. What a resource is made of is remembered and compared by identity ({@link Mesh} shares
 * what did not change), so that a change costs the translation of what it touched and a walk over the rest.
 *
 * <p>The order of the walk: the places where the audience is served routes; the routes served there, and after them the default
 * route of every service whose name none of them claims; the clusters that these name, and nothing else; their endpoints.
 */
public final class MeshTranslation {
    private static final double DEFAULT_RETRY_BUDGET = 20;
    /** What a Route's {@code listeners} calls the outbound listeners of all sidecars. */
    private static final String MESH = "mesh";

    private final Audience audience;
    private final Memory<VirtualHost> hosts = new Memory<>();
    private final Memory<XdsResource> rendered = new Memory<>();

    public MeshTranslation(Audience audience) {
        this.audience = audience;
    }

    /** The snapshot of {@code mesh}; shares with {@code previous} what is the same. */
    public Snapshot translate(Mesh mesh, @Nullable Snapshot previous) {
        Map<ResourceType, Map<String, XdsResource>> content = new LinkedHashMap<>();
        Map<String, Integer> retryBudgets = new TreeMap<>();
        Set<String> clusters = new TreeSet<>();
        Defaults defaults = new Defaults(mesh);

        List<Resource> listeners = mesh.listeners().filter(this::opens).toList();
        for (Resource listener : listeners) {
            add(
                    content,
                    rendered.get(
                            "lds/" + listener.getName(),
                            List.of(listener),
                            () -> XdsResource.of(
                                    ResourceType.LISTENER,
                                    listener.getName(),
                                    ListenerTranslation.translate(listener.getName(), listener.getListener()))));
            listener.getListener().getPassThroughList().forEach(carried -> clusters.add(carried.getCluster()));
            if (listener.getListener().getProtocol() == Protocol.TCP) {
                if (!listener.getListener().getCluster().isEmpty()) {
                    clusters.add(listener.getListener().getCluster());
                }
            } else {
                routes(
                        content,
                        Places.listener(listener.getName()),
                        servedBy(mesh, listener),
                        defaults,
                        clusters,
                        retryBudgets);
            }
        }
        List<Served> own = servedAt(mesh, audience.role() == Audience.Role.GATEWAY ? audience.name() : MESH);
        routes(content, audience.place(), own, defaults, clusters, retryBudgets);
        if (audience.role() == Audience.Role.PROXYLESS) {
            targets(content, own);
        }
        for (String name : clusters) {
            cluster(content, name, defaults.cluster(name), retryBudgets.get(name), mesh);
        }
        hosts.forgetUnused();
        rendered.forgetUnused();
        return snapshot(mesh.revision(), content, previous);
    }

    /** A route and those of its hosts that are its own at a place. */
    private record Served(String name, Route route, List<String> hosts, Object identity) {}

    private boolean opens(Resource resource) {
        Listener listener = resource.getListener();
        return switch (audience.role()) {
            case PROXYLESS -> false;
            case GATEWAY ->
                listener.getDirection() == Listener.Direction.GATEWAY
                        && (listener.getGatewaysCount() == 0
                                || listener.getGatewaysList().contains(audience.name()));
            case SIDECAR ->
                listener.getDirection() != Listener.Direction.GATEWAY
                        && (listener.getServicesCount() == 0
                                || listener.getServicesList().contains(audience.name()));
        };
    }

    /** Routes that a Listener resource serves: those it names, those that name it, or else those of the mesh. */
    private List<Served> servedBy(Mesh mesh, Resource listener) {
        List<String> named = listener.getListener().getRoutesList();
        List<Resource> own = mesh.routes()
                .filter(r -> named.contains(r.getName())
                        || r.getRoute().getListenersList().contains(listener.getName()))
                .toList();
        return own.isEmpty() ? servedAt(mesh, MESH) : claim(own);
    }

    private List<Served> servedAt(Mesh mesh, String place) {
        List<Resource> specific = mesh.routes()
                .filter(r -> r.getRoute().getListenersList().contains(place))
                .toList();
        List<Resource> everywhere =
                mesh.routes().filter(r -> r.getRoute().getListenersCount() == 0).toList();
        List<Resource> all = new ArrayList<>(specific);
        all.addAll(everywhere);
        List<Served> served = claim(all);
        // The edge shows only what somebody applied; inside the mesh every service is reachable by its name.
        return audience.role() == Audience.Role.GATEWAY ? served : withServices(served, mesh);
    }

    /** Gives each host to the first route that names it; earlier ones are the more specific claims. */
    private static List<Served> claim(List<Resource> routes) {
        Set<String> taken = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        List<Served> served = new ArrayList<>();
        for (Resource route : routes) {
            List<String> hosts =
                    route.getRoute().getHostsList().stream().filter(taken::add).toList();
            if (!hosts.isEmpty()) {
                served.add(new Served(route.getName(), route.getRoute(), hosts, route));
            }
        }
        return served;
    }

    private static List<Served> withServices(List<Served> served, Mesh mesh) {
        Set<String> taken = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        served.forEach(s -> taken.addAll(s.hosts()));
        List<Served> all = new ArrayList<>(served);
        for (String service : mesh.services()) {
            if (!taken.contains(service)) {
                all.add(new Served("service/" + service, Defaults.route(service), List.of(service), service.intern()));
            }
        }
        return all;
    }

    private void routes(
            Map<ResourceType, Map<String, XdsResource>> content,
            String place,
            List<Served> served,
            Defaults defaults,
            Set<String> clusters,
            Map<String, Integer> retryBudgets) {
        RouteTranslation translation = new RouteTranslation(audience.kind(), defaults::cluster);
        List<Object> virtualHosts = new ArrayList<>();
        for (Served s : served) {
            List<Object> madeOf = new ArrayList<>(List.of(s.identity()));
            s.hosts().forEach(host -> madeOf.add(host.intern()));
            for (Rule rule : s.route().getRulesList()) {
                for (Forward forward : rule.getForwardList()) {
                    clusters.add(forward.getCluster());
                    madeOf.add(defaults.identity(forward.getCluster()));
                    budget(rule, forward.getCluster(), retryBudgets);
                }
                if (audience.kind() != ClientKind.GRPC) {
                    rule.getMirrorList().forEach(mirror -> clusters.add(mirror.getCluster()));
                }
            }
            virtualHosts.add(hosts.get(
                    place + " " + s.name(), madeOf, () -> translation.translate(s.name(), s.route(), s.hosts())));
        }
        add(content, rendered.get("rds/" + place, virtualHosts, () -> {
            RouteConfiguration.Builder table =
                    RouteConfiguration.newBuilder().setName(place).setIgnorePortInHostMatching(true);
            virtualHosts.forEach(host -> table.addVirtualHosts((VirtualHost) host));
            return XdsResource.of(ResourceType.ROUTE, place, table.build());
        }));
    }

    private static void budget(Rule rule, String cluster, Map<String, Integer> budgets) {
        String text = rule.getRetry().getBudget();
        double percent = text.isEmpty() ? DEFAULT_RETRY_BUDGET : HumanUnits.parsePercent(text);
        budgets.merge(cluster, (int) Math.round(percent * 100), Math::max);
    }

    private void targets(Map<ResourceType, Map<String, XdsResource>> content, List<Served> served) {
        for (Served s : served) {
            for (String host : s.hosts()) {
                if (!host.startsWith("*")) {
                    add(
                            content,
                            rendered.get(
                                    "target/" + host,
                                    List.of(),
                                    () -> XdsResource.of(
                                            ResourceType.LISTENER, host, ListenerTranslation.target(host))));
                }
            }
        }
    }

    private void cluster(
            Map<ResourceType, Map<String, XdsResource>> content,
            String name,
            Cluster cluster,
            @Nullable Integer budget,
            Mesh mesh) {
        Integer basisPoints = budget == null ? (Integer) (int) (DEFAULT_RETRY_BUDGET * 100) : budget;
        Object identity = mesh.cluster(name) == null ? name.intern() : mesh.cluster(name);
        add(
                content,
                rendered.get(
                        "cds/" + name,
                        List.of(identity, ("budget " + basisPoints).intern()),
                        () -> XdsResource.of(
                                ResourceType.CLUSTER,
                                name,
                                new ClusterTranslation(audience.kind())
                                        .translate(name, cluster, basisPoints / 100.0))));
        if (!cluster.hasDns()) {
            List<Resource> instances = cluster.hasInstances()
                    ? mesh.instances(cluster.getInstances().getService())
                    : List.of();
            add(
                    content,
                    rendered.get(
                            "eds/" + name,
                            List.of(identity, instances),
                            () -> XdsResource.of(
                                    ResourceType.ENDPOINT,
                                    name,
                                    EndpointTranslation.translate(name, cluster, instances))));
        }
    }

    private static void add(Map<ResourceType, Map<String, XdsResource>> content, XdsResource resource) {
        content.computeIfAbsent(resource.type(), t -> new LinkedHashMap<>()).put(resource.name(), resource);
    }

    private static Snapshot snapshot(
            long revision, Map<ResourceType, Map<String, XdsResource>> content, @Nullable Snapshot previous) {
        Snapshot.Builder builder = previous == null ? Snapshot.builder(revision) : previous.toBuilder(revision);
        if (previous != null) {
            for (ResourceType type : previous.types()) {
                Map<String, XdsResource> now = content.getOrDefault(type, Map.of());
                previous.resources(type).keySet().stream()
                        .filter(name -> !now.containsKey(name))
                        .forEach(name -> builder.remove(type, name));
            }
        }
        content.values().forEach(byName -> byName.values().forEach(builder::put));
        return builder.build();
    }

    /** What exists without being applied: the cluster and the route of a service's own name. */
    private record Defaults(Mesh mesh) {
        Cluster cluster(String name) {
            Resource applied = mesh.cluster(name);
            return applied != null
                    ? applied.getCluster()
                    : Cluster.newBuilder()
                            .setInstances(InstanceSelector.newBuilder().setService(name))
                            .build();
        }

        Object identity(String name) {
            Resource applied = mesh.cluster(name);
            return applied != null ? applied : name.intern();
        }

        static Route route(String service) {
            return Route.newBuilder()
                    .addHosts(service)
                    .addRules(Rule.newBuilder()
                            .setMatch(Match.newBuilder()
                                    .setPath(PathMatch.newBuilder().setPrefix("/")))
                            .addForward(Forward.newBuilder().setCluster(service)))
                    .build();
        }
    }
}
