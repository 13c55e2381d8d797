package dev.weft.proxy.upstream;

import dev.weft.proxy.http.ClientConnection;
import dev.weft.proxy.http.Connection;
import dev.weft.proxy.http.Protocol;

/**
 * All upstream connections of one event loop, one pool per endpoint and wanted protocol.
 *
 * <p>Confined to its event loop.
 */
public interface UpstreamPools {
    /** Receives the outcome of {@link #acquire}, exactly once unless cancelled. */
    interface Callback {
        /**
         * A connection with at least one stream free. Whoever wants it opens a stream on it before returning; otherwise it goes
         * back to the pool.
         */
        void connected(ClientConnection connection);

        void failed(ConnectFailure failure);
    }

    /**
     * Finds or makes a connection to {@code endpoint} for no client in particular, such as a health check. The callback may be called
     * before this returns.
     *
     * @param downstream the version of the request, which decides where the cluster's protocol is {@code AUTO} without TLS
     */
    Acquisition acquire(UpstreamCluster cluster, UpstreamEndpoint endpoint, Protocol downstream, Callback callback);

    /**
     * The same for a request that came on {@code client}: where the cluster's endpoints are told who the client is, its connections
     * are for that client alone, and close once it has gone.
     */
    Acquisition acquire(UpstreamCluster cluster, UpstreamEndpoint endpoint, Connection client, Callback callback);

    /**
     * Makes a connection on which no HTTP is spoken, for one tunnel of {@code client}: the stream that is opened on it sends no head
     * and gets none. Permits of the cluster are strict for it, since no other request's end could free what it waits for.
     */
    Acquisition acquireOpaque(UpstreamCluster cluster, UpstreamEndpoint endpoint, Connection client, Callback callback);

    /** The endpoint has left its cluster: idle connections close now, others after their last stream. */
    void retire(UpstreamEndpoint endpoint);

    /** Connections held, for metrics. */
    int connections();

    /** Closes every connection after its last stream, and refuses further {@link #acquire}. */
    void close();
}
