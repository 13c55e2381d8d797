package dev.weft.proxy.listener;

import dev.weft.proxy.http.ClientCertificate;
import org.jspecify.annotations.Nullable;

/** What a TLS handshake settled, or what was seen of one that is carried on. Immutable. */
record TlsFacts(
        boolean isTls,
        @Nullable String serverName,
        @Nullable String applicationProtocol,
        @Nullable String peerIdentity,
        @Nullable ClientCertificate clientCertificate) {
    static final TlsFacts NONE = new TlsFacts(false, null, null, null, null);

    /** Of a connection whose first bytes were looked at, and whose TLS does not end here. */
    static TlsFacts of(ClientHello hello) {
        return hello.serverName().isEmpty() ? NONE : new TlsFacts(false, hello.serverName(), null, null, null);
    }
}
