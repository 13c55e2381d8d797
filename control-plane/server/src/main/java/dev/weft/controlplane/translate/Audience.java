package dev.weft.controlplane.translate;

import dev.weft.xds.ClientKind;

/**
 * Nodes that are told the same. Immutable.
 *
 * @param role what the node is for
 * @param name the service beside a sidecar, or the gateway's name; empty where the node said none
 */
public record Audience(Role role, String name, ClientKind kind) {
    /** What a node is for. */
    public enum Role {
        SIDECAR,
        GATEWAY,
        /** An application that is its own proxy, as gRPC clients are. */
        PROXYLESS
    }

    /** The route configuration that the node's own listener refers to. */
    String place() {
        return role == Role.GATEWAY ? Places.gateway(name) : Places.MESH;
    }
}
