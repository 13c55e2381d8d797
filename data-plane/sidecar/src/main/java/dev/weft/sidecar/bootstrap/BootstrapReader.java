package dev.weft.sidecar.bootstrap;

import dev.weft.proxy.model.ClusterConfig;
import dev.weft.proxy.model.EndpointConfig;
import dev.weft.sidecar.ads.AdsClient.Variant;
import dev.weft.sidecar.bootstrap.Bootstrap.ControlPlaneSource;
import dev.weft.sidecar.live.StaticResources;
import dev.weft.sidecar.xds.ClusterDraft;
import dev.weft.sidecar.xds.FileText;
import dev.weft.sidecar.xds.ListenerDraft;
import dev.weft.sidecar.xds.ResourceType;
import dev.weft.sidecar.xds.Translation;
import dev.weft.sidecar.xds.message.Message;
import dev.weft.sidecar.xds.message.Problems;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Makes a {@link Bootstrap} of the message of that name, or says all that is wrong with it. Confined to the calling thread. */
public final class BootstrapReader {
    private final Problems problems = new Problems();
    private final Translation translation;

    private BootstrapReader(FileText files) {
        this.translation = new Translation(files);
    }

    /**
     * @param tree as a JSON or YAML parser makes it
     * @throws BadBootstrap with every problem there is
     */
    public static Bootstrap read(Object tree, FileText files) throws BadBootstrap {
        return new BootstrapReader(files).read(tree);
    }

    private Bootstrap read(Object tree) throws BadBootstrap {
        Message bootstrap = Message.ofJson(Bootstrap.MESSAGE, tree, problems);
        Message statics = bootstrap.message("static_resources");
        List<ListenerDraft> listeners = new ArrayList<>();
        List<ClusterDraft> clusters = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (Message listener : statics.messages("listeners")) {
            unique(listener, names);
            Optional.ofNullable(translation.listener(listener, problems).value())
                    .ifPresent(listeners::add);
        }
        names.clear();
        for (Message cluster : statics.messages("clusters")) {
            unique(cluster, names);
            Optional.ofNullable(translation.cluster(cluster, problems).value()).ifPresent(clusters::add);
        }
        Optional<ControlPlaneSource> ads = ads(bootstrap, statics);
        Optional<HostPort> admin = bootstrap.find("admin").map(this::admin);
        if (ads.isPresent() && bootstrap.message("node").string("id").isEmpty()) {
            problems.add("node.id", "empty (expected: a name, which control planes need)");
        }
        if (!problems.isEmpty()) {
            throw new BadBootstrap(problems.list());
        }
        return new Bootstrap(
                NodeIdentity.of(bootstrap.message("node")), admin, new StaticResources(listeners, clusters), ads);
    }

    private void unique(Message resource, Set<String> names) {
        String name = resource.string("name");
        if (!name.isEmpty() && !names.add(name)) {
            problems.add(resource.path("name"), name + ": twice (expected: once)");
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

    private Optional<ControlPlaneSource> ads(Message bootstrap, Message statics) {
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
            Message cluster = statics.messages("clusters").stream()
                    .filter(candidate -> candidate.string("name").equals(name))
                    .findFirst()
                    .orElse(null);
            if (cluster == null) {
                problems.add(
                        envoy.path("cluster_name"),
                        (name.isEmpty() ? "empty" : name) + " (expected: a static cluster)");
                continue;
            }
            ClusterDraft draft = translation.cluster(cluster, new Problems()).value();
            if (draft != null) {
                used.add(draft);
                addresses.addAll(addresses(draft, envoy));
            }
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
