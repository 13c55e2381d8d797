package dev.weft.proxy.upstream;

import java.net.InetSocketAddress;

/** An endpoint as its connections see it: compared by identity, so that a changed endpoint is another one. Thread-safe. */
public interface UpstreamEndpoint {
    /** Resolved. */
    InetSocketAddress address();
}
