package dev.weft.sidecar;

import dev.weft.sidecar.bootstrap.HostPort;
import java.time.Duration;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.TypeConversionException;

/** {@code weft sidecar} and {@code weft gateway}. Runs on the main thread until a signal ends it. */
@Command(name = "weft", description = "The data plane of Weft.")
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        System.exit(commandLine(arguments.length == 0 ? "" : arguments[0]).execute(arguments));
    }

    /**
     * The whole grammar, or of the two verbs the one that was asked for.
     *
     * @param verb the first argument: what picocli finds out about a verb that nobody asked for is 15 ms of a start
     */
    static CommandLine commandLine(String verb) {
        CommandLine weft = new CommandLine(new Main());
        if (!verb.equals("gateway")) {
            weft.addSubcommand(new SidecarCommand());
        }
        if (!verb.equals("sidecar")) {
            weft.addSubcommand(new GatewayCommand());
        }
        return weft.setDefaultValueProvider(new EnvironmentDefaults(System.getenv()))
                .registerConverter(Duration.class, Durations::parse)
                .registerConverter(HostPort.class, Main::hostPort)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((failure, command, parsed) -> {
                    command.getErr().println("error: " + failure.getMessage());
                    return ExitCode.FAILED;
                });
    }

    private static HostPort hostPort(String text) {
        try {
            return HostPort.parse(text);
        } catch (IllegalArgumentException refused) {
            throw new TypeConversionException(refused.getMessage());
        }
    }
}
