package dev.weft.proxy.listener;

import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * What is known of a connection when a chain is chosen for it. Immutable.
 *
 * @param client who it is from, as a PROXY header names it where one does
 * @param local whom it is to, likewise
 * @param peer who is really connected
 */
record Arrival(InetSocketAddress client, InetSocketAddress local, InetSocketAddress peer, ClientHello hello) {
    /** Whether the client is on this host, as far as its address tells. */
    boolean isLocal() {
        InetAddress from = client.getAddress();
        return from.isLoopbackAddress() || from.equals(local.getAddress());
    }
}
