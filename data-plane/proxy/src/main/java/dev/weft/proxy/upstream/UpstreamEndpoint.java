package dev.weft.proxy.upstream;

import java.net.InetSocketAddress;

/** An endpoint as its connections see it: compared by identity, so that a changed endpoint is another one. Thread-safe. */
public interface UpstreamEndpoint {
    /** Resolved. */
    InetSocketAddress address();

    /** Whether it has left its cluster: {@link UpstreamPools#retire} was called for it, or is about to be. */
    default boolean isRetired() {
        return false;
    }
}
