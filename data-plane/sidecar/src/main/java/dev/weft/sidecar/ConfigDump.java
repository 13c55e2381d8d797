package dev.weft.sidecar;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.weft.sidecar.ads.AdsClient;
import dev.weft.sidecar.live.Accepted;
import dev.weft.sidecar.live.LiveConfig;
import dev.weft.sidecar.live.Refused;
import dev.weft.sidecar.xds.ResourceType;
import dev.weft.sidecar.xds.message.Message;
import dev.weft.sidecar.xds.message.Problems;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** {@code /config_dump}: everything that was configured, as JSON, without keys. Confined to the configuration's thread. */
final class ConfigDump {
    private static final String REDACTED = "[redacted]";

    private ConfigDump() {}

    static Map<String, Object> of(LiveConfig config, Optional<AdsClient> ads, Object bootstrap) {
        List<Object> resources = new ArrayList<>();
        for (ResourceType type : ResourceType.values()) {
            config.accepted(type).forEach(resource -> resources.add(resource(resource)));
        }
        List<Object> refused = new ArrayList<>();
        config.refused().forEach(resource -> refused.add(refused(resource)));
        Map<String, Object> dump = new LinkedHashMap<>();
        ads.ifPresent(client ->
                dump.put("control_plane", Map.of("address", client.controlPlane(), "connected", client.connected())));
        dump.put("resources", resources);
        dump.put("refused", refused);
        dump.put("waiting", config.waiting());
        dump.put("bootstrap", redacted(bootstrap));
        return dump;
    }

    private static Map<String, Object> resource(Accepted resource) {
        Map<String, Object> json = head(resource.type(), resource.name(), resource.version());
        try {
            Message message = Message.ofWire(resource.type().messageType(), resource.bytes(), new Problems());
            json.put("resource", redacted(message.json()));
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException(resource.name() + ": was accepted and cannot be read", e);
        }
        return json;
    }

    private static Map<String, Object> refused(Refused resource) {
        Map<String, Object> json = head(resource.type(), resource.name(), resource.version());
        json.put("errors", resource.problems());
        return json;
    }

    private static Map<String, Object> head(ResourceType type, String name, String version) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("type", type.name().toLowerCase(Locale.ROOT));
        json.put("name", name);
        json.put("version", version);
        return json;
    }

    private static Object redacted(Object tree) {
        return switch (tree) {
            case Map<?, ?> map -> {
                Map<String, Object> copy = new LinkedHashMap<>();
                map.forEach((key, value) -> copy.put(
                        String.valueOf(key),
                        key.equals("private_key") || key.equals("privateKey") || value == null
                                ? REDACTED
                                : redacted(value)));
                yield copy;
            }
            case List<?> list -> {
                List<Object> copy = new ArrayList<>();
                list.forEach(item -> copy.add(item == null ? REDACTED : redacted(item)));
                yield copy;
            }
            default -> tree;
        };
    }
}
