package dev.weft.cli;

import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Names for control planes, so that nobody types addresses and files of certificates again. */
@Command(
        name = "context",
        description = "Names control planes, and says which one the verbs mean.",
        footer = {
            "",
            "Examples:",
            "  weft context set prod --server mesh.example:15010 --tls-ca ca.pem --tls-cert me.pem --tls-key me.key",
            "  weft context use prod",
            "  weft get routes --context staging"
        },
        subcommands = {
            ContextCommand.ListAll.class,
            ContextCommand.Use.class,
            ContextCommand.SetOne.class,
            ContextCommand.Delete.class
        })
final class ContextCommand extends Verb {
    @Override
    public Integer call() {
        spec().commandLine().usage(err());
        return ExitCode.USAGE;
    }

    /** All of them. */
    @Command(name = "list", description = "Shows them; the one in use has a star.")
    static final class ListAll extends Verb {
        @Override
        public Integer call() throws IOException {
            Contexts contexts = Contexts.inHome();
            Table table = new Table("IN USE", "CONTEXT", "SERVER", "TLS");
            for (Map.Entry<String, Context> entry : contexts.all().entrySet()) {
                Context context = entry.getValue();
                table.row(
                        entry.getKey().equals(contexts.current()) ? "*" : "",
                        entry.getKey(),
                        HistoryCommand.dash(context.server()),
                        context.secure() ? (context.certificate().isEmpty() ? "yes" : "mutual") : "-");
            }
            table.print(out());
            return ExitCode.OK;
        }
    }

    /** Chooses. */
    @Command(name = "use", description = "Makes one the control plane that verbs mean.")
    static final class Use extends Verb {
        @Parameters(paramLabel = "NAME")
        private String name = "";

        @Override
        public Integer call() throws IOException {
            Contexts contexts = Contexts.inHome();
            Context chosen = contexts.named(name);
            contexts.using(name).write();
            out().println("context " + name + " in use (" + chosen.server() + ")");
            out().flush();
            return ExitCode.OK;
        }
    }

    /** Creates or changes. */
    @Command(name = "set", description = "Creates one, or changes what is given; the first is also put to use.")
    static final class SetOne extends Verb {
        @Parameters(paramLabel = "NAME")
        private String name = "";

        @Option(
                names = {"-s", "--server"},
                paramLabel = "HOST:PORT",
                description = "The control plane.")
        private @Nullable String server;

        @Mixin
        private Server.TlsFlags tls = new Server.TlsFlags();

        @Override
        public Integer call() throws IOException {
            Contexts contexts = Contexts.inHome();
            boolean known = contexts.all().containsKey(name);
            Context before = known ? contexts.named(name) : new Context("", "", "", "");
            Context after = tls.over(server == null ? before : before.at(server));
            if (after.server().isEmpty()) {
                throw new InvalidInput("--server is missing (expected: HOST:PORT)");
            }
            Contexts changed = contexts.with(name, after);
            (changed.all().size() == 1 ? changed.using(name) : changed).write();
            out().println("context " + name + (known ? " configured" : " created"));
            out().flush();
            return ExitCode.OK;
        }
    }

    /** Forgets. */
    @Command(name = "delete", description = "Forgets one.")
    static final class Delete extends Verb {
        @Parameters(paramLabel = "NAME")
        private String name = "";

        @Override
        public Integer call() throws IOException {
            Contexts contexts = Contexts.inHome();
            var _ = contexts.named(name);
            contexts.without(name).write();
            out().println("context " + name + " deleted");
            out().flush();
            return ExitCode.OK;
        }
    }
}
