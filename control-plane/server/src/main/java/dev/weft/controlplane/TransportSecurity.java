package dev.weft.controlplane;

import io.grpc.ChannelCredentials;
import io.grpc.ServerCredentials;
import io.grpc.TlsChannelCredentials;
import io.grpc.TlsServerCredentials;
import io.grpc.util.AdvancedTlsX509KeyManager;
import io.grpc.util.AdvancedTlsX509TrustManager;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * How this control plane proves who it is, and who may speak to it. Thread-safe.
 *
 * <p>Files are looked at every {@value #LOOK_SECONDS} seconds, so that certificates that live for hours are renewed without a restart;
 * connections that are open stay open. With CAs for clients, a peer without a certificate of theirs does not get past the handshake,
 * neither for xDS nor for management. Every replica is also a client of the others and shows them its own certificate.
 *
 * @param server for the port
 * @param client for the connections to other replicas
 */
record TransportSecurity(ServerCredentials server, ChannelCredentials client) {
    private static final long LOOK_SECONDS = 10;

    /**
     * @param clientAuthorities absent: clients are not asked who they are
     * @param replicaAuthorities absent: the system's CAs
     * @throws IllegalArgumentException naming the flag and what is wrong with its file
     */
    static TransportSecurity of(
            Path certificate, Path key, Optional<Path> clientAuthorities, Optional<Path> replicaAuthorities) {
        ScheduledExecutorService watching = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().name("certificates").daemon().factory());
        AdvancedTlsX509KeyManager own = new AdvancedTlsX509KeyManager();
        try {
            var _ = own.updateIdentityCredentials(
                    certificate.toFile(), key.toFile(), LOOK_SECONDS, TimeUnit.SECONDS, watching);
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            throw unusable("--tls-cert " + certificate + ", --tls-key " + key, e);
        }
        TlsServerCredentials.Builder server = TlsServerCredentials.newBuilder().keyManager(own);
        clientAuthorities.ifPresent(file -> server.trustManager(trust("--tls-client-ca", file, watching))
                .clientAuth(TlsServerCredentials.ClientAuth.REQUIRE));
        TlsChannelCredentials.Builder client =
                TlsChannelCredentials.newBuilder().keyManager(own);
        replicaAuthorities.ifPresent(file -> client.trustManager(trust("--tls-ca", file, watching)));
        return new TransportSecurity(server.build(), client.build());
    }

    private static AdvancedTlsX509TrustManager trust(String flag, Path file, ScheduledExecutorService watching) {
        try {
            AdvancedTlsX509TrustManager trust =
                    AdvancedTlsX509TrustManager.newBuilder().build();
            var _ = trust.updateTrustCredentials(file.toFile(), LOOK_SECONDS, TimeUnit.SECONDS, watching);
            return trust;
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            throw unusable(flag + " " + file, e);
        }
    }

    private static IllegalArgumentException unusable(String what, Exception cause) {
        return new IllegalArgumentException(
                what + ": cannot be used (" + cause.getMessage() + "; expected: PEM)", cause);
    }
}
