package dev.weft.xds;

import io.envoyproxy.envoy.config.core.v3.Node;
import java.util.Optional;

/**
 * Immutable. Who is at the other end of one stream.
 *
 * @param streamId unique within this server process
 * @param node as the first request of the stream told it
 * @param aggregated whether the stream carries every type (ADS) or one
 */
public record XdsClient(long streamId, Node node, ClientKind kind, Variant variant, boolean aggregated, Peer peer) {
    /** The two ways in which subscriptions and responses are told. */
    public enum Variant {
        STATE_OF_THE_WORLD,
        DELTA
    }

    public String nodeId() {
        return node.getId();
    }

    boolean supports(String feature) {
        return node.getClientFeaturesList().contains(feature);
    }

    @Override
    public String toString() {
        String from = peer.address().map(a -> " at " + a).orElse("");
        return "node " + nodeId() + from + " (" + kind + ", " + variant + ", stream " + streamId + ")";
    }

    /** The node's cluster, where it told one. */
    public Optional<String> nodeCluster() {
        return Optional.of(node.getCluster()).filter(c -> !c.isEmpty());
    }
}
