package dev.weft.sidecar.xds;

import dev.weft.proxy.model.ClientTls;
import dev.weft.proxy.model.ProxyProtocol;
import dev.weft.sidecar.xds.message.Message;
import dev.weft.sidecar.xds.message.Problems;
import java.util.Optional;

/**
 * The transport socket of a cluster: plain, TLS, or either of them behind a PROXY header. Confined to the thread of the conversion.
 */
final class UpstreamSocketTranslation {
    private static final String SOCKETS = "envoy.extensions.transport_sockets.";
    private static final String PROXY = SOCKETS + "proxy_protocol.v3.ProxyProtocolUpstreamTransport";
    private static final String PLAIN = SOCKETS + "raw_buffer.v3.RawBuffer";

    private final Problems problems;
    private final TlsTranslation tls;

    UpstreamSocketTranslation(Problems problems, TlsTranslation tls) {
        this.problems = problems;
        this.tls = tls;
    }

    /**
     * With what connections to a cluster begin.
     *
     * @param tls where nothing of it is waited for
     * @param awaited where secrets of it are
     */
    record UpstreamSocket(
            Optional<ProxyProtocol.Version> proxyProtocol,
            Optional<ClientTls> tls,
            Optional<TlsDraft.Client> awaited) {}

    UpstreamSocket socket(Message cluster) {
        Optional<Message> socket = cluster.find("transport_socket");
        if (socket.isEmpty() || !type(socket.get()).equals(PROXY)) {
            return behind(Optional.empty(), socket);
        }
        Message proxy = socket.get().message("typed_config");
        Optional<Message> behind = proxy.find("transport_socket");
        if (behind.isEmpty()) {
            problems.add(proxy.path("transport_socket"), "missing (expected: raw_buffer or tls)");
        }
        ProxyProtocol.Version version =
                proxy.message("config").choice("version").equals("V2")
                        ? ProxyProtocol.Version.V2
                        : ProxyProtocol.Version.V1;
        return behind(Optional.of(version), behind);
    }

    private UpstreamSocket behind(Optional<ProxyProtocol.Version> proxyProtocol, Optional<Message> socket) {
        Optional<Message> secured = socket.filter(given -> !type(given).equals(PLAIN));
        Optional<TlsDraft.Client> draft = secured.map(tls::client);
        Optional<ClientTls> complete = draft.flatMap(read -> tls.complete(secured.orElseThrow(), read));
        return new UpstreamSocket(proxyProtocol, complete, draft.filter(read -> complete.isEmpty()));
    }

    private static String type(Message socket) {
        return socket.find("typed_config").map(Message::type).orElse("");
    }
}
