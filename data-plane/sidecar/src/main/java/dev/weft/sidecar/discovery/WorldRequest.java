package dev.weft.sidecar.discovery;

import com.google.protobuf.ByteString;
import java.util.List;

/**
 * {@code DiscoveryRequest}, state of the world. Immutable.
 *
 * @param version the last that was accepted, or empty
 * @param node as {@code Node} bytes; empty on all but the first request of a stream
 * @param names all that are wanted; empty for a wildcard
 * @param nonce of the last response on this stream, or empty
 * @param error why it is refused, or empty
 */
public record WorldRequest(
        String version, ByteString node, List<String> names, String typeUrl, String nonce, String error) {
    ByteString message() {
        WireWriter message = new WireWriter().string(1, version);
        if (!node.isEmpty()) {
            message.bytes(2, node);
        }
        message.strings(3, names).string(4, typeUrl).string(5, nonce);
        if (!error.isEmpty()) {
            message.bytes(6, Refusal.status(error));
        }
        return message.message();
    }

    /** The same, from a node. */
    public WorldRequest from(ByteString node) {
        return new WorldRequest(version, node, names, typeUrl, nonce, error);
    }
}
