package dev.weft.controlplane.translate;

/** Names of route configurations: the places at which routes are served. Pure. */
public final class Places {
    /** The outbound listener of every sidecar, and gRPC clients. */
    public static final String MESH = "outbound";

    private Places() {}

    public static String gateway(String name) {
        return "gateway/" + name;
    }

    static String listener(String name) {
        return "listener/" + name;
    }
}
