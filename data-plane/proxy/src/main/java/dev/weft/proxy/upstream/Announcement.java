package dev.weft.proxy.upstream;

import dev.weft.proxy.http.Connection;
import java.net.InetSocketAddress;

/**
 * Whom a connection of ours is made for, as a PROXY header tells an endpoint. Immutable.
 *
 * @param source the client: the downstream peer, or who a load balancer in front says it is
 * @param destination whom that client connected to
 */
public record Announcement(InetSocketAddress source, InetSocketAddress destination) {
    static Announcement of(Connection client) {
        return new Announcement(client.remote(), client.local());
    }
}
