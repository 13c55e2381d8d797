package dev.weft.api.client;

import io.grpc.ChannelCredentials;
import io.grpc.TlsChannelCredentials;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * How to be sure of the control plane, and how to say who we are: PEM files. Immutable.
 *
 * @param authorities who may sign the control plane's certificate; absent: the system's CAs
 * @param own our certificate and its key, for a control plane that asks for one
 */
public record TlsFiles(Optional<Path> authorities, Optional<Own> own) {
    /** A certificate chain and its key. */
    public record Own(Path certificate, Path key) {}

    ChannelCredentials credentials() throws IOException {
        TlsChannelCredentials.Builder credentials = TlsChannelCredentials.newBuilder();
        if (authorities.isPresent()) {
            credentials.trustManager(authorities.get().toFile());
        }
        if (own.isPresent()) {
            credentials.keyManager(
                    own.get().certificate().toFile(), own.get().key().toFile());
        }
        return credentials.build();
    }
}
