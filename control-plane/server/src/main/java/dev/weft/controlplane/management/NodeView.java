package dev.weft.controlplane.management;

import com.google.protobuf.util.Timestamps;
import dev.weft.controlplane.snapshot.NodeFacts;
import dev.weft.controlplane.translate.Audience;
import dev.weft.v1.NodeStatus;
import dev.weft.v1.TypeStatus;
import dev.weft.xds.ResourceType;
import dev.weft.xds.StreamStatus;
import dev.weft.xds.XdsClient;
import dev.weft.xds.XdsServer;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** The streams of this replica, as the API tells them. Thread-safe; a view, it keeps nothing. */
final class NodeView {
    private static final Map<ResourceType, String> SHORT = Map.of(
            ResourceType.LISTENER, "LDS",
            ResourceType.ROUTE, "RDS",
            ResourceType.CLUSTER, "CDS",
            ResourceType.ENDPOINT, "EDS",
            ResourceType.SECRET, "SDS");

    private static final Set<String> ANY_HOST = Set.of("0.0.0.0", "[::]", "[0:0:0:0:0:0:0:0]");

    private final Supplier<XdsServer> xds;
    private final Supplier<String> replica;

    NodeView(Supplier<XdsServer> xds, Supplier<String> replica) {
        this.xds = xds;
        this.replica = replica;
    }

    /**
     * @param settled the revision that has been published to everyone it touches
     */
    List<NodeStatus> nodes(long settled) {
        return xds.get().streams().stream().map(stream -> node(stream, settled)).toList();
    }

    private NodeStatus node(StreamStatus stream, long settled) {
        XdsClient client = stream.client();
        NodeStatus.Builder node = NodeStatus.newBuilder()
                .setId(client.nodeId())
                .setCluster(client.nodeCluster().orElse(""))
                .setKind(kind(client))
                .setPeer(client.peer()
                        .address()
                        .map(a -> a instanceof InetSocketAddress inet
                                ? inet.getHostString() + ":" + inet.getPort()
                                : a.toString())
                        .orElse(""))
                .setReplica(replica.get())
                .setAdmin(admin(client))
                .setLiveRevision(Math.max(0, stream.liveRevision()))
                .setConnectedAt(Timestamps.fromMillis(stream.since().toEpochMilli()));
        boolean refusing = false;
        for (Map.Entry<ResourceType, StreamStatus.TypeStatus> type :
                stream.types().entrySet()) {
            refusing |= type.getValue().refusal().isPresent();
            node.addTypes(type(type.getKey(), type.getValue()));
        }
        return node.setState(
                        refusing
                                ? NodeStatus.State.REFUSING
                                : stream.liveAt(settled) ? NodeStatus.State.IN_SYNC : NodeStatus.State.LAGGING)
                .build();
    }

    /** Where its admin server is reached; one that listens on every address is reached where its stream comes from. */
    private static String admin(XdsClient client) {
        String told = NodeFacts.text(client, "admin");
        int colon = told.lastIndexOf(':');
        if (!ANY_HOST.contains(told.substring(0, Math.max(0, colon)))) {
            return told;
        }
        String host = NodeFacts.of(client).address();
        return (host.contains(":") ? "[" + host + "]" : host) + told.substring(colon);
    }

    private static TypeStatus type(ResourceType type, StreamStatus.TypeStatus status) {
        TypeStatus.Builder told = TypeStatus.newBuilder().setType(SHORT.getOrDefault(type, type.shortName()));
        status.sent().ifPresent(mark -> told.setVersionSent(mark.version()));
        status.acked().ifPresent(mark -> told.setVersionAcked(mark.version()));
        status.refusal()
                .ifPresent(refusal -> told.setVersionRefused(refusal.version()).setRefusal(refusal.reason()));
        return told.setPending(status.pending()).build();
    }

    private static String kind(XdsClient client) {
        return switch (client.kind()) {
            case WEFT -> NodeFacts.of(client).audience().role() == Audience.Role.GATEWAY ? "gateway" : "sidecar";
            case ENVOY, GRPC, OTHER -> client.kind().name().toLowerCase(Locale.ROOT);
        };
    }
}
