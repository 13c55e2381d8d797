package dev.weft.sidecar;

import dev.weft.proxy.tls.TlsEngine;
import dev.weft.sidecar.bootstrap.HostPort;
import dev.weft.sidecar.bootstrap.ShortForm;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The flags that sidecar and gateway share. Filled in by picocli, then only read. */
final class ProcessFlags {
    private static final HostPort DEFAULT_ADMIN = new HostPort("127.0.0.1", 15020);

    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            description = "Envoy's bootstrap, YAML or JSON; in place of the flags that are its short form.")
    @Nullable
    Path config;

    @Option(
            names = "--control-plane",
            paramLabel = "HOST:PORT",
            split = ",",
            description = "Control planes, the preferred one first.")
    List<HostPort> controlPlanes = new ArrayList<>();

    @Option(
            names = "--tls-ca",
            paramLabel = "FILE|system",
            description = "Speak TLS with the control plane; PEM of the CAs that may sign its certificate.")
    String tlsCa = "";

    @Option(
            names = "--tls-cert",
            paramLabel = "FILE",
            description = "PEM of our certificate for the control plane, with --tls-key.")
    @Nullable
    Path tlsCert;

    @Option(names = "--tls-key", paramLabel = "FILE", description = "PEM of its key.")
    @Nullable
    Path tlsKey;

    @Option(
            names = "--admin",
            paramLabel = "HOST:PORT",
            description = "Admin server (default: 127.0.0.1:15020; with -c as the file says).")
    @Nullable
    HostPort admin;

    @Option(names = "--id", description = "Node id, unique and the same after a restart (default: NAME.HOST.PORT).")
    String id = "";

    @Option(
            names = "--address",
            paramLabel = "IP",
            description = "Where others reach us (default: as the control plane sees us).")
    String address = "";

    @Option(names = "--labels", paramLabel = "NAME=VALUE", split = ",", description = "Labels of the instance.")
    Map<String, String> labels = new LinkedHashMap<>();

    @Option(names = "--weight", description = "Share of requests beside other instances (default: 1).")
    int weight = 1;

    @Option(names = "--zone", description = "Zone of the instance.")
    String zone = "";

    @Option(names = "--xds", paramLabel = "delta|sotw", description = "Variant of the protocol (default: delta).")
    XdsVariant xds = XdsVariant.DELTA;

    @Option(
            names = "--state-dir",
            paramLabel = "DIR|none",
            description = "Where the last good configuration is kept"
                    + " (default: $XDG_STATE_HOME/weft/ID or ~/.local/state/weft/ID).")
    String stateDirectory = "";

    @Option(names = "--ready-file", paramLabel = "FILE", description = "Written, as JSON, once all is served.")
    @Nullable
    Path readyFile;

    @Option(
            names = "--log-level",
            paramLabel = "LEVEL",
            description = "error, warn, info, debug or trace (default: info).")
    LogLevel logLevel = LogLevel.INFO;

    @Option(names = "--access-log", paramLabel = "off|text|json", description = "One line a request (default: off).")
    AccessLogForm accessLog = AccessLogForm.OFF;

    @Option(names = "--access-log-file", paramLabel = "FILE", description = "In place of standard output.")
    @Nullable
    Path accessLogFile;

    @Option(names = "--concurrency", paramLabel = "N", description = "Event loops (default: processors).")
    int concurrency = Runtime.getRuntime().availableProcessors();

    @Option(
            names = "--max-connections",
            paramLabel = "N",
            description = "Connections of clients at once; what comes beyond is closed, 0 for no limit"
                    + " (default: half of the files that the process may open).")
    int maxConnections = OpenFiles.connectionsThatFit();

    @Option(
            names = "--tls-engine",
            paramLabel = "auto|boringssl|jdk",
            description = "Who does the cryptography of listeners and clusters"
                    + " (default: auto, BoringSSL where it is available).")
    TlsEngineChoice tlsEngine = TlsEngineChoice.AUTO;

    @Option(
            names = "--drain-grace",
            paramLabel = "DURATION",
            description = "On SIGTERM: still accept so long, for clients that have not heard yet (default: 5s).")
    Duration drainGrace = Duration.ofSeconds(5);

    @Option(
            names = "--warm-up",
            paramLabel = "DURATION",
            description = "Send requests of our own for so long before being ready, 0s for none (default: 1s).")
    Duration warmUp = Duration.ofSeconds(1);

    @Option(
            names = "--drain-timeout",
            paramLabel = "DURATION",
            description = "Then let requests in progress finish so long (default: 30s).")
    Duration drainTimeout = Duration.ofSeconds(30);

    @Option(names = "--print-bootstrap", description = "Print the bootstrap that the flags stand for, and end.")
    boolean printBootstrap;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Print this help, and end.")
    boolean help;

    /**
     * What these flags say, together with those of a role.
     *
     * @param accepts see {@link ShortForm}; one of it and {@code outbound} is there
     */
    ShortForm shortForm(
            ShortForm.Role role,
            String name,
            int servicePort,
            String serviceProtocol,
            Optional<HostPort> accepts,
            Optional<HostPort> outbound) {
        return new ShortForm(
                role,
                name,
                NodeIds.of(id, name, accepts.or(() -> outbound).orElseThrow()),
                controlPlanes,
                servicePort,
                serviceProtocol,
                accepts,
                outbound,
                admin == null ? DEFAULT_ADMIN : admin,
                labels,
                weight,
                zone,
                address,
                accessLog.name().toLowerCase(Locale.ROOT),
                xds == XdsVariant.SOTW,
                controlPlaneTls());
    }

    /** Absent: plain text. A certificate without {@code --tls-ca} means the system's CAs. */
    Optional<ShortForm.ControlPlaneTls> controlPlaneTls() {
        if (tlsCa.isEmpty() && tlsCert == null && tlsKey == null) {
            return Optional.empty();
        }
        Optional<Path> authorities =
                tlsCa.isEmpty() || tlsCa.equals("system") ? Optional.empty() : Optional.of(Path.of(tlsCa));
        return Optional.of(new ShortForm.ControlPlaneTls(
                authorities.map(Path::toAbsolutePath),
                Optional.ofNullable(tlsCert).map(Path::toAbsolutePath),
                Optional.ofNullable(tlsKey).map(Path::toAbsolutePath)));
    }

    /** What is wrong with the flags for TLS, or empty. */
    String tlsProblem() {
        if ((tlsCert == null) == (tlsKey == null)) {
            return "";
        }
        return (tlsCert == null ? "--tls-cert" : "--tls-key") + " is missing (expected: a certificate and its key)";
    }

    /** What is wrong with the numbers, or empty. */
    String numbersProblem() {
        if (concurrency < 1) {
            return "--concurrency: " + concurrency + " (expected: >= 1)";
        }
        return maxConnections < 0 ? "--max-connections: " + maxConnections + " (expected: >= 0)" : "";
    }

    /** How much is told, from little to much. */
    enum LogLevel {
        ERROR,
        WARN,
        INFO,
        DEBUG,
        TRACE
    }

    /** How the protocol's variants are called on the command line. */
    enum XdsVariant {
        DELTA,
        SOTW
    }

    /** How the engines of TLS are called on the command line. */
    enum TlsEngineChoice {
        AUTO,
        BORINGSSL,
        JDK;

        /** Empty leaves it to the proxy, which then looks only where TLS is wanted. */
        Optional<TlsEngine> engine() {
            return switch (this) {
                case AUTO -> Optional.empty();
                case BORINGSSL -> Optional.of(TlsEngine.BORINGSSL);
                case JDK -> Optional.of(TlsEngine.JDK);
            };
        }
    }

    /** The forms of the access log. */
    enum AccessLogForm {
        OFF,
        TEXT,
        JSON
    }
}
