package dev.weft.xds;

import io.envoyproxy.envoy.config.core.v3.Node;
import java.util.Locale;

/** Immutable. Whose implementation of xDS a client is; their accepted fields and their habits differ. */
public enum ClientKind {
    WEFT,
    ENVOY,
    GRPC,
    OTHER;

    /** Reads the kind from {@code user_agent_name}. */
    public static ClientKind of(Node node) {
        String agent = node.getUserAgentName().toLowerCase(Locale.ROOT);
        if (agent.startsWith("weft")) {
            return WEFT;
        }
        if (agent.startsWith("envoy")) {
            return ENVOY;
        }
        return agent.startsWith("grpc") ? GRPC : OTHER;
    }
}
