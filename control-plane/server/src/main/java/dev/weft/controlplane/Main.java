package dev.weft.controlplane;

import dev.weft.controlplane.store.Store;
import dev.weft.controlplane.store.StoreException;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * {@code weft control-plane}: read flags, open the store, listen, say where, wait for a signal, drain.
 */
@Command(
        name = "control-plane",
        description = {
            "Keeps the mesh's definitions and serves them to sidecars as xDS, and to people as the management API.",
            "With --data (the default) it stands alone; with --etcd any number of replicas share one etcd."
        },
        sortOptions = false,
        mixinStandardHelpOptions = true,
        usageHelpAutoWidth = true,
        versionProvider = Main.PrintedVersion.class)
public final class Main implements Callable<Integer> {
    private static final int FAILED = 1;
    private static final int USAGE = 64;
    private static final int UNAVAILABLE = 69;

    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private StoreFlags storeFlags = new StoreFlags();

    @Mixin
    private TlsFlags tlsFlags = new TlsFlags();

    @Option(
            names = "--listen",
            paramLabel = "HOST:PORT",
            defaultValue = "${env:WEFT_LISTEN:-127.0.0.1:15010}",
            description = "xDS and the management API (default: ${DEFAULT-VALUE}; port 0 takes a free one).")
    private String listen = "";

    @Option(
            names = "--admin",
            paramLabel = "HOST:PORT",
            defaultValue = "${env:WEFT_ADMIN:-127.0.0.1:15011}",
            description = "/ready, /metrics, /config_dump (default: ${DEFAULT-VALUE}).")
    private String admin = "";

    @Option(
            names = "--advertise",
            paramLabel = "HOST",
            defaultValue = "${env:WEFT_ADVERTISE:-}",
            description = "Host at which other replicas reach this one (default: the host of --listen).")
    private String advertise = "";

    @Option(
            names = "--ready-file",
            paramLabel = "FILE",
            defaultValue = "${env:WEFT_READY_FILE}",
            description = "Written with the bound addresses, as JSON, once it serves.")
    private @Nullable Path readyFile;

    @Option(
            names = "--drain-timeout",
            paramLabel = "DURATION",
            defaultValue = "${env:WEFT_DRAIN_TIMEOUT:-2s}",
            description = "How long calls may take to finish on shutdown (default: ${DEFAULT-VALUE}).")
    private String drainTimeout = "";

    @Option(
            names = "--log-level",
            paramLabel = "LEVEL",
            defaultValue = "${env:WEFT_LOG_LEVEL:-info}",
            description = "error, warn, info or debug (default: ${DEFAULT-VALUE}).")
    private String logLevel = "";

    private Main() {}

    /** Runs the role until a signal ends it. */
    public static void main(String... args) {
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        return new CommandLine(new Main())
                .setCommandName("weft control-plane")
                .setParameterExceptionHandler((e, _) -> usage(e));
    }

    @Override
    public Integer call() throws InterruptedException {
        Options options = options();
        Logging.level(logLevel);
        ControlPlane controlPlane;
        try {
            controlPlane = ControlPlane.start(options);
        } catch (StoreException.Unavailable e) {
            return fail(UNAVAILABLE, "the store cannot be reached: " + e.getMessage());
        } catch (StoreException e) {
            return fail(FAILED, String.valueOf(e.getMessage()));
        } catch (IOException e) {
            return fail(FAILED, "cannot listen: " + causes(e));
        }
        CountDownLatch stopped = new CountDownLatch(1);
        CountDownLatch drained = new CountDownLatch(1);
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            stopped.countDown();
                            awaitQuietly(drained);
                        },
                        "shutdown"));
        announce(controlPlane);
        stopped.await();
        controlPlane.close();
        drained.countDown();
        return 0;
    }

    private Options options() {
        return new Options(
                store(),
                address("--listen", listen),
                address("--admin", admin),
                Optional.of(advertise).filter(host -> !host.isEmpty()),
                Duration.ofSeconds(30),
                Duration.ofSeconds(10),
                Duration.ofSeconds(5),
                duration("--drain-timeout", drainTimeout),
                security());
    }

    private Supplier<Store> store() {
        try {
            return storeFlags.store();
        } catch (IllegalArgumentException e) {
            throw usage(String.valueOf(e.getMessage()));
        }
    }

    private Optional<TransportSecurity> security() {
        try {
            return tlsFlags.security();
        } catch (IllegalArgumentException e) {
            throw usage(String.valueOf(e.getMessage()));
        }
    }

    private void announce(ControlPlane controlPlane) {
        String grpc = text(controlPlane.listen());
        String http = text(controlPlane.adminAddress());
        System.out.println(
                "control-plane: listen " + grpc + ", admin " + http + ", store " + controlPlane.storeDescription());
        System.out.flush();
        Path file = readyFile;
        if (file == null) {
            return;
        }
        try {
            Path half = file.resolveSibling(file.getFileName() + ".tmp");
            Files.writeString(
                    half,
                    "{\"role\":\"control-plane\",\"pid\":%d,\"listen\":\"%s\",\"admin\":\"%s\"}\n"
                            .formatted(ProcessHandle.current().pid(), grpc, http));
            Files.move(half, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            fail(FAILED, "--ready-file " + file + " cannot be written: " + causes(e));
        }
    }

    private InetSocketAddress address(String flag, String text) {
        int colon = text.lastIndexOf(':');
        try {
            int port = Integer.parseInt(text.substring(colon + 1));
            if (colon < 1 || port < 0 || port > 65535) {
                throw new NumberFormatException(text);
            }
            return new InetSocketAddress(text.substring(0, colon).replaceAll("^\\[|]$", ""), port);
        } catch (NumberFormatException e) {
            throw usage(flag + ": \"" + text + "\" (expected: HOST:PORT, for instance 127.0.0.1:15010)");
        }
    }

    private Duration duration(String flag, String text) {
        try {
            var parsed = dev.weft.api.validation.HumanUnits.parseDuration(text);
            return Duration.ofSeconds(parsed.getSeconds(), parsed.getNanos());
        } catch (IllegalArgumentException e) {
            throw usage(flag + ": " + e.getMessage());
        }
    }

    private ParameterException usage(String text) {
        return new ParameterException(java.util.Objects.requireNonNull(spec).commandLine(), text);
    }

    private static int usage(ParameterException e) {
        PrintWriter err = e.getCommandLine().getErr();
        err.println("error: " + e.getMessage());
        err.println("see: weft control-plane --help");
        return USAGE;
    }

    private static int fail(int code, String text) {
        System.err.println("error: " + text);
        return code;
    }

    private static String causes(Throwable e) {
        StringBuilder text = new StringBuilder(String.valueOf(e.getMessage()));
        for (Throwable c = e.getCause(); c != null; c = c.getCause()) {
            if (c.getMessage() != null && text.indexOf(c.getMessage()) < 0) {
                text.append(": ").append(c.getMessage());
            }
        }
        return text.toString();
    }

    private static String text(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Prints what {@code weft version} does. */
    static final class PrintedVersion implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"weft " + Version.TEXT};
        }
    }
}
