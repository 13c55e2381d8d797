package dev.weft.controlplane;

import dev.weft.controlplane.store.Store;
import dev.weft.controlplane.store.embedded.EmbeddedStore;
import dev.weft.controlplane.store.etcd.EtcdOptions;
import dev.weft.controlplane.store.etcd.EtcdStore;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which store: {@code --etcd} and what belongs to it, else the embedded one in {@code --data}. */
final class StoreFlags {
    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "The embedded store's directory (default: ~/.local/share/weft, or $WEFT_DATA).")
    private @Nullable Path data;

    @Option(
            names = "--etcd",
            paramLabel = "URL[,URL…]",
            description = "etcd's client addresses, for instance http://127.0.0.1:2379 (or $WEFT_ETCD).")
    private @Nullable String etcd;

    @Option(
            names = "--etcd-prefix",
            paramLabel = "PREFIX",
            defaultValue = "${env:WEFT_ETCD_PREFIX:-}",
            description = "Of every key (default: /weft/).")
    private String prefix = "";

    @Option(
            names = "--etcd-user",
            paramLabel = "USER",
            defaultValue = "${env:WEFT_ETCD_USER:-}",
            description = "Where etcd asks for one; the password is $WEFT_ETCD_PASSWORD.")
    private String user = "";

    @Option(
            names = "--etcd-ca",
            paramLabel = "FILE",
            defaultValue = "${env:WEFT_ETCD_CA}",
            description = "PEM of the CAs that may sign etcd's certificate.")
    private @Nullable Path ca;

    @Option(
            names = "--etcd-cert",
            paramLabel = "FILE",
            defaultValue = "${env:WEFT_ETCD_CERT}",
            description = "PEM of our certificate, with --etcd-key.")
    private @Nullable Path cert;

    @Option(
            names = "--etcd-key",
            paramLabel = "FILE",
            defaultValue = "${env:WEFT_ETCD_KEY}",
            description = "PEM of its key.")
    private @Nullable Path key;

    /**
     * Opens nothing yet.
     *
     * @throws IllegalArgumentException naming what is wrong with the flags
     */
    Supplier<Store> store() {
        if (etcd != null && data != null) {
            throw new IllegalArgumentException("--data and --etcd are both given (expected: one of them)");
        }
        String endpoints = Optional.ofNullable(etcd)
                .or(() -> data == null ? Optional.ofNullable(System.getenv("WEFT_ETCD")) : Optional.empty())
                .orElse("");
        if (!endpoints.isEmpty()) {
            EtcdOptions options = etcdOptions(endpoints);
            return () -> EtcdStore.open(options);
        }
        Path directory = Optional.ofNullable(data)
                .or(() -> Optional.ofNullable(System.getenv("WEFT_DATA")).map(Path::of))
                .orElseGet(() -> Path.of(System.getProperty("user.home"), ".local", "share", "weft"));
        return () -> EmbeddedStore.open(directory);
    }

    private EtcdOptions etcdOptions(String endpoints) {
        EtcdOptions options = EtcdOptions.of(endpoints);
        if (!prefix.isEmpty()) {
            options = options.withPrefix(prefix);
        }
        if (!user.isEmpty()) {
            String password =
                    Optional.ofNullable(System.getenv("WEFT_ETCD_PASSWORD")).orElse("");
            options = options.withCredentials(new EtcdOptions.Credentials(user, password));
        }
        if (ca != null || cert != null || key != null) {
            options = options.withTls(
                    new EtcdOptions.Tls(Optional.ofNullable(ca), Optional.ofNullable(cert), Optional.ofNullable(key)));
        }
        return options;
    }
}
