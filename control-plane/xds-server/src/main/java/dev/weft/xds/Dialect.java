package dev.weft.xds;

import com.google.rpc.Status;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.ResourceError;
import io.envoyproxy.envoy.service.discovery.v3.ResourceName;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Immutable. One of the two ways to speak xDS: how a request changes a subscription, and how a batch becomes a response.
 *
 * @param <Q> the request message
 * @param <R> the response message
 */
interface Dialect<Q, R> {
    XdsClient.Variant variant();

    String typeUrl(Q request);

    Node node(Q request);

    /** The nonce of the response that the request accepts or refuses; empty when it does neither. */
    String nonce(Q request);

    /** Present when the request refuses the response (S5). */
    Optional<Status> refusal(Q request);

    /** How many names the request carries. */
    int names(Q request);

    /** Applies what the request says about the subscription, whatever its nonce (S8, S9). */
    void subscribe(Q request, Subscribing to);

    /**
     * Makes the response that tells the batch, which the subscription already counts as told. Null when the client
     * needs no message for it.
     */
    @Nullable
    R respond(TypeSubscription subscription, Batch batch, Header header);

    /** The version text of a response, for the record. */
    String version(R response);

    static ResourceError error(XdsResource resource) {
        return ResourceError.newBuilder()
                .setResourceName(ResourceName.newBuilder().setName(resource.name()))
                .setErrorDetail(resource.error().orElseThrow())
                .build();
    }

    /**
     * What a request is applied to.
     *
     * @param first whether it is the first request of its type on the stream
     * @param snapshot what is served now, or null while that is not known
     * @param since gives the revision from which a newly asked name counts as pending
     */
    record Subscribing(
            TypeSubscription subscription,
            boolean first,
            XdsClient client,
            @Nullable Snapshot snapshot,
            Since since) {}

    /** From which revision on a newly subscribed name counts as pending. */
    interface Since {
        long of(String name);
    }

    /** What every response carries. */
    record Header(String identifier, String nonce, long revision, XdsClient client) {}
}
