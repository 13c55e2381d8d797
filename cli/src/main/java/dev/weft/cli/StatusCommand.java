package dev.weft.cli;

import com.google.protobuf.util.Timestamps;
import dev.weft.api.client.MeshClient;
import dev.weft.api.manifest.ManifestWriter;
import dev.weft.v1.NodeStatus;
import dev.weft.v1.ReplicaStatus;
import dev.weft.v1.StatusRequest;
import dev.weft.v1.StatusResponse;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The mesh at a glance. */
@Command(name = "status", description = "The control plane's replicas, and how many sidecars run the newest revision.")
final class StatusCommand extends Verb {
    @Mixin
    private Server server = new Server();

    @Option(
            names = {"-o", "--output"},
            defaultValue = "table",
            description = "table or json (default: table).")
    private GetCommand.Format output = GetCommand.Format.TABLE;

    @Override
    public Integer call() {
        if (output != GetCommand.Format.TABLE && output != GetCommand.Format.JSON) {
            throw new CommandLine.ParameterException(
                    spec().commandLine(),
                    "--output: " + output.name().toLowerCase(Locale.ROOT) + " (expected: table or json)");
        }
        try (MeshClient mesh = server.connect()) {
            StatusResponse status = mesh.call(m -> m.status(StatusRequest.getDefaultInstance()));
            if (output == GetCommand.Format.JSON) {
                out().println(new com.google.gson.GsonBuilder()
                        .setPrettyPrinting()
                        .disableHtmlEscaping()
                        .create()
                        .toJson(ManifestWriter.tree(status)));
                return complete(status);
            }
            long inSync = status.getNodesList().stream()
                    .filter(node -> node.getState() == NodeStatus.State.IN_SYNC)
                    .count();
            out().println("revision " + status.getRevision() + ", live on " + inSync + "/" + status.getNodesCount()
                    + " sidecars");
            out().println();
            Table table = new Table("REPLICA", "ADDRESS", "REVISION", "SIDECARS", "VERSION", "STARTED", "PROBLEM");
            for (ReplicaStatus replica : status.getReplicasList()) {
                table.row(
                        replica.getId(),
                        replica.getAddress(),
                        replica.getRevision(),
                        replica.getNodes(),
                        replica.getVersion(),
                        Timestamps.toString(replica.getStartedAt()),
                        HistoryCommand.dash(replica.getError()));
            }
            table.print(out());
            return complete(status);
        }
    }

    /** Numbers that leave somebody out must not look like good news. */
    private int complete(StatusResponse status) {
        out().flush();
        return tellUnasked(status, err()) == 0 ? ExitCode.OK : ExitCode.FAILED;
    }

    /** How many replicas could not be asked; each is told with its reason. */
    static long tellUnasked(StatusResponse status, PrintWriter err) {
        List<ReplicaStatus> unasked = status.getReplicasList().stream()
                .filter(replica -> !replica.getError().isEmpty())
                .toList();
        unasked.forEach(replica -> err.println("error: replica " + replica.getId() + " at " + replica.getAddress()
                + " could not be asked, so its sidecars are missing here: " + replica.getError()));
        return unasked.size();
    }
}
