package dev.weft.sidecar;

import dev.weft.sidecar.bootstrap.BadBootstrap;
import dev.weft.sidecar.bootstrap.Bootstrap;
import dev.weft.sidecar.bootstrap.BootstrapFile;
import dev.weft.sidecar.bootstrap.BootstrapReader;
import dev.weft.sidecar.bootstrap.ShortForm;
import dev.weft.sidecar.xds.FileText;
import dev.weft.sidecar.xds.WatchedFiles;
import dev.weft.sidecar.xds.message.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** One run of a proxy process, from its flags to its end. Confined to the main thread. */
final class ProxyRun {
    private static final List<String> SHARED_SHORT_FORM = List.of(
            "--control-plane",
            "--id",
            "--address",
            "--labels",
            "--weight",
            "--zone",
            "--xds",
            "--access-log",
            "--tls-ca",
            "--tls-cert",
            "--tls-key");

    private final ProcessFlags flags;
    private final CommandSpec spec;
    private final ShortForm.Role role;

    ProxyRun(ProcessFlags flags, CommandSpec spec, ShortForm.Role role) {
        this.flags = flags;
        this.spec = spec;
        this.role = role;
    }

    /**
     * @param ownShortForm the role's flags that a file takes the place of
     * @param missing a required flag that is not there, or empty
     */
    int run(List<String> ownShortForm, String missing, Supplier<ShortForm> shortForm) {
        Logging.start(flags.logLevel);
        Object tree;
        Bootstrap bootstrap;
        WatchedFiles files = new WatchedFiles(FileText.DISK);
        try {
            tree = tree(ownShortForm, missing, shortForm);
            if (flags.printBootstrap) {
                out().println(Json.pretty(tree));
                return 0;
            }
            bootstrap = withAdmin(BootstrapReader.read(tree, files));
        } catch (BadBootstrap bad) {
            bad.problems().forEach(problem -> spec.commandLine().getErr().println("error: " + problem));
            return ExitCode.BAD_CONFIG;
        }
        BufferCaches.bound(flags.concurrency);
        Signals signals = Signals.caught();
        forgetEarlierRun();
        try (Sidecar sidecar = Sidecar.start(bootstrap, tree, files, settings(bootstrap))) {
            sidecar.served().thenRun(() -> announce(bootstrap, sidecar));
            signals.awaitFirst();
            sidecar.drain(flags.drainGrace, flags.drainTimeout).join();
            return 0;
        } catch (IOException failed) {
            spec.commandLine().getErr().println("error: " + failed.getMessage());
            return ExitCode.FAILED;
        }
    }

    private Object tree(List<String> ownShortForm, String missing, Supplier<ShortForm> shortForm) throws BadBootstrap {
        if (!flags.numbersProblem().isEmpty()) {
            throw usage(flags.numbersProblem());
        }
        if (flags.config != null) {
            List<String> contradicting = new ArrayList<>(ownShortForm);
            contradicting.addAll(SHARED_SHORT_FORM);
            contradicting.removeIf(flag -> !spec.commandLine().getParseResult().hasMatchedOption(flag));
            if (!contradicting.isEmpty()) {
                throw usage(
                        String.join(", ", contradicting) + ": the file given by -c says it (expected: one of the two)");
            }
            return BootstrapFile.read(flags.config);
        }
        if (flags.controlPlanes.isEmpty()) {
            throw usage("--control-plane is missing (or -c FILE)");
        }
        if (!flags.tlsProblem().isEmpty()) {
            throw usage(flags.tlsProblem());
        }
        if (!missing.isEmpty()) {
            throw usage(missing + " is missing (or -c FILE)");
        }
        return shortForm.get().bootstrap();
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    private Bootstrap withAdmin(Bootstrap bootstrap) {
        return bootstrap.admin().isPresent() || flags.admin == null
                ? bootstrap
                : new Bootstrap(bootstrap.node(), Optional.of(flags.admin), bootstrap.statics(), bootstrap.ads());
    }

    private Sidecar.Settings settings(Bootstrap bootstrap) {
        return new Sidecar.Settings(
                flags.concurrency,
                flags.maxConnections,
                StateDirectory.of(flags.stateDirectory, bootstrap.node().id(), System.getenv()),
                Optional.ofNullable(flags.accessLogFile),
                flags.tlsEngine.engine(),
                flags.warmUp);
    }

    /** Whoever waits for the ready file must not find that of a process before us. */
    private void forgetEarlierRun() {
        try {
            if (flags.readyFile != null) {
                Files.deleteIfExists(flags.readyFile);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void announce(Bootstrap bootstrap, Sidecar sidecar) {
        Serving serving = new Serving(role, bootstrap.node(), sidecar.adminAddress(), sidecar.addresses());
        out().println(serving.line());
        out().flush();
        Path file = flags.readyFile;
        if (file != null) {
            try {
                serving.write(file);
            } catch (IOException e) {
                Logger log = LoggerFactory.getLogger(ProxyRun.class);
                log.error("{}: not written ({})", file, e.toString());
            }
        }
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }
}
