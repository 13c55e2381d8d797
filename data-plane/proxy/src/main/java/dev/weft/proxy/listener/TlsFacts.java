package dev.weft.proxy.listener;

import dev.weft.proxy.http.ClientCertificate;
import org.jspecify.annotations.Nullable;

/** What a TLS handshake settled. Immutable. */
record TlsFacts(
        boolean isTls,
        @Nullable String serverName,
        @Nullable String applicationProtocol,
        @Nullable String peerIdentity,
        @Nullable ClientCertificate clientCertificate) {
    static final TlsFacts NONE = new TlsFacts(false, null, null, null, null);
}
