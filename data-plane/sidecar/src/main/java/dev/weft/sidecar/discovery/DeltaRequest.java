package dev.weft.sidecar.discovery;

import com.google.protobuf.ByteString;
import java.util.List;
import java.util.Map;

/**
 * {@code DeltaDiscoveryRequest}. Immutable.
 *
 * @param node as {@code Node} bytes; empty on all but the first request of a stream
 * @param initialVersions by name, of what we have; only on the first request for a type
 * @param nonce of the response that is answered, or empty
 * @param error why it is refused, or empty
 */
public record DeltaRequest(
        ByteString node,
        String typeUrl,
        List<String> subscribe,
        List<String> unsubscribe,
        Map<String, String> initialVersions,
        String nonce,
        String error) {
    ByteString message() {
        WireWriter message = new WireWriter();
        if (!node.isEmpty()) {
            message.bytes(1, node);
        }
        message.string(2, typeUrl).strings(3, subscribe).strings(4, unsubscribe);
        initialVersions.forEach((name, version) -> message.bytes(
                5, new WireWriter().string(1, name).string(2, version).message()));
        message.string(6, nonce);
        if (!error.isEmpty()) {
            message.bytes(7, Refusal.status(error));
        }
        return message.message();
    }

    /** The same, from a node. */
    public DeltaRequest from(ByteString node) {
        return new DeltaRequest(node, typeUrl, subscribe, unsubscribe, initialVersions, nonce, error);
    }
}
