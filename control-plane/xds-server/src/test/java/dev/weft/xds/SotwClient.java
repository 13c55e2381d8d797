package dev.weft.xds;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.Status;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import io.grpc.stub.StreamObserver;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Confined to the test's thread. A state-of-the-world stream, driven by hand. */
final class SotwClient {
    final Responses<DiscoveryResponse> responses = new Responses<>();
    private final Node node;
    private final StreamObserver<DiscoveryRequest> requests;
    private final Map<String, List<String>> names = new HashMap<>();
    private boolean introduced;

    SotwClient(Node node, Function<StreamObserver<DiscoveryResponse>, StreamObserver<DiscoveryRequest>> open) {
        this.node = node;
        this.requests = open.apply(responses);
    }

    /** A request that accepts nothing: the first of its type, or a change of names before any response. */
    SotwClient request(ResourceType type, String... resourceNames) {
        return send(
                DiscoveryRequest.newBuilder().setTypeUrl(type.typeUrl()).addAllResourceNames(List.of(resourceNames)));
    }

    /** Accepts a response, with the names as they were. */
    SotwClient ack(DiscoveryResponse response) {
        List<String> same = names.getOrDefault(response.getTypeUrl(), List.of());
        return ack(response, same.toArray(String[]::new));
    }

    /** Accepts a response and says which names are subscribed from now on. */
    SotwClient ack(DiscoveryResponse response, String... resourceNames) {
        return send(DiscoveryRequest.newBuilder()
                .setTypeUrl(response.getTypeUrl())
                .setVersionInfo(response.getVersionInfo())
                .setResponseNonce(response.getNonce())
                .addAllResourceNames(List.of(resourceNames)));
    }

    SotwClient nack(DiscoveryResponse response, String reason) {
        return send(DiscoveryRequest.newBuilder()
                .setTypeUrl(response.getTypeUrl())
                .setResponseNonce(response.getNonce())
                .setErrorDetail(Status.newBuilder().setMessage(reason))
                .addAllResourceNames(names.getOrDefault(response.getTypeUrl(), List.of())));
    }

    /** Sends any request; only the first carries the node (S2). */
    SotwClient send(DiscoveryRequest.Builder request) {
        if (!introduced && !request.hasNode()) {
            request.setNode(node);
        }
        introduced = true;
        names.put(request.getTypeUrl(), List.copyOf(request.getResourceNamesList()));
        requests.onNext(request.build());
        return this;
    }

    DiscoveryResponse next() {
        return responses.next();
    }

    /** The next response, which must be of this type. */
    DiscoveryResponse next(ResourceType type) {
        DiscoveryResponse response = next();
        if (!response.getTypeUrl().equals(type.typeUrl())) {
            throw new AssertionError("expected a response of type " + type + ", but got " + response.getTypeUrl() + " "
                    + namesOf(response));
        }
        return response;
    }

    /** The next response, accepted. */
    DiscoveryResponse nextAcked(ResourceType type) {
        DiscoveryResponse response = next(type);
        ack(response);
        return response;
    }

    boolean isSilent() {
        return responses.isEmpty() && responses.end() == null;
    }

    void halfClose() {
        requests.onCompleted();
    }

    void breakOff() {
        requests.onError(io.grpc.Status.CANCELLED.asRuntimeException());
    }

    static List<String> namesOf(DiscoveryResponse response) {
        return response.getResourcesList().stream().map(SotwClient::nameOf).toList();
    }

    private static String nameOf(Any any) {
        try {
            if (any.is(Resource.class)) {
                return any.unpack(Resource.class).getName();
            }
            if (any.is(Cluster.class)) {
                return any.unpack(Cluster.class).getName();
            }
            if (any.is(ClusterLoadAssignment.class)) {
                return any.unpack(ClusterLoadAssignment.class).getClusterName();
            }
            if (any.is(Listener.class)) {
                return any.unpack(Listener.class).getName();
            }
            if (any.is(RouteConfiguration.class)) {
                return any.unpack(RouteConfiguration.class).getName();
            }
            return any.unpack(Secret.class).getName();
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(any.getTypeUrl(), e);
        }
    }
}
