package dev.weft.sidecar.ads;

import com.google.protobuf.ByteString;
import dev.weft.sidecar.discovery.Methods;
import dev.weft.sidecar.discovery.WorldRequest;
import dev.weft.sidecar.discovery.WorldResponse;
import dev.weft.sidecar.live.Accepted;
import dev.weft.sidecar.live.Delivery;
import dev.weft.sidecar.xds.ResourceType;
import io.grpc.MethodDescriptor;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * State-of-the-world xDS: every request says all names, the last good version and the last nonce. Confined to the
 * configuration's thread.
 */
final class SotwProtocol implements Protocol<WorldRequest, WorldResponse> {
    private final ByteString node;

    /** Last accepted version by type URL; it outlives streams. */
    private final Map<String, String> versions;

    private final Map<String, String> nonces = new HashMap<>();

    SotwProtocol(ByteString node, Map<String, String> versions) {
        this.node = node;
        this.versions = versions;
    }

    @Override
    public MethodDescriptor<WorldRequest, WorldResponse> method() {
        return Methods.STATE_OF_THE_WORLD;
    }

    @Override
    public WorldRequest first(ResourceType type, Set<String> names, Collection<Accepted> known) {
        return request(type.typeUrl(), names, List.of());
    }

    @Override
    public WorldRequest change(ResourceType type, Set<String> before, Set<String> now) {
        return request(type.typeUrl(), now, List.of());
    }

    @Override
    public Delivery read(WorldResponse response) {
        boolean complete = ResourceType.ofTypeUrl(response.typeUrl())
                .map(ResourceType::wildcard)
                .orElse(false);
        return new Delivery(response.typeUrl(), response.resources(), List.of(), complete);
    }

    @Override
    public WorldRequest answer(WorldResponse response, Set<String> names, List<String> errors) {
        nonces.put(response.typeUrl(), response.nonce());
        if (errors.isEmpty()) {
            versions.put(response.typeUrl(), response.version());
        }
        return request(response.typeUrl(), names, errors);
    }

    @Override
    public WorldRequest identified(WorldRequest request) {
        return request.from(node);
    }

    private WorldRequest request(String typeUrl, Set<String> names, List<String> errors) {
        return new WorldRequest(
                versions.getOrDefault(typeUrl, ""),
                ByteString.EMPTY,
                List.copyOf(names),
                typeUrl,
                nonces.getOrDefault(typeUrl, ""),
                String.join("\n", errors));
    }
}
