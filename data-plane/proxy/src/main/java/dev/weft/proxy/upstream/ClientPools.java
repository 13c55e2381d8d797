package dev.weft.proxy.upstream;

import dev.weft.proxy.http.Connection;
import io.netty.util.AttributeKey;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The pools of one client, for clusters whose endpoints are told by a PROXY header who that is: what is said once, at a connection's
 * begin, holds for every request on it. The pools go with the client's own connection, since no other client may use them.
 *
 * <p>Confined to the event loop of that connection, on whose channel it is found.
 */
final class ClientPools {
    private static final AttributeKey<ClientPools> KEY = AttributeKey.valueOf(ClientPools.class, "pools");

    private final Announcement client;
    private final Map<UpstreamEndpoint, EndpointPool> byEndpoint = new HashMap<>();
    private boolean gone;

    private ClientPools(Announcement client) {
        this.client = client;
    }

    /**
     * @param onMade told where these are the client's first
     * @param onGone told once when the client has gone
     */
    static ClientPools of(Connection connection, Consumer<ClientPools> onMade, Consumer<ClientPools> onGone) {
        ClientPools known = connection.channel().attr(KEY).get();
        if (known != null) {
            return known;
        }
        ClientPools made = new ClientPools(Announcement.of(connection));
        connection.channel().attr(KEY).set(made);
        onMade.accept(made);
        connection.channel().closeFuture().addListener(closed -> {
            made.end();
            onGone.accept(made);
        });
        return made;
    }

    Announcement client() {
        return client;
    }

    Map<UpstreamEndpoint, EndpointPool> byEndpoint() {
        return byEndpoint;
    }

    /** Whether nothing that is connected now will be used again. */
    boolean isGone() {
        return gone;
    }

    private void end() {
        gone = true;
        List<EndpointPool> all = List.copyOf(byEndpoint.values());
        byEndpoint.clear();
        all.forEach(EndpointPool::retire);
    }
}
