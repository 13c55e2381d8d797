package dev.weft.proxy.upstream;

import dev.weft.proxy.model.ClusterConfig;

/**
 * A cluster as its connections see it: its configuration of the moment, and the permits that all loops share.
 *
 * <p>Thread-safe; called on event loops.
 */
public interface UpstreamCluster {
    ClusterConfig config();

    /** Takes one of {@code max_connections}; false where all are taken. Given back once, by {@link #returnConnection}. */
    boolean tryTakeConnection();

    void returnConnection();

    /** Takes one of {@code max_pending_requests}; false where all are taken. Given back once, by {@link #returnPending}. */
    boolean tryTakePending();

    void returnPending();
}
