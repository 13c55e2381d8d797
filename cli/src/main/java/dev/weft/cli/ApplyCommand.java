package dev.weft.cli;

import dev.weft.api.client.MeshClient;
import dev.weft.api.client.MeshException;
import dev.weft.api.manifest.Manifest;
import dev.weft.v1.ApplyRequest;
import dev.weft.v1.ApplyResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Stores all manifests in one transaction, or none. */
@Command(
        name = "apply",
        description = "Creates or changes what the manifests define: all of it, or nothing.",
        footer = {
            "",
            "Examples:",
            "  weft apply -f mesh.yaml --wait",
            "  weft apply -f mesh/ --prune --owner shop -m 'release 42'",
            "  weft get routes -o yaml | weft apply -f - --dry-run"
        })
final class ApplyCommand extends Verb {
    @Mixin
    private Server server = new Server();

    @Mixin
    private ManifestFiles files = new ManifestFiles();

    @Option(names = "--dry-run", description = "Validated by the server and compared with what it has; stores nothing.")
    private boolean dryRun;

    @Option(names = "--diff", description = "Shows what changes, as a unified diff, before storing it.")
    private boolean diff;

    @Option(names = "--prune", description = "Deletes what --owner owns and the manifests do not define.")
    private boolean prune;

    @Option(names = "--owner", paramLabel = "NAME", description = "Whose the resources are; needed by --prune.")
    private @Nullable String owner;

    @Option(
            names = "--if-revision",
            paramLabel = "N",
            description = "Only if none of these resources changed after revision N; else exit code 75.")
    private long ifRevision;

    @Option(
            names = "--wait",
            arity = "0..1",
            fallbackValue = "30s",
            paramLabel = "DURATION",
            description = "Waits until it is live on every connected sidecar (default where given: 30s).")
    private @Nullable String wait;

    @Option(
            names = {"-m", "--message"},
            paramLabel = "TEXT",
            description = "Why, for the history.")
    private String message = "";

    @Override
    public Integer call() throws IOException {
        if (prune && owner == null) {
            throw new InvalidInput("--prune: needs --owner NAME, whose resources may be deleted");
        }
        Duration patience = wait == null ? Duration.ZERO : Server.duration("--wait", wait);
        List<Manifest> documents = files.read();
        ApplyRequest.Builder request = ApplyRequest.newBuilder()
                .setMessage(message)
                .setAuthor(System.getProperty("user.name", ""))
                .setExpectedRevision(ifRevision)
                .setIdempotencyId(UUID.randomUUID().toString());
        for (Manifest document : documents) {
            request.addResources(
                    owner == null
                            ? document.resource()
                            : document.resource().toBuilder().setOwner(owner).build());
        }
        if (prune && owner != null) {
            request.setPruneOwner(owner);
        }
        try (MeshClient mesh = server.connect()) {
            return apply(mesh, request, documents, patience);
        } catch (MeshException.Invalid e) {
            Problems.print(err(), e, documents);
            return ExitCode.INVALID_INPUT;
        }
    }

    private int apply(MeshClient mesh, ApplyRequest.Builder request, List<Manifest> documents, Duration patience) {
        if (diff) {
            ApplyRequest planned = request.clone().setDryRun(true).build();
            Changes.diff(out(), mesh.call(m -> m.apply(planned)).getChangesList());
        }
        ApplyRequest real = request.setDryRun(dryRun).build();
        long started = System.nanoTime();
        ApplyResponse response = mesh.call(m -> m.apply(real));
        response.getWarningsList()
                .forEach(warning -> Problems.print(err(), "warning", Problems.located(warning, documents)));
        err().flush();
        String suffix = dryRun ? " (dry run)" : " (revision " + response.getRevision() + ")";
        Changes.print(out(), response.getChangesList(), suffix);
        if (dryRun || patience.isZero()) {
            return ExitCode.OK;
        }
        return new Rollout(err(), out()).follow(mesh, response.getRevision(), patience, started);
    }
}
