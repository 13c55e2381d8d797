package dev.weft.proxy.listener;

import org.jspecify.annotations.Nullable;

/** What a TLS handshake settled. Immutable. */
record TlsFacts(
        boolean isTls,
        @Nullable String serverName,
        @Nullable String applicationProtocol,
        @Nullable String peerIdentity) {
    static final TlsFacts NONE = new TlsFacts(false, null, null, null);
}
