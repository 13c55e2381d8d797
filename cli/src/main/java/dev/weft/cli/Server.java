package dev.weft.cli;

import dev.weft.api.client.MeshClient;
import dev.weft.api.client.TlsFiles;
import dev.weft.api.validation.HumanUnits;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which control plane is meant, and how to speak with it: what the flags say, else the context, else this machine. */
final class Server {
    static final String DEFAULT = "127.0.0.1:15010";

    @Option(
            names = {"-s", "--server"},
            paramLabel = "HOST:PORT",
            description = "The control plane (default: the context's, else " + DEFAULT + ").")
    private @Nullable String server;

    @Option(
            names = "--context",
            paramLabel = "NAME",
            description = "One of weft context list (default: the one in use).")
    private @Nullable String context;

    @Mixin
    private TlsFlags tls = new TlsFlags();

    @Option(
            names = "--request-timeout",
            paramLabel = "DURATION",
            description = "For one answer of the control plane (default: 10s).")
    private @Nullable String timeout;

    /**
     * @throws InvalidInput where a file of the flags or the context cannot be used
     */
    MeshClient connect() {
        try {
            Context chosen = chosen();
            MeshClient.probe(chosen.server(), requestTimeout());
            Optional<TlsFiles> files = chosen.files();
            return files.isPresent()
                    ? MeshClient.connect(chosen.server(), requestTimeout(), files.get())
                    : MeshClient.connect(chosen.server(), requestTimeout());
        } catch (NoSuchFileException | FileNotFoundException e) {
            throw new InvalidInput(e.getMessage() + ": no such file");
        } catch (IOException | IllegalArgumentException e) {
            throw new InvalidInput("the connection cannot be set up: " + e.getMessage());
        }
    }

    /** A flag goes before what the context says; a server that is named has nothing to do with a context that is not. */
    private Context chosen() throws IOException {
        Context base = server != null && context == null
                ? new Context(server, "", "", "")
                : Contexts.inHome().chosen(Optional.ofNullable(context));
        return tls.over(server == null ? base : base.at(server));
    }

    private Duration requestTimeout() {
        return timeout == null ? Duration.ofSeconds(10) : duration("--request-timeout", timeout);
    }

    static Duration duration(String flag, String text) {
        try {
            var parsed = HumanUnits.parseDuration(text);
            return Duration.ofSeconds(parsed.getSeconds(), parsed.getNanos());
        } catch (IllegalArgumentException e) {
            throw new InvalidInput(flag + ": " + e.getMessage());
        }
    }

    /** TLS of the connection; shared by the verbs and by {@code weft context set}. */
    static final class TlsFlags {
        @Option(
                names = "--tls-ca",
                paramLabel = "FILE|system",
                description = "Speak TLS; PEM of the CAs that may sign the control plane's certificate.")
        private @Nullable String authorities;

        @Option(
                names = "--tls-cert",
                paramLabel = "FILE",
                description = "PEM of our certificate, where the control plane asks for one.")
        private @Nullable Path certificate;

        @Option(names = "--tls-key", paramLabel = "FILE", description = "PEM of its key.")
        private @Nullable Path key;

        Context over(Context base) {
            if ((certificate == null) != (key == null)) {
                throw new InvalidInput((key == null ? "--tls-key" : "--tls-cert")
                        + " is missing (expected: a certificate and its key)");
            }
            return new Context(
                    base.server(),
                    authorities == null ? base.authorities() : absolute(authorities),
                    certificate == null ? base.certificate() : absolute(certificate.toString()),
                    key == null ? base.key() : absolute(key.toString()));
        }

        private static String absolute(String file) {
            return file.equals(Context.SYSTEM)
                    ? file
                    : Path.of(file).toAbsolutePath().toString();
        }
    }
}
