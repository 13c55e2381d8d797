package dev.weft.proxy.upstream;

import dev.weft.proxy.http.ClientConnection;
import dev.weft.proxy.model.ClusterConfig;
import org.jspecify.annotations.Nullable;

/** Makes connections for the pools of one event loop. Confined to it. A seam so that pools are tested without sockets. */
interface Dialer {
    /** What the pool wants to speak. */
    enum Wanted {
        HTTP1,
        HTTP2,
        /** What ALPN settles. */
        NEGOTIATED,
        /** No HTTP at all: the bytes of one tunnel. */
        OPAQUE
    }

    /** Receives the outcome, exactly once, and possibly before {@link Dialer#dial} returns. */
    interface Outcome {
        void dialed(ClientConnection connection);

        void failed(ConnectFailure failure);
    }

    /**
     * @param client whom a PROXY header announces where the cluster has one; null for the proxy itself
     * @param owner of the connection that is made, told of nothing before the outcome was
     */
    void dial(
            ClusterConfig cluster,
            UpstreamEndpoint endpoint,
            Wanted wanted,
            @Nullable Announcement client,
            ClientConnection.Owner owner,
            Outcome outcome);
}
