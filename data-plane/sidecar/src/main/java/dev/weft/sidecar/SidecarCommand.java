package dev.weft.sidecar;

import dev.weft.sidecar.bootstrap.HostPort;
import dev.weft.sidecar.bootstrap.ShortForm;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code weft sidecar}: a proxy beside a service. */
@Command(
        name = "sidecar",
        description = "Run a sidecar beside a service.",
        sortOptions = false,
        exitCodeOnInvalidInput = ExitCode.USAGE,
        exitCodeOnExecutionException = ExitCode.FAILED)
final class SidecarCommand implements Callable<Integer> {
    private static final List<String> SHORT_FORM =
            List.of("--service", "--port", "--protocol", "--inbound", "--outbound");

    @Option(names = "--service", paramLabel = "NAME", description = "The service beside which we run.")
    private String service = "";

    @Option(
            names = "--port",
            description = "Where the service listens on this host; without it nothing is accepted for it.")
    private int port;

    @Option(
            names = "--protocol",
            paramLabel = "auto|http1|http2",
            description = "What the service speaks (default: auto, as the client does).")
    private ServiceProtocol protocol = ServiceProtocol.AUTO;

    @Option(
            names = "--inbound",
            paramLabel = "HOST:PORT",
            description = "Where requests for the service are accepted (default: 0.0.0.0:15006).")
    private HostPort inbound = new HostPort("0.0.0.0", 15006);

    @Option(
            names = "--outbound",
            paramLabel = "HOST:PORT",
            description = "Where the service sends its own requests (default: 127.0.0.1:15001).")
    private HostPort outbound = new HostPort("127.0.0.1", 15001);

    @Mixin
    private ProcessFlags flags = new ProcessFlags();

    @Spec
    private @Nullable CommandSpec spec;

    /** What the service speaks. */
    enum ServiceProtocol {
        AUTO,
        HTTP1,
        HTTP2
    }

    @Override
    public Integer call() {
        Optional<HostPort> accepts = port == 0 ? Optional.empty() : Optional.of(inbound);
        return new ProxyRun(flags, Objects.requireNonNull(spec), ShortForm.Role.SIDECAR)
                .run(
                        SHORT_FORM,
                        service.isEmpty() ? "--service" : "",
                        () -> flags.shortForm(
                                ShortForm.Role.SIDECAR,
                                service,
                                port,
                                protocol.name().toLowerCase(Locale.ROOT),
                                accepts,
                                Optional.of(outbound)));
    }
}
