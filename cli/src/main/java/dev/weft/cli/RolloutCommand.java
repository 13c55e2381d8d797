package dev.weft.cli;

import dev.weft.api.client.MeshClient;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Where a revision is live. */
@Command(name = "rollout", description = "Where a revision is live.", subcommands = RolloutCommand.Status.class)
final class RolloutCommand extends Verb {
    @Override
    public Integer call() {
        spec().commandLine().usage(err());
        return ExitCode.USAGE;
    }

    /** Waits until it is live everywhere. */
    @Command(name = "status", description = "Waits until a revision is live on every connected sidecar.")
    static final class Status extends Verb {
        @Mixin
        private Server server = new Server();

        @Option(names = "--revision", paramLabel = "N", description = "Which (default: the newest).")
        private long revision;

        @Option(
                names = "--timeout",
                defaultValue = "30s",
                description = "How long to wait (default: ${DEFAULT-VALUE}).")
        private String timeout = "";

        @Override
        public Integer call() {
            try (MeshClient mesh = server.connect()) {
                return new Rollout(err(), out()).follow(mesh, revision, Server.duration("--timeout", timeout), 0);
            }
        }
    }
}
