package dev.weft.sidecar.bootstrap;

import com.google.protobuf.ByteString;
import dev.weft.sidecar.discovery.WireWriter;
import dev.weft.sidecar.xds.message.Message;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Who we are to a control plane. Immutable.
 *
 * @param id unique, and the same after a restart
 * @param cluster name of the service or gateway
 * @param metadata the {@code weft} struct in it registers an instance of a service
 */
public record NodeIdentity(
        String id,
        String cluster,
        Map<String, Object> metadata,
        String region,
        String zone,
        String subZone,
        String userAgentName,
        String userAgentVersion,
        List<String> features) {
    private static final String WEFT = "weft";
    private static final String PORT = "port";
    private static final String ADMIN = "admin";

    /** What this client can do, by the names the protocol gives it. */
    private static final List<String> OWN_FEATURES = List.of(
            "xds.config.resource-in-sotw",
            "envoy.lb.does_not_support_overprovisioning",
            "envoy.lrs.supports_send_all_clusters");

    public NodeIdentity {
        metadata = Map.copyOf(metadata);
        features = List.copyOf(features);
    }

    static NodeIdentity of(Message node) {
        Message locality = node.message("locality");
        return new NodeIdentity(
                node.string("id"),
                node.string("cluster"),
                node.map("metadata"),
                locality.string("region"),
                locality.string("zone"),
                locality.string("sub_zone"),
                node.string("user_agent_name"),
                node.string("user_agent_version"),
                node.strings("client_features"));
    }

    /** What the {@code weft} metadata says under a key; the empty string where nothing. */
    public String weft(String key) {
        return metadata.get(WEFT) instanceof Map<?, ?> weft && weft.get(key) instanceof String text ? text : "";
    }

    /**
     * With the port that others connect to, where the configuration left it to the system.
     *
     * @param port that is bound
     */
    public NodeIdentity withPort(int port) {
        if (!(metadata.get(WEFT) instanceof Map<?, ?> weft)
                || !(weft.get(PORT) instanceof Number configured)
                || configured.intValue() != 0) {
            return this;
        }
        return with(PORT, (double) port);
    }

    /**
     * With the address of the admin server, for those who manage the mesh.
     *
     * @param address that is bound, {@code HOST:PORT}
     */
    public NodeIdentity withAdmin(String address) {
        return with(ADMIN, address);
    }

    private NodeIdentity with(String key, Object value) {
        Map<String, Object> told = new LinkedHashMap<>();
        if (metadata.get(WEFT) instanceof Map<?, ?> weft) {
            weft.forEach((k, v) -> told.put(String.valueOf(k), v));
        }
        told.put(key, value);
        Map<String, Object> all = new LinkedHashMap<>(metadata);
        all.put(WEFT, told);
        return new NodeIdentity(id, cluster, all, region, zone, subZone, userAgentName, userAgentVersion, features);
    }

    /** As it goes on the first request of a stream: {@code envoy.config.core.v3.Node}. */
    public ByteString message() {
        WireWriter node = new WireWriter().string(1, id).string(2, cluster).struct(3, metadata);
        if (!region.isEmpty() || !zone.isEmpty() || !subZone.isEmpty()) {
            node.bytes(
                    4,
                    new WireWriter()
                            .string(1, region)
                            .string(2, zone)
                            .string(3, subZone)
                            .message());
        }
        List<String> added = features.stream()
                .filter(feature -> !OWN_FEATURES.contains(feature))
                .toList();
        return node.string(6, userAgentName.isEmpty() ? WEFT : userAgentName)
                .string(7, userAgentVersion.isEmpty() ? ownVersion() : userAgentVersion)
                .strings(10, OWN_FEATURES)
                .strings(10, added)
                .message();
    }

    private static String ownVersion() {
        String version = NodeIdentity.class.getPackage().getImplementationVersion();
        return version == null ? "dev" : version;
    }
}
