package dev.weft.cli;

import dev.weft.api.client.MeshClient;
import dev.weft.v1.GetRequest;
import dev.weft.v1.Kind;
import dev.weft.v1.ListRequest;
import dev.weft.v1.ListResponse;
import dev.weft.v1.Resource;
import dev.weft.v1.ResourceChange;
import dev.weft.v1.ResourceRef;
import dev.weft.v1.WatchRequest;
import dev.weft.v1.WatchResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Reads resources. */
@Command(
        name = "get",
        description = "Shows resources: clusters, routes, listeners, instances, or all.",
        footer = {
            "",
            "Examples:",
            "  weft get routes",
            "  weft get route/web -o yaml",
            "  weft get instances -l version=v2 -w"
        })
final class GetCommand extends Verb {
    /** How resources are shown. */
    enum Format {
        TABLE,
        WIDE,
        JSON,
        YAML,
        NAME
    }

    @Mixin
    private Server server = new Server();

    @Parameters(paramLabel = "KIND[/NAME]", arity = "1..*", description = "What to show.")
    private List<String> what = new ArrayList<>();

    @Option(
            names = {"-o", "--output"},
            defaultValue = "table",
            description = "${COMPLETION-CANDIDATES} (default: table).")
    private Format output = Format.TABLE;

    @Option(
            names = {"-l", "--selector"},
            split = ",",
            paramLabel = "LABEL=VALUE",
            description = "Only resources with these labels.")
    private Map<String, String> labels = new HashMap<>();

    @Option(
            names = {"-w", "--watch"},
            description = "Then shows changes as they come.")
    private boolean watch;

    @Option(names = "--revision", paramLabel = "N", description = "As it was at that revision.")
    private long revision;

    @Override
    public Integer call() {
        boolean named = what.size() > 1 || what.getFirst().contains("/");
        Kind kind = named ? Kind.KIND_UNSPECIFIED : Refs.kind(what.getFirst());
        try (MeshClient mesh = server.connect()) {
            Printer printer = new Printer(out(), output);
            if (watch) {
                follow(mesh, named ? Refs.refs(what).getFirst().getKind() : kind, named, printer);
                return ExitCode.OK;
            }
            List<Resource> found = new ArrayList<>();
            if (named) {
                for (ResourceRef ref : Refs.refs(what)) {
                    GetRequest request = GetRequest.newBuilder()
                            .setRef(ref)
                            .setRevision(revision)
                            .build();
                    found.add(mesh.call(m -> m.get(request)).getResource());
                }
            } else {
                found.addAll(list(mesh, kind, labels, revision));
            }
            printer.print(found);
            if (found.isEmpty()) {
                err().println("nothing found");
            }
            return ExitCode.OK;
        }
    }

    /** Every page, all of the same revision. */
    static List<Resource> list(MeshClient mesh, Kind kind, Map<String, String> labels, long revision) {
        List<Resource> all = new ArrayList<>();
        String token = "";
        do {
            ListRequest request = ListRequest.newBuilder()
                    .setKind(kind)
                    .putAllLabels(labels)
                    .setRevision(revision)
                    .setPageToken(token)
                    .build();
            ListResponse page = mesh.call(m -> m.list(request));
            all.addAll(page.getResourcesList());
            token = page.getNextPageToken();
        } while (!token.isEmpty());
        return all;
    }

    private void follow(MeshClient mesh, Kind kind, boolean named, Printer printer) {
        List<ResourceRef> wanted = named ? Refs.refs(what) : List.of();
        WatchRequest request = WatchRequest.newBuilder().setKind(kind).build();
        mesh.stream(m -> {
            Iterator<WatchResponse> told = m.watch(request);
            while (told.hasNext()) {
                for (ResourceChange change : told.next().getChangesList()) {
                    Resource shown = Optional.of(change)
                            .filter(ResourceChange::hasAfter)
                            .map(ResourceChange::getAfter)
                            .orElse(change.getBefore());
                    boolean selected = shown.getLabelsMap().entrySet().containsAll(labels.entrySet())
                            && (wanted.isEmpty() || wanted.contains(change.getRef()));
                    if (selected) {
                        printer.change(change, shown);
                    }
                }
            }
            return ExitCode.OK;
        });
    }
}
