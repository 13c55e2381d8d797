package dev.weft.cli;

import dev.weft.api.client.MeshClient;
import dev.weft.api.client.MeshException;
import dev.weft.api.manifest.Manifest;
import dev.weft.v1.ApplyRequest;
import dev.weft.v1.ResourceChange;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** What an apply would change. */
@Command(
        name = "diff",
        description = "Shows what an apply would change. Exit code 0: nothing, 1: something, above: an error.")
final class DiffCommand extends Verb {
    @Mixin
    private Server server = new Server();

    @Mixin
    private ManifestFiles files = new ManifestFiles();

    @Override
    public Integer call() throws java.io.IOException {
        List<Manifest> documents = files.read();
        ApplyRequest request = ApplyRequest.newBuilder()
                .addAllResources(ManifestFiles.resources(documents))
                .setDryRun(true)
                .build();
        try (MeshClient mesh = server.connect()) {
            List<ResourceChange> changes = mesh.call(m -> m.apply(request)).getChangesList();
            Changes.diff(out(), changes);
            return Changes.any(changes) ? ExitCode.DIFFERENCES : ExitCode.OK;
        } catch (MeshException.Invalid e) {
            Problems.print(err(), e, documents);
            return ExitCode.INVALID_INPUT;
        }
    }
}
