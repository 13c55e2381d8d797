package dev.weft.cli;

import dev.weft.api.client.MeshClient;
import dev.weft.api.manifest.ManifestReader;
import dev.weft.api.validation.Validation;
import dev.weft.v1.DeleteRequest;
import dev.weft.v1.DeleteResponse;
import dev.weft.v1.ResourceRef;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Deletes resources, all of them or none. */
@Command(name = "delete", description = "Deletes resources: all that are named, or none.")
final class DeleteCommand extends Verb {
    @Mixin
    private Server server = new Server();

    @Parameters(paramLabel = "KIND/NAME", arity = "0..*")
    private List<String> what = new ArrayList<>();

    @Option(
            names = {"-f", "--filename"},
            paramLabel = "FILE|-",
            description = "Deletes what the manifests define.")
    private @Nullable String file;

    @Option(names = "--dry-run", description = "Tells what would be deleted; deletes nothing.")
    private boolean dryRun;

    @Option(names = "--ignore-not-found", description = "What is not there is no error.")
    private boolean ignoreMissing;

    @Option(
            names = {"-m", "--message"},
            paramLabel = "TEXT",
            description = "Why, for the history.")
    private String message = "";

    @Override
    public Integer call() throws IOException {
        DeleteRequest request = DeleteRequest.newBuilder()
                .addAllRefs(refs())
                .setDryRun(dryRun)
                .setIgnoreMissing(ignoreMissing)
                .setMessage(message)
                .setAuthor(System.getProperty("user.name", ""))
                .setIdempotencyId(UUID.randomUUID().toString())
                .build();
        try (MeshClient mesh = server.connect()) {
            DeleteResponse response = mesh.call(m -> m.delete(request));
            Changes.print(
                    out(),
                    response.getChangesList(),
                    dryRun ? " (dry run)" : " (revision " + response.getRevision() + ")");
            return ExitCode.OK;
        }
    }

    private List<ResourceRef> refs() throws IOException {
        if (file == null) {
            return Refs.refs(what);
        }
        String text = file.equals("-")
                ? new String(System.in.readAllBytes(), StandardCharsets.UTF_8)
                : Files.readString(Path.of(file));
        var manifests = new ManifestReader().read(file, text).manifests();
        if (!manifests.problems().isEmpty()) {
            throw new InvalidInput(manifests.problems());
        }
        return manifests.documents().stream()
                .map(document -> Validation.ref(document.resource()))
                .toList();
    }
}
