package dev.weft.proxy.forward;

import dev.weft.proxy.http.Protocol;
import dev.weft.proxy.http.RequestHead;

/** Which answers open a tunnel that was asked for ({@link RequestHead#asksForTunnel}). Stateless. */
final class Tunnels {
    private static final int SWITCHING_PROTOCOLS = 101;

    private Tunnels() {}

    /** Whether a response of that status is the upstream's consent (RFC 9110, sections 7.8 and 9.3.6). */
    static boolean opens(RequestHead request, int status) {
        return (request.asksForTunnel() && status == SWITCHING_PROTOCOLS) || (request.isConnect() && status / 100 == 2);
    }

    /**
     * Whether a client would take a response of that status for consent although it is none: over HTTP/2 every 2xx to an extended
     * CONNECT says that the tunnel is open (RFC 8441, section 5), where an HTTP/1 origin only ignored the upgrade.
     */
    static boolean looksOpen(RequestHead request, int status, Protocol downstream) {
        return status / 100 == 2 && request.upgrade() != null && downstream == Protocol.HTTP_2;
    }
}
