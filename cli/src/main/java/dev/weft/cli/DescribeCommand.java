package dev.weft.cli;

import com.google.protobuf.util.Timestamps;
import dev.weft.api.client.MeshClient;
import dev.weft.api.manifest.ManifestWriter;
import dev.weft.v1.GetRequest;
import dev.weft.v1.HistoryEntry;
import dev.weft.v1.HistoryRequest;
import dev.weft.v1.Kind;
import dev.weft.v1.Resource;
import dev.weft.v1.ResourceRef;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** A resource with what belongs to it: its history, its instances, who refers to it. */
@Command(name = "describe", description = "Shows a resource, what it selects, who refers to it, and its last changes.")
final class DescribeCommand extends Verb {
    @Mixin
    private Server server = new Server();

    @Parameters(paramLabel = "KIND/NAME", arity = "1..*")
    private List<String> what = new ArrayList<>();

    @Override
    public Integer call() {
        try (MeshClient mesh = server.connect()) {
            for (ResourceRef ref : Refs.refs(what)) {
                GetRequest request = GetRequest.newBuilder().setRef(ref).build();
                Resource resource = mesh.call(m -> m.get(request)).getResource();
                out().print(ManifestWriter.yaml(List.of(resource)));
                related(mesh, resource);
                history(mesh, ref);
            }
        }
        out().flush();
        return ExitCode.OK;
    }

    private void related(MeshClient mesh, Resource resource) {
        if (resource.hasCluster()) {
            TreeSet<String> routes = new TreeSet<>();
            for (Resource route : GetCommand.list(mesh, Kind.ROUTE, Map.of(), 0)) {
                boolean refers = route.getRoute().getRulesList().stream()
                        .flatMap(rule -> rule.getForwardList().stream())
                        .anyMatch(forward -> forward.getCluster().equals(resource.getName()));
                if (refers) {
                    routes.add("route/" + route.getName());
                }
            }
            out().println("\nUsed by: " + (routes.isEmpty() ? "-" : String.join(", ", routes)));
            if (resource.getCluster().hasInstances()) {
                instances(mesh, resource);
            }
        }
    }

    private void instances(MeshClient mesh, Resource cluster) {
        Map<String, String> labels = cluster.getCluster().getInstances().getLabelsMap();
        String service = cluster.getCluster().getInstances().getService();
        List<Resource> selected = GetCommand.list(mesh, Kind.INSTANCE, labels, 0).stream()
                .filter(instance -> instance.getInstance().getService().equals(service))
                .toList();
        out().println("\nInstances: " + selected.size());
        new Printer(out(), GetCommand.Format.TABLE).print(selected);
    }

    private void history(MeshClient mesh, ResourceRef ref) {
        HistoryRequest request =
                HistoryRequest.newBuilder().setRef(ref).setLimit(5).build();
        List<HistoryEntry> entries = mesh.call(m -> m.history(request)).getEntriesList();
        if (!entries.isEmpty()) {
            out().println("\nLast changes:");
            Table table = new Table("REVISION", "AT", "AUTHOR", "MESSAGE");
            entries.forEach(e -> table.row(
                    e.getRevision(),
                    Timestamps.toString(e.getAt()),
                    HistoryCommand.dash(e.getAuthor()),
                    HistoryCommand.dash(e.getMessage())));
            table.print(out());
        }
    }
}
