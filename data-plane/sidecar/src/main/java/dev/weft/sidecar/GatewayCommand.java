package dev.weft.sidecar;

import dev.weft.sidecar.bootstrap.HostPort;
import dev.weft.sidecar.bootstrap.ShortForm;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code weft gateway}: the same proxy at the edge of the mesh. */
@Command(
        name = "gateway",
        description = "Run a gateway at the edge of the mesh.",
        sortOptions = false,
        exitCodeOnInvalidInput = ExitCode.USAGE,
        exitCodeOnExecutionException = ExitCode.FAILED)
final class GatewayCommand implements Callable<Integer> {
    private static final List<String> SHORT_FORM = List.of("--name", "--listen");

    @Option(names = "--name", description = "The gateway's name, which routes refer to.")
    private String name = "";

    @Option(
            names = "--listen",
            paramLabel = "HOST:PORT",
            description = "Where clients are accepted (default: 0.0.0.0:8000).")
    private HostPort listen = new HostPort("0.0.0.0", 8000);

    @Mixin
    private ProcessFlags flags = new ProcessFlags();

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        return new ProxyRun(flags, Objects.requireNonNull(spec), ShortForm.Role.GATEWAY)
                .run(
                        SHORT_FORM,
                        name.isEmpty() ? "--name" : "",
                        () -> flags.shortForm(
                                ShortForm.Role.GATEWAY, name, 0, "auto", Optional.of(listen), Optional.empty()));
    }
}
