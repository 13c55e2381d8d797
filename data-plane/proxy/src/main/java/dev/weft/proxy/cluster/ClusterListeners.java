package dev.weft.proxy.cluster;

import java.util.concurrent.CopyOnWriteArrayList;

/** Thread-safe: those who want to be told. A change during a call counts from the next call on. */
final class ClusterListeners implements ClusterListener {
    private final CopyOnWriteArrayList<ClusterListener> listeners = new CopyOnWriteArrayList<>();

    void add(ClusterListener listener) {
        listeners.addIfAbsent(listener);
    }

    void remove(ClusterListener listener) {
        listeners.remove(listener);
    }

    @Override
    public void endpointRetired(Cluster cluster, ClusterEndpoint endpoint) {
        for (ClusterListener listener : listeners) {
            listener.endpointRetired(cluster, endpoint);
        }
    }

    @Override
    public void healthChanged(Cluster cluster, ClusterEndpoint endpoint) {
        for (ClusterListener listener : listeners) {
            listener.healthChanged(cluster, endpoint);
        }
    }
}
