package dev.weft.sidecar;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.weft.sidecar.bootstrap.NodeIdentity;
import dev.weft.sidecar.live.Accepted;
import dev.weft.sidecar.live.LiveConfig;
import dev.weft.sidecar.live.Refused;
import dev.weft.sidecar.xds.ResourceType;
import dev.weft.sidecar.xds.message.Message;
import dev.weft.sidecar.xds.message.Problems;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The client status discovery service's answer, {@code envoy.service.status.v3.ClientStatusResponse} as proto3 JSON: what was accepted,
 * refused and is waited for, resource by resource. Private keys are left out. Confined to the configuration's thread.
 */
final class ClientStatus {
    private ClientStatus() {}

    static Map<String, Object> of(NodeIdentity node, LiveConfig config) {
        Map<String, Map<String, Object>> entries = new LinkedHashMap<>();
        for (ResourceType type : ResourceType.values()) {
            config.wanted(type).forEach(name -> entry(entries, type, name).put("client_status", "REQUESTED"));
            config.accepted(type).forEach(resource -> accepted(entry(entries, type, resource.name()), resource));
        }
        for (Refused refused : config.refused()) {
            Map<String, Object> entry = entry(entries, refused.type(), refused.name());
            entry.put("client_status", "NACKED");
            entry.put(
                    "error_state",
                    Map.of("details", String.join("\n", refused.problems()), "version_info", refused.version()));
        }
        Map<String, Object> identity = new LinkedHashMap<>();
        identity.put("id", node.id());
        identity.put("cluster", node.cluster());
        Map<String, Object> client = new LinkedHashMap<>();
        client.put("node", identity);
        client.put("generic_xds_configs", new ArrayList<>(entries.values()));
        return Map.of("config", List.of(client));
    }

    private static Map<String, Object> entry(Map<String, Map<String, Object>> entries, ResourceType type, String name) {
        return entries.computeIfAbsent(type + "/" + name, _ -> {
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("type_url", type.typeUrl());
            entry.put("name", name);
            return entry;
        });
    }

    private static void accepted(Map<String, Object> entry, Accepted resource) {
        entry.put("client_status", "ACKED");
        entry.put("version_info", resource.version());
        try {
            Message message = Message.ofWire(resource.type().messageType(), resource.bytes(), new Problems());
            Map<String, Object> any = new LinkedHashMap<>();
            any.put("@type", resource.type().typeUrl());
            if (withoutKeys(message.json()) instanceof Map<?, ?> fields) {
                fields.forEach((key, value) -> any.put(String.valueOf(key), value));
            }
            entry.put("xds_config", any);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException(resource.name() + ": was accepted and cannot be read", e);
        }
    }

    private static Object withoutKeys(Object tree) {
        return switch (tree) {
            case Map<?, ?> map -> {
                Map<String, Object> copy = new LinkedHashMap<>();
                map.forEach((key, value) -> {
                    if (value != null && !key.equals("private_key")) {
                        copy.put(String.valueOf(key), withoutKeys(value));
                    }
                });
                yield copy;
            }
            case List<?> list -> list.stream().map(ClientStatus::withoutKeys).toList();
            default -> tree;
        };
    }
}
