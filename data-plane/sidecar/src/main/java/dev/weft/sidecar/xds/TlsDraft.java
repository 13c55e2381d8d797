package dev.weft.sidecar.xds;

import dev.weft.proxy.model.ClientTls;
import dev.weft.proxy.model.PeerValidation;
import dev.weft.proxy.model.ServerTls;
import dev.weft.proxy.model.TlsPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * TLS as configured, before the secrets that a control plane sends are there. Immutable.
 *
 * @param <T> what it is with them
 */
public sealed interface TlsDraft<T> {
    /** What is waited for. */
    List<SecretRef> secrets();

    /**
     * Complete.
     *
     * @param secrets gives each of {@link #secrets}, of the kind that is asked for
     */
    T with(Function<SecretRef, Secret> secrets);

    /** A certificate that is here, or the secret that it comes as. */
    sealed interface Own {
        record Given(ServerTls.Certificate certificate) implements Own {}

        record Sent(SecretRef secret) implements Own {}

        private ServerTls.Certificate with(Function<SecretRef, Secret> secrets) {
            return switch (this) {
                case Given given -> given.certificate;
                case Sent sent -> {
                    Secret secret = secrets.apply(sent.secret);
                    if (!(secret instanceof Secret.Certificate certificate)) {
                        throw new IllegalArgumentException(sent.secret.name() + ": " + secret.kind());
                    }
                    yield certificate.own();
                }
            };
        }
    }

    /**
     * What is asked of peers.
     *
     * @param here what of it is here
     * @param sent where the rest comes from
     */
    record Asked(PeerValidation here, Optional<SecretRef> sent) {
        private PeerValidation with(Function<SecretRef, Secret> secrets) {
            if (sent.isEmpty()) {
                return here;
            }
            Secret secret = secrets.apply(sent.get());
            if (!(secret instanceof Secret.Validation validation)) {
                throw new IllegalArgumentException(sent.get().name() + ": " + secret.kind());
            }
            return here.and(validation.asked());
        }
    }

    /** As {@link ServerTls}. */
    record Server(
            List<Own> certificates, List<String> alpn, Optional<Asked> clients, boolean required, TlsPolicy policy)
            implements TlsDraft<ServerTls> {
        public Server {
            certificates = List.copyOf(certificates);
            alpn = List.copyOf(alpn);
        }

        @Override
        public List<SecretRef> secrets() {
            return TlsDraft.secrets(certificates, clients);
        }

        @Override
        public ServerTls with(Function<SecretRef, Secret> secrets) {
            return new ServerTls(
                    certificates.stream().map(own -> own.with(secrets)).toList(),
                    alpn,
                    clients.map(asked -> new ServerTls.Clients(asked.with(secrets), required)),
                    policy);
        }
    }

    /** As {@link ClientTls}. */
    record Client(
            String serverName, Optional<Asked> peer, List<String> alpn, Optional<Own> certificate, TlsPolicy policy)
            implements TlsDraft<ClientTls> {
        public Client {
            alpn = List.copyOf(alpn);
        }

        @Override
        public List<SecretRef> secrets() {
            return TlsDraft.secrets(certificate.stream().toList(), peer);
        }

        @Override
        public ClientTls with(Function<SecretRef, Secret> secrets) {
            return new ClientTls(
                    serverName,
                    peer.map(asked -> asked.with(secrets)),
                    alpn,
                    certificate.map(own -> own.with(secrets)),
                    policy);
        }
    }

    private static List<SecretRef> secrets(List<Own> certificates, Optional<Asked> peers) {
        List<SecretRef> secrets = new ArrayList<>();
        for (Own own : certificates) {
            if (own instanceof Own.Sent sent) {
                secrets.add(sent.secret());
            }
        }
        peers.flatMap(Asked::sent).ifPresent(secrets::add);
        return List.copyOf(secrets);
    }
}
