package dev.weft.cli;

import dev.weft.api.client.MeshClient;
import dev.weft.v1.NodeStatus;
import dev.weft.v1.StatusRequest;
import dev.weft.v1.StatusResponse;
import dev.weft.v1.TypeStatus;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Sidecars and gateways, one by one. */
@Command(
        name = "proxy",
        description = "Sidecars, gateways and other xDS clients, one by one.",
        subcommands = {ProxyCommand.ListAll.class, ProxyCommand.Status.class, ProxyCommand.Config.class})
final class ProxyCommand extends Verb {
    @Override
    public Integer call() {
        spec().commandLine().usage(err());
        return ExitCode.USAGE;
    }

    private static StatusResponse status(Server server) {
        try (MeshClient mesh = server.connect()) {
            return mesh.call(m -> m.status(StatusRequest.getDefaultInstance()));
        }
    }

    private static NodeStatus node(Server server, String name) {
        List<NodeStatus> nodes = status(server).getNodesList();
        return nodes.stream()
                .filter(node -> node.getId().equals(name))
                .findFirst()
                .orElseThrow(() -> {
                    String suggestion = dev.weft.api.validation.Suggestion.of(
                            name, nodes.stream().map(NodeStatus::getId).toList());
                    return new InvalidInput("no sidecar \"" + name + "\" is connected (weft proxy list shows them)"
                            + (suggestion.isEmpty() ? "" : "\n  did you mean: " + suggestion));
                });
    }

    /** One line each. */
    @Command(name = "list", description = "Everyone who is connected, and whether it runs the newest revision.")
    static final class ListAll extends Verb {
        @Mixin
        private Server server = new Server();

        @Override
        public Integer call() {
            Table table = new Table("NODE", "KIND", "SERVICE", "STATE", "LIVE", "PEER", "REPLICA");
            StatusResponse status = status(server);
            for (NodeStatus node : status.getNodesList()) {
                table.row(
                        node.getId(),
                        node.getKind(),
                        HistoryCommand.dash(node.getCluster()),
                        node.getState().name().toLowerCase(Locale.ROOT).replace('_', ' '),
                        node.getLiveRevision(),
                        node.getPeer(),
                        node.getReplica());
            }
            table.print(out());
            return StatusCommand.tellUnasked(status, err()) == 0 ? ExitCode.OK : ExitCode.FAILED;
        }
    }

    /** Every type of one. */
    @Command(name = "status", description = "What one of them was sent, acknowledged and refused, for each type.")
    static final class Status extends Verb {
        @Mixin
        private Server server = new Server();

        @Parameters(paramLabel = "NODE")
        private String name = "";

        @Override
        public Integer call() {
            NodeStatus node = node(server, name);
            out().println(node.getId() + ": "
                    + node.getState().name().toLowerCase(Locale.ROOT).replace('_', ' ')
                    + ", live at revision " + node.getLiveRevision() + ", connected to " + node.getReplica() + " from "
                    + node.getPeer());
            Table table = new Table("TYPE", "SENT", "ACKNOWLEDGED", "PENDING", "REFUSED");
            for (TypeStatus type : node.getTypesList()) {
                table.row(
                        type.getType(),
                        HistoryCommand.dash(type.getVersionSent()),
                        HistoryCommand.dash(type.getVersionAcked()),
                        type.getPending(),
                        type.getRefusal().isEmpty() ? "-" : type.getVersionRefused() + ": " + type.getRefusal());
            }
            table.print(out());
            return node.getState() == NodeStatus.State.REFUSING ? ExitCode.FAILED : ExitCode.OK;
        }
    }

    /** The configuration itself, from the proxy's own admin port. */
    @Command(name = "config", description = "What one of them runs, resource by resource, from its admin port.")
    static final class Config extends Verb {
        private static final Duration PATIENCE = Duration.ofSeconds(5);

        @Mixin
        private Server server = new Server();

        @Parameters(paramLabel = "NODE")
        private String name = "";

        @Option(
                names = "--admin",
                paramLabel = "HOST:PORT",
                description = "Its admin address (default: what it told the control plane).")
        private @Nullable String admin;

        @Override
        public Integer call() throws IOException, InterruptedException {
            String address = admin == null ? node(server, name).getAdmin() : admin;
            if (address.isEmpty()) {
                throw new InvalidInput(name + " told no admin address: give --admin HOST:PORT");
            }
            try (HttpClient http =
                    HttpClient.newBuilder().connectTimeout(PATIENCE).build()) {
                HttpResponse<String> dump = http.send(
                        HttpRequest.newBuilder(URI.create("http://" + address + "/config_dump"))
                                .timeout(PATIENCE)
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
                out().println(dump.body());
                return dump.statusCode() == 200 ? ExitCode.OK : ExitCode.FAILED;
            } catch (IOException e) {
                throw new IOException(
                        "the admin port of " + name + " at " + address + " cannot be reached (" + e.getMessage()
                                + "); it may listen on its own machine only",
                        e);
            }
        }
    }
}
