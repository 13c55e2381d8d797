package dev.weft.controlplane.snapshot;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.weft.controlplane.translate.Audience;
import dev.weft.v1.Instance;
import dev.weft.xds.ClientKind;
import dev.weft.xds.XdsClient;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a node says of itself in the metadata {@code weft} of its xDS node: {@code {role, service, address, port, labels, weight, zone,
 * gateway}}. Immutable. Any xDS client can send it; one that does not is a plain member of the mesh.
 *
 * @param service empty where none runs beside it
 * @param address where others reach its inbound listener; the stream's peer where it names none
 */
public record NodeFacts(
        String node,
        Audience audience,
        String service,
        String address,
        int port,
        Map<String, String> labels,
        int weight,
        String zone) {
    public static NodeFacts of(XdsClient client) {
        Struct weft = metadata(client);
        String service = text(weft, "service");
        String gateway = text(weft, "gateway");
        Audience audience;
        if (client.kind() == ClientKind.GRPC) {
            audience = new Audience(Audience.Role.PROXYLESS, "", ClientKind.GRPC);
        } else if (text(weft, "role").equals("gateway")) {
            audience = new Audience(Audience.Role.GATEWAY, gateway, rendered(client.kind()));
        } else {
            audience = new Audience(Audience.Role.SIDECAR, service, rendered(client.kind()));
        }
        String address = text(weft, "address");
        Map<String, String> labels = new TreeMap<>();
        weft.getFieldsOrDefault("labels", Value.getDefaultInstance())
                .getStructValue()
                .getFieldsMap()
                .forEach((key, value) -> labels.put(key, value.getStringValue()));
        return new NodeFacts(
                client.nodeId(),
                audience,
                audience.role() == Audience.Role.SIDECAR ? service : "",
                address.isEmpty() ? peer(client) : address,
                number(weft, "port"),
                labels,
                Math.max(1, number(weft, "weight")),
                text(weft, "zone"));
    }

    /** A text of the node's metadata, or the empty string. */
    public static String text(XdsClient client, String field) {
        return text(metadata(client), field);
    }

    /** Whether the node is an instance of a service that others can reach. */
    public boolean isInstance() {
        return !service.isEmpty() && !address.isEmpty() && port >= 1 && port <= 65535 && !node.isEmpty();
    }

    /** The instance, without the time of its registration. */
    public Instance instance() {
        return Instance.newBuilder()
                .setService(service)
                .setAddress(address)
                .setPort(port)
                .putAllLabels(labels)
                .setWeight(weight)
                .setZone(zone)
                .setNode(node)
                .build();
    }

    // Our sidecar and Envoy read the same rendering; so does whoever calls itself something else.
    private static ClientKind rendered(ClientKind kind) {
        return kind == ClientKind.GRPC ? ClientKind.GRPC : ClientKind.ENVOY;
    }

    private static String peer(XdsClient client) {
        return client.peer()
                .address()
                .filter(InetSocketAddress.class::isInstance)
                .map(InetSocketAddress.class::cast)
                .flatMap(a -> Optional.ofNullable(a.getAddress()))
                .map(a -> a.getHostAddress().split("%", 2)[0])
                .orElse("");
    }

    private static Struct metadata(XdsClient client) {
        return client.node()
                .getMetadata()
                .getFieldsOrDefault("weft", Value.getDefaultInstance())
                .getStructValue();
    }

    private static String text(Struct struct, String field) {
        return struct.getFieldsOrDefault(field, Value.getDefaultInstance()).getStringValue();
    }

    private static int number(Struct struct, String field) {
        return (int)
                struct.getFieldsOrDefault(field, Value.getDefaultInstance()).getNumberValue();
    }
}
