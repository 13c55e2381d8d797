package dev.weft.sidecar.bootstrap;

import dev.weft.proxy.model.ClientTls;
import dev.weft.proxy.model.ClusterConfig;
import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.EndpointConfig;
import dev.weft.sidecar.ads.AdsClient.Variant;
import dev.weft.sidecar.bootstrap.Bootstrap.ControlPlaneSource;
import dev.weft.sidecar.live.ClusterReferences;
import dev.weft.sidecar.live.StaticResources;
import dev.weft.sidecar.xds.ClusterDraft;
import dev.weft.sidecar.xds.FileText;
import dev.weft.sidecar.xds.ListenerDraft;
import dev.weft.sidecar.xds.ResourceType;
import dev.weft.sidecar.xds.Secret;
import dev.weft.sidecar.xds.Translation;
import dev.weft.sidecar.xds.Translation.Translated;
import dev.weft.sidecar.xds.message.Message;
import dev.weft.sidecar.xds.message.Problems;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;

/** Makes a {@link Bootstrap} of the message of that name, or says all that is wrong with it. Confined to the calling thread. */
public final class BootstrapReader {
    private final Problems problems = new Problems();
    private final FileText files;

    /** What a resource stays at that cannot be read. */
    private final StaticResources before;

    private Translation translation;

    private BootstrapReader(FileText files, StaticResources before) {
        this.files = files;
        this.before = before;
        this.translation = new Translation(files);
    }

    /**
     * @param tree as a JSON or YAML parser makes it
     * @throws BadBootstrap with every problem there is
     */
    public static Bootstrap read(Object tree, FileText files) throws BadBootstrap {
        BootstrapReader reader = new BootstrapReader(files, new StaticResources(List.of(), List.of()));
        Bootstrap read = reader.read(tree);
        if (!reader.problems.isEmpty()) {
            throw new BadBootstrap(reader.problems.list());
        }
        return read;
    }

    /**
     * Reads a bootstrap again whose files have changed.
     *
     * @param before what its resources were; each that cannot be read now stays that
     */
    public static Reread reread(Object tree, FileText files, StaticResources before) {
        BootstrapReader reader = new BootstrapReader(files, before);
        Bootstrap read = reader.read(tree);
        return new Reread(read.statics(), read.ads().flatMap(ControlPlaneSource::tls), reader.problems.list());
    }

    /**
     * What a second reading gives.
     *
     * @param controlPlaneTls how connections to control planes are secured now
     * @param problems all that could not be used; empty where everything could
     */
    public record Reread(StaticResources statics, Optional<ClientTls> controlPlaneTls, List<String> problems) {}

    private Bootstrap read(Object tree) {
        Message bootstrap = Message.ofJson(Bootstrap.MESSAGE, tree, problems);
        StaticResources statics = statics(bootstrap.message("static_resources"));
        Optional<ControlPlaneSource> ads = ads(bootstrap, statics);
        Optional<HostPort> admin = bootstrap.find("admin").map(this::admin);
        if (ads.isPresent() && bootstrap.message("node").string("id").isEmpty()) {
            problems.add("node.id", "empty (expected: a name, which control planes need)");
        }
        if (ads.isEmpty()) {
            requireClusters(bootstrap.message("static_resources"), statics);
        }
        return new Bootstrap(NodeIdentity.of(bootstrap.message("node")), admin, statics, ads);
    }

    private StaticResources statics(Message statics) {
        Map<String, Secret> secrets = all(statics.messages("secrets"), translation::secret, before.secrets());
        translation = new Translation(files, secrets); // before those that may name one of them
        Map<String, ListenerDraft> listeners = new HashMap<>();
        before.listeners().forEach(draft -> listeners.put(draft.config().name(), draft));
        Map<String, ClusterDraft> clusters = new HashMap<>();
        before.clusters().forEach(draft -> clusters.put(draft.config().name().value(), draft));
        return new StaticResources(
                List.copyOf(all(statics.messages("listeners"), translation::listener, listeners)
                        .values()),
                List.copyOf(all(statics.messages("clusters"), translation::cluster, clusters)
                        .values()),
                secrets);
    }

    /** By their names, in their order. */
    private <T> Map<String, T> all(
            List<Message> resources, BiFunction<Message, Problems, Translated<T>> translate, Map<String, T> before) {
        Map<String, T> all = new LinkedHashMap<>();
        for (Message resource : resources) {
            String name = resource.string("name");
            if (!name.isEmpty() && all.containsKey(name)) {
                problems.add(resource.path("name"), name + ": twice (expected: once)");
            }
            Problems own = new Problems(); // what is wrong with one is not held against another
            T value = translate.apply(resource, own).value();
            problems.addAll(own);
            T kept = value != null ? value : before.get(name);
            if (kept != null) {
                all.put(name, kept);
            }
        }
        return all;
    }

