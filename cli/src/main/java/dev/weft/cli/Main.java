package dev.weft.cli;

import dev.weft.api.client.MeshException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code weft VERB [KIND[/NAME]] [flags]}: data goes to standard output, prose to standard error. */
@Command(
        name = "weft",
        description = "Manages a Weft mesh.",
        mixinStandardHelpOptions = true,
        usageHelpAutoWidth = true,
        versionProvider = VersionCommand.Printed.class,
        synopsisSubcommandLabel = "VERB",
        commandListHeading = "%nVerbs:%n",
        footerHeading = "%nRoles (weft ROLE --help):%n",
        footer = {
            "  control-plane  keeps definitions and serves them to sidecars",
            "  sidecar        the proxy beside a service",
            "  gateway        the proxy at the edge",
            "  demo           a whole mesh on this machine, with a live table",
            "",
            "Every flag has a variable: --server is WEFT_SERVER. Exit codes: 0 ok, 1 failed, 64 usage, 65 invalid input,",
            "69 control plane unavailable, 75 conflict (try again), 77 denied, 124 timed out waiting."
        },
        subcommands = {
            ApplyCommand.class,
            DiffCommand.class,
            ValidateCommand.class,
            GetCommand.class,
            DescribeCommand.class,
            DeleteCommand.class,
            HistoryCommand.class,
            RollbackCommand.class,
            RolloutCommand.class,
            StatusCommand.class,
            ProxyCommand.class,
            ContextCommand.class,
            ExplainCommand.class,
            CompletionCommand.class,
            VersionCommand.class,
            HelpCommand.class
        })
public final class Main implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    private Main() {}

    public static void main(String... args) {
        System.exit(commandLine().execute(args));
    }

    /** The whole command, for {@code main}, completion and tests. */
    static CommandLine commandLine() {
        return new CommandLine(new Main())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setDefaultValueProvider(new Environment())
                .setParameterExceptionHandler((e, _) -> usage(e))
                .setExecutionExceptionHandler((e, line, _) -> failure(e, line));
    }

    @Override
    public Integer call() {
        java.util.Objects.requireNonNull(spec)
                .commandLine()
                .usage(java.util.Objects.requireNonNull(spec).commandLine().getErr());
        return ExitCode.USAGE;
    }

    private static int usage(ParameterException e) {
        PrintWriter err = e.getCommandLine().getErr();
        err.println("error: " + e.getMessage());
        CommandLine.UnmatchedArgumentException.printSuggestions(e, err);
        err.println("see: " + e.getCommandLine().getCommandSpec().qualifiedName() + " --help");
        return ExitCode.USAGE;
    }

    private static int failure(Exception e, CommandLine line) {
        int code = told(e, line.getErr());
        boolean ambiguous = code == ExitCode.DIFFERENCES && line.getCommand() instanceof DiffCommand;
        return ambiguous ? ExitCode.DIFF_FAILED : code;
    }

    private static int told(Exception e, PrintWriter err) {
        return switch (e) {
            case InvalidInput invalid -> {
                invalid.print(err);
                yield ExitCode.INVALID_INPUT;
            }
            case MeshException.Invalid invalid -> {
                Problems.print(err, invalid, java.util.List.of());
                yield ExitCode.INVALID_INPUT;
            }
            case MeshException mesh -> {
                err.println("error: " + mesh.getMessage());
                yield code(mesh);
            }
            case java.io.IOException io -> {
                err.println("error: " + io.getMessage());
                yield ExitCode.FAILED;
            }
            default -> {
                e.printStackTrace(err);
                yield ExitCode.FAILED;
            }
        };
    }

    private static int code(MeshException failure) {
        return switch (failure) {
            case MeshException.Invalid _ -> ExitCode.INVALID_INPUT;
            case MeshException.Conflicting _ -> ExitCode.CONFLICT;
            case MeshException.Unavailable _ -> ExitCode.UNAVAILABLE;
            case MeshException.Denied _ -> ExitCode.DENIED;
            case MeshException.NotFound _, MeshException.Failed _ -> ExitCode.FAILED;
        };
    }
}
