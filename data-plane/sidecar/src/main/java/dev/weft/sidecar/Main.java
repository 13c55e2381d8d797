package dev.weft.sidecar;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * {@code weft sidecar} and {@code weft gateway}. Runs on the main thread until a signal ends it.
 *
 * <p>Exit codes: 0 ended on purpose, 1 failed to start, 64 wrong usage, 65 wrong configuration.
 */
@Command(
        name = "weft",
        subcommands = {SidecarCommand.class, GatewayCommand.class},
        description = "The data plane of Weft.")
public final class Main {
    static final int FAILED = 1;
    static final int USAGE = 64;
    static final int BAD_CONFIG = 65;

    private Main() {}

    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        return new CommandLine(new Main())
                .setDefaultValueProvider(new EnvironmentDefaults(System.getenv()))
                .registerConverter(java.time.Duration.class, Durations::parse)
                .registerConverter(
                        dev.weft.sidecar.bootstrap.HostPort.class, dev.weft.sidecar.bootstrap.HostPort::parse)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((failure, command, parsed) -> {
                    command.getErr().println("error: " + failure.getMessage());
                    return FAILED;
                });
    }
}