    /** Without a control plane a cluster that is not here can never come, and whoever is routed to it would get 503. */
    private void requireClusters(Message written, StaticResources statics) {
        Set<String> there = new HashSet<>(); // also those that something else is wrong with
        written.messages("clusters").forEach(cluster -> there.add(cluster.string("name")));
        Map<String, String> paths = new HashMap<>();
        written.messages("listeners").forEach(listener -> paths.put(listener.string("name"), listener.path()));
        for (ListenerDraft listener : statics.listeners()) {
            String path = paths.getOrDefault(listener.config().name(), written.path("listeners"));
            for (ClusterName cluster : ClusterReferences.of(listener)) {
                if (!there.contains(cluster.value())) {
                    problems.add(
                            path, "cluster " + cluster + ": not there (expected: one of static_resources.clusters)");
                }
            }
        }
    }

    private HostPort admin(Message admin) {
        Message address = admin.message("address").message("socket_address");
        if (address.string("address").isEmpty()) {
            problems.add(address.path("address"), "empty (expected: an IP or a host name)");
            return new HostPort("invalid", 0);
        }
        HostPort parsed = problems.making(
                address, () -> new HostPort(address.string("address"), address.integer("port_value", 0)));
        return parsed == null ? new HostPort("invalid", 0) : parsed;
    }

    private Optional<ControlPlaneSource> ads(Message bootstrap, StaticResources statics) {
        Message dynamic = bootstrap.message("dynamic_resources");
        Set<ResourceType> types = EnumSet.noneOf(ResourceType.class);
        wanted(dynamic, "lds_config", ResourceType.LISTENER, types);
        wanted(dynamic, "cds_config", ResourceType.CLUSTER, types);
        if (!dynamic.has("ads_config")) {
            if (!types.isEmpty()) {
                problems.add(dynamic.path("ads_config"), "missing (expected: where the control plane is)");
            }
            return Optional.empty();
        }
        Message config = dynamic.message("ads_config");
        if (!config.choice("transport_api_version").equals("V3")) {
            problems.add(
                    config.path("transport_api_version"), config.choice("transport_api_version") + " (expected: V3)");
        }
        List<HostPort> addresses = new ArrayList<>();
        Map<String, String> headers = new LinkedHashMap<>();
        List<ClusterDraft> used = new ArrayList<>();
        String authority = "";
        for (Message service : config.messages("grpc_services")) {
            Message envoy = service.message("envoy_grpc");
            String name = envoy.string("cluster_name");
            List<Message> clusters = bootstrap.message("static_resources").messages("clusters");
            Message cluster = clusters.stream()
                    .filter(candidate -> candidate.string("name").equals(name))
                    .findFirst()
                    .orElse(null);
            if (cluster == null) {
                problems.add(
                        envoy.path("cluster_name"),
                        (name.isEmpty() ? "empty" : name) + " (expected: a static cluster)");
                continue;
            }
            statics.clusters().stream()
                    .filter(draft -> draft.config().name().value().equals(name))
                    .forEach(draft -> {
                        checkTls(cluster, draft);
                        used.add(draft);
                        addresses.addAll(addresses(draft, envoy));
                    });
            service.messages("initial_metadata").forEach(h -> headers.put(h.string("key"), h.string("value")));
            authority = authority.isEmpty() ? envoy.string("authority") : authority;
        }
        if (config.messages("grpc_services").isEmpty()) {
            problems.add(config.path("grpc_services"), "none (expected: at least one)");
        }
        return Optional.of(new ControlPlaneSource(
                variant(config),
                addresses,
                used.stream().flatMap(draft -> draft.config().tls().stream()).findFirst(),
                authority,
                headers,
                types));
    }

    /** What cannot be so towards a control plane. */
    private void checkTls(Message cluster, ClusterDraft draft) {
        String path = cluster.path("transport_socket");
        if (draft.tls().isPresent()) {
            problems.add(path, "secrets from the control plane itself (expected: from files or static_resources)");
        }
        draft.config()
                .tls()
                .filter(tls -> !tls.alpn().isEmpty() && !tls.alpn().contains("h2"))
                .ifPresent(tls -> problems.add(
                        path + ".typed_config.common_tls_context.alpn_protocols",
                        tls.alpn() + " (expected: h2 among them, which gRPC speaks)"));
    }

    private List<HostPort> addresses(ClusterDraft draft, Message envoy) {
        List<EndpointConfig> endpoints = switch (draft.config().discovery()) {
            case ClusterConfig.Fixed fixed -> fixed.endpoints();
            case ClusterConfig.Dns dns -> dns.names();
        };
        if (endpoints.isEmpty()) {
            problems.add(
                    envoy.path("cluster_name"),
                    draft.config().name() + ": without endpoints (expected: the control plane's addresses)");
        }
        return endpoints.stream().map(e -> new HostPort(e.host(), e.port())).toList();
    }

    private void wanted(Message dynamic, String field, ResourceType type, Set<ResourceType> types) {
        dynamic.find(field).ifPresent(source -> {
            if (!source.has("ads")) {
                problems.add(source.path(), "no source (expected: ads)");
            }
            types.add(type);
        });
    }

    private Variant variant(Message config) {
        return switch (config.choice("api_type")) {
            case "DELTA_GRPC", "AGGREGATED_DELTA_GRPC" -> Variant.DELTA;
            case "GRPC", "AGGREGATED_GRPC" -> Variant.STATE_OF_THE_WORLD;
            default -> {
                problems.add(config.path("api_type"), config.choice("api_type") + " (expected: DELTA_GRPC or GRPC)");
                yield Variant.DELTA;
            }
        };
    }
}
