package dev.weft.proxy.forward;

import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.model.HttpOptions;
import io.netty.util.NetUtil;

/**
 * Who the client is: the peer, or, where proxies in front are trusted, what they say of it in X-Forwarded-For. Stateless.
 *
 * <p>Each proxy appends its peer, so the entries are true from the right for as many hops as are trusted. At the edge our own
 * peer has been appended by the time this is asked, after {@code n} trusted hops the client is entry {@code n + 1} from the right.
 * Where there are fewer, or the entry is no IP address, nobody who is trusted has said who it is: then it is the peer, as in Envoy.
 */
final class ClientAddress {
    private ClientAddress() {}

    static String of(Headers headers, HttpOptions options, String peer) {
        boolean atEdge = options.useRemoteAddress();
        if (atEdge && options.trustedHops() == 0) {
            return peer;
        }
        String all = headers.joined(HeaderName.X_FORWARDED_FOR);
        if (all == null) {
            return peer;
        }
        String[] entries = all.split(",", -1);
        boolean peerIsThere = !atEdge || options.habits().appendForwardedFor();
        int fromRight = options.trustedHops() + (peerIsThere ? 1 : 0);
        if (entries.length < fromRight) {
            return peer;
        }
        String client = entries[entries.length - fromRight].strip();
        return NetUtil.isValidIpV4Address(client) || NetUtil.isValidIpV6Address(client) ? client : peer;
    }
}
