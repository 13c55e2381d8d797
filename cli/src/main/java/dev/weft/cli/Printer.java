package dev.weft.cli;

import com.google.protobuf.util.Timestamps;
import dev.weft.api.manifest.ManifestWriter;
import dev.weft.api.validation.Validation.Kinds;
import dev.weft.v1.Cluster;
import dev.weft.v1.Instance;
import dev.weft.v1.Kind;
import dev.weft.v1.Listener;
import dev.weft.v1.Resource;
import dev.weft.v1.ResourceChange;
import dev.weft.v1.Route;
import dev.weft.v1.Rule;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Shows resources in the chosen format. Confined to the main thread. */
final class Printer {
    private final PrintWriter out;
    private final GetCommand.Format format;

    Printer(PrintWriter out, GetCommand.Format format) {
        this.out = out;
        this.format = format;
    }

    void print(List<Resource> resources) {
        switch (format) {
            case YAML -> out.print(ManifestWriter.yaml(resources));
            case JSON -> out.print(ManifestWriter.json(resources));
            case NAME -> resources.forEach(r -> out.println(Kinds.name(r) + "/" + r.getName()));
            case TABLE, WIDE -> tables(resources);
        }
        out.flush();
    }

    /** One line, or one document, for a change that a watch told of. */
    void change(ResourceChange change, Resource shown) {
        switch (format) {
            case YAML -> out.print("---\n" + ManifestWriter.yaml(List.of(shown)));
            case JSON -> out.print(ManifestWriter.json(List.of(shown)));
            case NAME, TABLE, WIDE ->
                out.println(Kinds.name(shown) + "/" + shown.getName() + " "
                        + change.getAction().name().toLowerCase(Locale.ROOT)
                        + (change.hasAfter() ? " (revision " + shown.getRevision() + ")" : ""));
        }
        out.flush();
    }

    private void tables(List<Resource> resources) {
        Map<Kind, List<Resource>> byKind =
                resources.stream().collect(Collectors.groupingBy(Kinds::of, TreeMap::new, Collectors.toList()));
        boolean first = true;
        for (Map.Entry<Kind, List<Resource>> kind : byKind.entrySet()) {
            if (!first) {
                out.println();
            }
            first = false;
            table(kind.getKey(), kind.getValue()).print(out);
        }
    }

    private Table table(Kind kind, List<Resource> resources) {
        boolean wide = format == GetCommand.Format.WIDE;
        List<String> header = new ArrayList<>(
                switch (kind) {
                    case CLUSTER -> List.of("CLUSTER", "ENDPOINTS", "BALANCING", "CHECKS");
                    case ROUTE -> List.of("ROUTE", "HOSTS", "RULES", "TO");
                    case LISTENER -> List.of("LISTENER", "ADDRESS", "DIRECTION", "PROTOCOL");
                    case INSTANCE, KIND_UNSPECIFIED, UNRECOGNIZED ->
                        List.of("INSTANCE", "SERVICE", "ADDRESS", "LABELS");
                });
        header.add("REVISION");
        if (wide) {
            header.addAll(List.of("UPDATED", "OWNER", "LABELS"));
        }
        Table table = new Table(header.toArray(String[]::new));
        for (Resource resource : resources) {
            List<Object> row = new ArrayList<>(cells(resource));
            row.add(resource.getRevision());
            if (wide) {
                row.add(resource.hasUpdatedAt() ? Timestamps.toString(resource.getUpdatedAt()) : "-");
                row.add(resource.getOwner().isEmpty() ? "-" : resource.getOwner());
                row.add(labels(resource.getLabelsMap()));
            }
            table.row(row.toArray());
        }
        return table;
    }

    private static List<Object> cells(Resource resource) {
        return switch (resource.getSpecCase()) {
            case CLUSTER -> cluster(resource.getName(), resource.getCluster());
            case ROUTE -> route(resource.getName(), resource.getRoute());
            case LISTENER -> listener(resource.getName(), resource.getListener());
            case INSTANCE -> instance(resource.getName(), resource.getInstance());
            case SPEC_NOT_SET -> List.of(resource.getName(), "-", "-", "-");
        };
    }

    private static List<Object> cluster(String name, Cluster cluster) {
        String endpoints = cluster.hasInstances()
                ? cluster.getInstances().getService()
                        + (cluster.getInstances().getLabelsCount() == 0
                                ? ""
                                : " " + labels(cluster.getInstances().getLabelsMap()))
                : cluster.hasDns()
                        ? "dns " + cluster.getDns().getHost() + ":"
                                + cluster.getDns().getPort()
                        : cluster.getEndpointsCount() + " fixed";
        String balancing = cluster.getBalancing().getPolicyCase().name().toLowerCase(Locale.ROOT);
        return List.of(
                name,
                endpoints,
                balancing.equals("policy_not_set") ? "round_robin" : balancing,
                cluster.getHealthChecksCount() == 0 ? "-" : cluster.getHealthChecksCount());
    }

    private static List<Object> route(String name, Route route) {
        String to = route.getRulesList().stream().map(Printer::to).distinct().collect(Collectors.joining("; "));
        return List.of(name, String.join(",", route.getHostsList()), route.getRulesCount(), to);
    }

    private static String to(Rule rule) {
        if (rule.hasRedirect()) {
            return "redirect";
        }
        if (rule.hasRespond()) {
            return "respond " + rule.getRespond().getStatus();
        }
        return rule.getForwardList().stream()
                .map(f -> f.getCluster() + (f.hasWeight() ? ":" + f.getWeight().getValue() : ""))
                .collect(Collectors.joining(","));
    }

    private static List<Object> listener(String name, Listener listener) {
        String address = listener.getAddress().isEmpty() ? "0.0.0.0" : listener.getAddress();
        String direction = listener.getDirection().getNumber() == 0
                ? "outbound"
                : listener.getDirection().name().toLowerCase(Locale.ROOT);
        String protocol = listener.getProtocol().getNumber() == 0
                ? "auto"
                : listener.getProtocol().name().toLowerCase(Locale.ROOT);
        return List.of(name, address + ":" + listener.getPort(), direction, protocol);
    }

    private static List<Object> instance(String name, Instance instance) {
        return List.of(
                name,
                instance.getService(),
                instance.getAddress() + ":" + instance.getPort(),
                labels(instance.getLabelsMap()));
    }

    static String labels(Map<String, String> labels) {
        return labels.isEmpty()
                ? "-"
                : new TreeMap<>(labels)
                        .entrySet().stream()
                                .map(e -> e.getKey() + "=" + e.getValue())
                                .collect(Collectors.joining(","));
    }
}
