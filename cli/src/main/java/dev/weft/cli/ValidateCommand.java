package dev.weft.cli;

import dev.weft.api.manifest.Manifest;
import java.io.IOException;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Everything that can be told about manifests without a server. */
@Command(
        name = "validate",
        description =
                "Checks manifests without a server: form, names, ranges. What only the mesh can tell (does a cluster"
                        + " exist?) is told by apply --dry-run.")
final class ValidateCommand extends Verb {
    @Mixin
    private ManifestFiles files = new ManifestFiles();

    @Override
    public Integer call() throws IOException {
        List<Manifest> documents = files.read();
        out().println(documents.size() + (documents.size() == 1 ? " resource is" : " resources are") + " valid");
        return ExitCode.OK;
    }
}
