package dev.weft.proxy.cluster;

/**
 * Is told what happens to endpoints. Called on whatever thread found out, which may be an event loop; must not block, and may
 * take itself or others off the list.
 */
public interface ClusterListener {
    /** The endpoint takes no new connections any more: it left, its cluster did, or it is spoken to differently from now on. */
    default void endpointRetired(Cluster cluster, ClusterEndpoint endpoint) {}

    /** The endpoint's health has changed; what it is now can be asked of {@link Cluster#status}. */
    default void healthChanged(Cluster cluster, ClusterEndpoint endpoint) {}
}
