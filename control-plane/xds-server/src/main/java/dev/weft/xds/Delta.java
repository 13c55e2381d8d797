package dev.weft.xds;

import com.google.rpc.Status;
import io.envoyproxy.envoy.config.core.v3.ControlPlane;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Immutable. The incremental variant: requests and responses carry what changed, resources with name and version. */
final class Delta implements Dialect<DeltaDiscoveryRequest, DeltaDiscoveryResponse> {
    static final Delta INSTANCE = new Delta();

    private static final String WILDCARD = "*";

    private Delta() {}

    @Override
    public XdsClient.Variant variant() {
        return XdsClient.Variant.DELTA;
    }

    @Override
    public String typeUrl(DeltaDiscoveryRequest request) {
        return request.getTypeUrl();
    }

    @Override
    public Node node(DeltaDiscoveryRequest request) {
        return request.getNode();
    }

    @Override
    public String nonce(DeltaDiscoveryRequest request) {
        return request.getResponseNonce();
    }

    @Override
    public Optional<Status> refusal(DeltaDiscoveryRequest request) {
        return request.hasErrorDetail() ? Optional.of(request.getErrorDetail()) : Optional.empty();
    }

    @Override
    public int names(DeltaDiscoveryRequest request) {
        return request.getResourceNamesSubscribeCount();
    }

    @Override
    public void subscribe(DeltaDiscoveryRequest request, Subscribing to) {
        TypeSubscription subscription = to.subscription();
        boolean none = request.getResourceNamesSubscribeCount() == 0;
        if (to.first() && none && subscription.legacyWildcard(to.client())) {
            subscribeToAll(to);
        }
        for (String name : request.getResourceNamesSubscribeList()) {
            if (name.equals(WILDCARD)) {
                subscribeToAll(to);
            } else {
                // Asked for again, it is sent again (S26), also when only the wildcard covered it so far.
                boolean again = subscription.covers(name);
                subscription.subscribe(name, to.since().of(name)).again |= again;
            }
        }
        if (to.first()) {
            request.getInitialResourceVersionsMap().forEach((name, version) -> claim(subscription, name, version));
        }
        request.getResourceNamesUnsubscribeList().forEach(name -> unsubscribe(name, to));
    }

    private static void subscribeToAll(Subscribing to) {
        to.subscription().subscribeToAll(to.snapshot(), to.since().of(WILDCARD));
        to.subscription().oweAnswer();
    }

    /** The client says that it has this version already (S30). */
    private static void claim(TypeSubscription subscription, String name, String version) {
        if (subscription.covers(name)) {
            Entry entry = subscription.entry(name);
            subscription.adopt(entry, XdsResource.opaque(subscription.type(), name, version));
            entry.again = false;
            subscription.ask(entry, 0);
        }
    }

    private static void unsubscribe(String name, Subscribing to) {
        TypeSubscription subscription = to.subscription();
        if (name.equals(WILDCARD)) {
            subscription.unsubscribeFromAll();
        } else if (subscription.unsubscribe(name) && subscription.wildcard()) {
            // The client dropped it, but the wildcard still covers it: it must hear of it anew (S29).
            Entry entry = subscription.entry(name);
            entry.again = true;
            subscription.ask(entry, to.since().of(name));
        }
    }

    @Override
    public @Nullable DeltaDiscoveryResponse respond(TypeSubscription subscription, Batch batch, Header header) {
        DeltaDiscoveryResponse.Builder response = DeltaDiscoveryResponse.newBuilder()
                .setTypeUrl(subscription.type().typeUrl())
                .setNonce(header.nonce())
                .setSystemVersionInfo(Long.toString(header.revision()))
                .setControlPlane(ControlPlane.newBuilder().setIdentifier(header.identifier()));
        boolean takesTtl = ClientFeatures.takesTtl(header.client());
        for (Batch.Item item : batch.items()) {
            XdsResource resource = item.resource();
            if (resource == null) {
                response.addRemovedResources(item.entry().name);
            } else if (resource.error().isPresent()) {
                response.addResourceErrors(Dialect.error(resource));
                if (item.entry().held == null) {
                    // A client that does not read errors must not wait for what will not come.
                    response.addRemovedResources(item.entry().name);
                }
            } else {
                response.addResources(item.heartbeat() ? resource.heartbeat() : resource.envelope(takesTtl));
            }
        }
        return response.build();
    }

    @Override
    public String version(DeltaDiscoveryResponse response) {
        return response.getSystemVersionInfo();
    }
}
