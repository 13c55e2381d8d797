package dev.weft.xds;

import com.google.rpc.Status;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Confined to the test's thread. An incremental stream, driven by hand. */
final class DeltaClient {
    final Responses<DeltaDiscoveryResponse> responses = new Responses<>();
    private final Node node;
    private final StreamObserver<DeltaDiscoveryRequest> requests;
    private boolean introduced;

    DeltaClient(
            Node node, Function<StreamObserver<DeltaDiscoveryResponse>, StreamObserver<DeltaDiscoveryRequest>> open) {
        this.node = node;
        this.requests = open.apply(responses);
    }

    DeltaClient subscribe(ResourceType type, String... names) {
        return send(DeltaDiscoveryRequest.newBuilder()
                .setTypeUrl(type.typeUrl())
                .addAllResourceNamesSubscribe(List.of(names)));
    }

    DeltaClient unsubscribe(ResourceType type, String... names) {
        return send(DeltaDiscoveryRequest.newBuilder()
                .setTypeUrl(type.typeUrl())
                .addAllResourceNamesUnsubscribe(List.of(names)));
    }

    /** The first request of a type on a new stream, by a client that has something already. */
    DeltaClient resume(ResourceType type, Map<String, String> versions, String... names) {
        return send(DeltaDiscoveryRequest.newBuilder()
                .setTypeUrl(type.typeUrl())
                .putAllInitialResourceVersions(versions)
                .addAllResourceNamesSubscribe(List.of(names)));
    }

    DeltaClient ack(DeltaDiscoveryResponse response) {
        return send(DeltaDiscoveryRequest.newBuilder()
                .setTypeUrl(response.getTypeUrl())
                .setResponseNonce(response.getNonce()));
    }

    DeltaClient nack(DeltaDiscoveryResponse response, String reason) {
        return send(DeltaDiscoveryRequest.newBuilder()
                .setTypeUrl(response.getTypeUrl())
                .setResponseNonce(response.getNonce())
                .setErrorDetail(Status.newBuilder().setMessage(reason)));
    }

    DeltaClient send(DeltaDiscoveryRequest.Builder request) {
        if (!introduced && !request.hasNode()) {
            request.setNode(node);
        }
        introduced = true;
        requests.onNext(request.build());
        return this;
    }

    DeltaDiscoveryResponse next() {
        return responses.next();
    }

    DeltaDiscoveryResponse next(ResourceType type) {
        DeltaDiscoveryResponse response = next();
        if (!response.getTypeUrl().equals(type.typeUrl())) {
            throw new AssertionError("expected a response of type " + type + ", but got " + response.getTypeUrl() + " "
                    + namesOf(response) + " removed " + response.getRemovedResourcesList());
        }
        return response;
    }

    DeltaDiscoveryResponse nextAcked(ResourceType type) {
        DeltaDiscoveryResponse response = next(type);
        ack(response);
        return response;
    }

    boolean isSilent() {
        return responses.isEmpty() && responses.end() == null;
    }

    void halfClose() {
        requests.onCompleted();
    }

    static List<String> namesOf(DeltaDiscoveryResponse response) {
        return response.getResourcesList().stream().map(Resource::getName).toList();
    }
}
