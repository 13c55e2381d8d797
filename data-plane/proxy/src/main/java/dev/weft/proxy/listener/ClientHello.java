package dev.weft.proxy.listener;

import java.util.List;

/**
 * What the first bytes of a connection tell. Immutable.
 *
 * @param isTls whether they begin a TLS handshake
 * @param serverName SNI in lower case; empty where there is none
 * @param applicationProtocols offered by ALPN, in the client's order
 */
record ClientHello(boolean isTls, String serverName, List<String> applicationProtocols) {
    /** No TLS, or nobody looked. */
    static final ClientHello NONE = new ClientHello(false, "", List.of());

    ClientHello {
        applicationProtocols = List.copyOf(applicationProtocols);
    }
}
