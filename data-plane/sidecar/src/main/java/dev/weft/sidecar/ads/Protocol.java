package dev.weft.sidecar.ads;

import dev.weft.sidecar.live.Accepted;
import dev.weft.sidecar.live.Delivery;
import dev.weft.sidecar.xds.ResourceType;
import io.grpc.MethodDescriptor;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/**
 * One variant of the protocol: how its requests are written and its responses read. Holds what a single stream has to remember,
 * so every stream gets a new one. Confined to the configuration's thread.
 *
 * @param <Q> request
 * @param <R> response
 */
interface Protocol<Q, R> {
    MethodDescriptor<Q, R> method();

    /**
     * The first request for a type on this stream.
     *
     * @param names all that are wanted; empty for a wildcard
     * @param known what we have of the type
     */
    Q first(ResourceType type, Set<String> names, Collection<Accepted> known);

    /** What a change of the names that are wanted asks of the server. */
    Q change(ResourceType type, Set<String> before, Set<String> now);

    Delivery read(R response);

    /** The acknowledgement, or with errors the refusal, of a response. */
    Q answer(R response, Set<String> names, List<String> errors);

    /** Puts the node on a request, which the first one of a stream needs. */
    Q identified(Q request);
}
