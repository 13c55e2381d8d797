package dev.weft.xds;

import com.google.protobuf.Any;
import com.google.rpc.Status;
import io.envoyproxy.envoy.config.core.v3.ControlPlane;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Immutable. The state-of-the-world variant: a request carries the whole subscription, and a response of listeners or
 * clusters the whole set, in which absence deletes.
 */
final class StateOfTheWorld implements Dialect<DiscoveryRequest, DiscoveryResponse> {
    static final StateOfTheWorld INSTANCE = new StateOfTheWorld();

    private static final String WILDCARD = "*";

    private StateOfTheWorld() {}

    @Override
    public XdsClient.Variant variant() {
        return XdsClient.Variant.STATE_OF_THE_WORLD;
    }

    @Override
    public String typeUrl(DiscoveryRequest request) {
        return request.getTypeUrl();
    }

    @Override
    public Node node(DiscoveryRequest request) {
        return request.getNode();
    }

    @Override
    public String nonce(DiscoveryRequest request) {
        return request.getResponseNonce();
    }

    @Override
    public Optional<Status> refusal(DiscoveryRequest request) {
        return request.hasErrorDetail() ? Optional.of(request.getErrorDetail()) : Optional.empty();
    }

    @Override
    public int names(DiscoveryRequest request) {
        return request.getResourceNamesCount();
    }

    @Override
    public void subscribe(DiscoveryRequest request, Subscribing to) {
        TypeSubscription subscription = to.subscription();
        Set<String> names = new LinkedHashSet<>(request.getResourceNamesList());
        boolean legacy = names.isEmpty() && subscription.legacyWildcard(to.client());
        if (!names.isEmpty()) {
            subscription.endLegacyWildcard();
        }
        boolean wildcard = names.remove(WILDCARD) || legacy;
        if (to.first() && !request.getVersionInfo().isEmpty()) {
            subscription.reconnected(request.getVersionInfo());
        }
        if (to.first() && (wildcard || !names.isEmpty()) && subscription.type().isComplete()) {
            subscription.oweAnswer();
        }
        List<String> gone = subscription.explicit().stream()
                .filter(name -> !names.contains(name))
                .toList();
        gone.forEach(subscription::unsubscribe);
        if (wildcard && !subscription.wildcard()) {
            subscription.subscribeToAll(to.snapshot(), to.since().of(WILDCARD));
        } else if (!wildcard && subscription.wildcard()) {
            subscription.unsubscribeFromAll();
        }
        for (String name : names) {
            if (!subscription.explicit().contains(name)) {
                // Sent even if a wildcard had brought it before: the client may have dropped it meanwhile (S12).
                subscription.subscribe(name, to.since().of(name)).again = true;
            }
        }
    }

    @Override
    public @Nullable DiscoveryResponse respond(TypeSubscription subscription, Batch batch, Header header) {
        boolean complete = subscription.type().isComplete();
        DiscoveryResponse.Builder response = DiscoveryResponse.newBuilder()
                .setTypeUrl(subscription.type().typeUrl())
                .setNonce(header.nonce())
                .setControlPlane(ControlPlane.newBuilder().setIdentifier(header.identifier()));
        if (complete) {
            addAll(subscription, header.client(), response);
        } else {
            addTold(subscription, batch, header.client(), response);
        }
        for (Batch.Item item : batch.items()) {
            if (item.resource() != null && item.resource().error().isPresent()) {
                response.addResourceErrors(Dialect.error(item.resource()));
            }
        }
        boolean saysSomething = complete || response.getResourcesCount() > 0 || response.getResourceErrorsCount() > 0;
        return saysSomething ? response.build() : null;
    }

    @Override
    public String version(DiscoveryResponse response) {
        return response.getVersionInfo();
    }

    // What the client refused is not offered again: the last version it accepted stands in, for absence would delete.
    private static void addAll(TypeSubscription subscription, XdsClient client, DiscoveryResponse.Builder response) {
        List<XdsResource> shown = new ArrayList<>();
        for (Entry entry : subscription.entries().values()) {
            boolean usable =
                    !entry.refused && (entry.sent == null || entry.sent.error().isEmpty());
            XdsResource resource = usable ? entry.sent : entry.held;
            if (resource != null) {
                shown.add(resource);
                response.addResources(body(resource, client));
            }
        }
        response.setVersionInfo(Snapshot.version(shown));
    }

    // A client that reconnects may wait for endpoints that no longer exist; it has no way to learn so but this (S35).
    private static void addTold(
            TypeSubscription subscription, Batch batch, XdsClient client, DiscoveryResponse.Builder response) {
        boolean answerMissing =
                subscription.isReconnecting() && subscription.type().equals(ResourceType.ENDPOINT);
        for (Batch.Item item : batch.items()) {
            XdsResource resource = item.resource();
            if (resource == null) {
                if (answerMissing) {
                    response.addResources(body(noEndpoints(item.entry().name), client));
                }
            } else if (item.heartbeat()) {
                response.addResources(Any.pack(resource.heartbeat()));
            } else if (resource.error().isEmpty()) {
                response.addResources(body(resource, client));
            }
        }
        response.setVersionInfo(Snapshot.version(subscription.knownFingerprint()));
    }

    private static Any body(XdsResource resource, XdsClient client) {
        return ClientFeatures.takesResourceEnvelopes(client)
                ? Any.pack(resource.envelope(ClientFeatures.takesTtl(client)))
                : resource.body();
    }

    private static XdsResource noEndpoints(String cluster) {
        return XdsResource.of(
                ResourceType.ENDPOINT,
                cluster,
                ClusterLoadAssignment.newBuilder().setClusterName(cluster).build());
    }
}
