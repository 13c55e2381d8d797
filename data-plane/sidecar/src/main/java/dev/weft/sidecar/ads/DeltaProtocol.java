package dev.weft.sidecar.ads;

import com.google.protobuf.ByteString;
import dev.weft.sidecar.discovery.DeltaRequest;
import dev.weft.sidecar.discovery.DeltaResponse;
import dev.weft.sidecar.discovery.Methods;
import dev.weft.sidecar.live.Accepted;
import dev.weft.sidecar.live.Delivery;
import dev.weft.sidecar.xds.ResourceType;
import io.grpc.MethodDescriptor;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Incremental xDS. Confined to the configuration's thread. */
final class DeltaProtocol implements Protocol<DeltaRequest, DeltaResponse> {
    private final ByteString node;

    DeltaProtocol(ByteString node) {
        this.node = node;
    }

    @Override
    public MethodDescriptor<DeltaRequest, DeltaResponse> method() {
        return Methods.DELTA;
    }

    @Override
    public DeltaRequest first(ResourceType type, Set<String> names, Collection<Accepted> known) {
        Map<String, String> versions = new LinkedHashMap<>();
        known.forEach(resource -> versions.put(resource.name(), resource.version()));
        return request(type.typeUrl(), List.copyOf(names), List.of(), versions, "", List.of());
    }

    @Override
    public DeltaRequest change(ResourceType type, Set<String> before, Set<String> now) {
        List<String> more = now.stream().filter(name -> !before.contains(name)).toList();
        List<String> less = before.stream().filter(name -> !now.contains(name)).toList();
        return request(type.typeUrl(), more, less, Map.of(), "", List.of());
    }

    @Override
    public Delivery read(DeltaResponse response) {
        return new Delivery(response.typeUrl(), response.resources(), response.removed(), false);
    }

    @Override
    public DeltaRequest answer(DeltaResponse response, Set<String> names, List<String> errors) {
        return request(response.typeUrl(), List.of(), List.of(), Map.of(), response.nonce(), errors);
    }

    @Override
    public DeltaRequest identified(DeltaRequest request) {
        return request.from(node);
    }

    private static DeltaRequest request(
            String typeUrl,
            List<String> subscribe,
            List<String> unsubscribe,
            Map<String, String> versions,
            String nonce,
            List<String> errors) {
        return new DeltaRequest(
                ByteString.EMPTY, typeUrl, subscribe, unsubscribe, versions, nonce, String.join("\n", errors));
    }
}
