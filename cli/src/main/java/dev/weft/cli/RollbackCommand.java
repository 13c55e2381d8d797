package dev.weft.cli;

import dev.weft.api.client.MeshClient;
import dev.weft.api.validation.Validation;
import dev.weft.v1.ApplyRequest;
import dev.weft.v1.ApplyResponse;
import dev.weft.v1.Kind;
import dev.weft.v1.Resource;
import dev.weft.v1.ResourceRef;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Applies the configuration of an earlier revision, as a new revision. */
@Command(
        name = "rollback",
        description =
                "Brings the whole configuration back to what it was at a revision (see weft history), as a new revision.")
final class RollbackCommand extends Verb {
    @Mixin
    private Server server = new Server();

    @Option(names = "--to", required = true, paramLabel = "N", description = "The revision to return to.")
    private long to;

    @Option(names = "--dry-run", description = "Shows what would change; stores nothing.")
    private boolean dryRun;

    @Option(
            names = "--wait",
            arity = "0..1",
            fallbackValue = "30s",
            paramLabel = "DURATION",
            description = "Waits until it is live on every connected sidecar.")
    private @Nullable String wait;

    @Override
    public Integer call() {
        Duration patience = wait == null ? Duration.ZERO : Server.duration("--wait", wait);
        try (MeshClient mesh = server.connect()) {
            List<Resource> then = GetCommand.list(mesh, Kind.KIND_UNSPECIFIED, Map.of(), to);
            List<Resource> now = GetCommand.list(mesh, Kind.KIND_UNSPECIFIED, Map.of(), 0);
            Set<ResourceRef> kept = new HashSet<>();
            then.forEach(resource -> kept.add(Validation.ref(resource)));
            ApplyRequest request = ApplyRequest.newBuilder()
                    .addAllResources(then)
                    .addAllDeletes(now.stream()
                            .map(Validation::ref)
                            .filter(ref -> !kept.contains(ref))
                            .toList())
                    .setDryRun(dryRun)
                    .setMessage("rollback to revision " + to)
                    .setAuthor(System.getProperty("user.name", ""))
                    .setIdempotencyId(UUID.randomUUID().toString())
                    .build();
            long started = System.nanoTime();
            ApplyResponse response = mesh.call(m -> m.apply(request));
            Changes.print(
                    out(),
                    response.getChangesList(),
                    dryRun ? " (dry run)" : " (revision " + response.getRevision() + ")");
            if (patience.isZero() || dryRun) {
                return ExitCode.OK;
            }
            return new Rollout(err(), out()).follow(mesh, response.getRevision(), patience, started);
        }
    }
}
