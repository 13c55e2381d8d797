package dev.weft.proxy.cluster;

import dev.weft.proxy.model.ClusterConfig;
import dev.weft.proxy.model.ClusterConfig.UpstreamProtocol;
import dev.weft.proxy.upstream.UpstreamCluster;
import dev.weft.proxy.upstream.UpstreamEndpoint;
import java.net.InetSocketAddress;

/**
 * An endpoint as its checks see it: connections of their own, spoken to in the check's protocol, outside of the limits that bound
 * traffic, since a cluster whose connections are all taken must not look dead. Thread-safe.
 */
final class CheckTarget implements UpstreamCluster, UpstreamEndpoint {
    private final UpstreamCluster cluster;
    private final UpstreamProtocol protocol;
    private final InetSocketAddress address;

    private ClusterConfig seen;
    private ClusterConfig adapted;

    CheckTarget(UpstreamCluster cluster, UpstreamProtocol protocol, InetSocketAddress address) {
        this.cluster = cluster;
        this.protocol = protocol;
        this.address = address;
        this.seen = cluster.config();
        this.adapted = seen.toBuilder().protocol(protocol).build();
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // an equal copy only costs adapting it again
    public synchronized ClusterConfig config() {
        ClusterConfig now = cluster.config();
        if (now != seen) {
            seen = now;
            adapted = now.toBuilder().protocol(protocol).build();
        }
        return adapted;
    }

    @Override
    public InetSocketAddress address() {
        return address;
    }

    @Override
    public boolean tryTakeConnection() {
        return true;
    }

    @Override
    public void returnConnection() {}

    @Override
    public boolean tryTakePending() {
        return true;
    }

    @Override
    public void returnPending() {}
}
