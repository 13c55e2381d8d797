package dev.weft.proxy.forward;

import dev.weft.proxy.http.Protocol;
import dev.weft.proxy.http.RequestHead;
import org.jspecify.annotations.Nullable;

/** Which requests ask for a tunnel, and which answers open one (RFC 9110, sections 7.8 and 9.3.6). Stateless. */
final class Tunnels {
    private static final String CONNECT = "CONNECT";
    private static final int SWITCHING_PROTOCOLS = 101;

    private Tunnels() {}

    static boolean isAskedFor(RequestHead request) {
        return request.upgrade() != null || isConnect(request);
    }

    static boolean isConnect(RequestHead request) {
        return request.method().equals(CONNECT);
    }

    /** What the client wants to speak in it, as a route's upgrades name it; null where it asks for none. */
    static @Nullable String protocol(RequestHead request) {
        return isConnect(request) ? CONNECT : request.upgrade();
    }

    /** Whether a response of that status is the upstream's consent. */
    static boolean opens(RequestHead request, int status) {
        return (isAskedFor(request) && status == SWITCHING_PROTOCOLS) || (isConnect(request) && status / 100 == 2);
    }

    /**
     * Whether a client would take a response of that status for consent although it is none: over HTTP/2 every 2xx to an extended
     * CONNECT says that the tunnel is open (RFC 8441, section 5), where an HTTP/1 origin only ignored the upgrade.
     */
    static boolean looksOpen(RequestHead request, int status, Protocol downstream) {
        return status / 100 == 2 && request.upgrade() != null && downstream == Protocol.HTTP_2;
    }
}
