package dev.weft.sidecar.ads;

import io.grpc.ManagedChannel;

/** The control planes of a sidecar in the order in which they are preferred. Confined to the configuration's thread. */
public interface ControlPlanes extends AutoCloseable {
    int size();

    /** The channel to one of them, made when it is first asked for and kept. */
    ManagedChannel channel(int index);

    /** For logs. */
    String address(int index);

    /** Ends all channels. */
    @Override
    void close();
}
