package dev.weft.controlplane.translate;

import com.google.protobuf.Any;
import com.google.protobuf.Message;
import com.google.protobuf.UInt32Value;
import dev.weft.v1.Listener;
import dev.weft.v1.Protocol;
import io.envoyproxy.envoy.config.core.v3.TrafficDirection;
import io.envoyproxy.envoy.config.listener.v3.ApiListener;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.FilterChainMatch;
import io.envoyproxy.envoy.config.listener.v3.ListenerFilter;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.Rds;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;

/** A Listener, or the target of a gRPC client, as LDS. Pure. */
final class ListenerTranslation {
    /** Nothing of a connection is lost by trying another endpoint. */
    private static final int CONNECT_ATTEMPTS = 3;

    private ListenerTranslation() {}

    static io.envoyproxy.envoy.config.listener.v3.Listener translate(String name, Listener listener) {
        String address = listener.getAddress().isEmpty() ? "0.0.0.0" : listener.getAddress();
        io.envoyproxy.envoy.config.listener.v3.Listener.Builder made =
                io.envoyproxy.envoy.config.listener.v3.Listener.newBuilder()
                        .setName(name)
                        .setAddress(Xds.address(address, listener.getPort()))
                        .setTrafficDirection(
                                listener.getDirection() == Listener.Direction.OUTBOUND
                                                || listener.getDirection() == Listener.Direction.DIRECTION_UNSPECIFIED
                                        ? TrafficDirection.OUTBOUND
                                        : TrafficDirection.INBOUND);
        if (listener.getPassThroughCount() > 0) {
            made.addListenerFilters(ListenerFilter.newBuilder()
                    .setName("envoy.filters.listener.tls_inspector")
                    .setTypedConfig(Any.pack(TlsInspector.getDefaultInstance())));
        }
        listener.getPassThroughList()
                .forEach(carried -> made.addFilterChains(FilterChain.newBuilder()
                        .setFilterChainMatch(
                                FilterChainMatch.newBuilder().addAllServerNames(carried.getServerNamesList()))
                        .addFilters(tcp(name, carried.getCluster()))));
        if (listener.getProtocol() != Protocol.TCP) {
            made.addFilterChains(FilterChain.newBuilder()
                    .addFilters(filter(
                            "envoy.filters.network.http_connection_manager",
                            connectionManager(name, Places.listener(name), codec(listener.getProtocol()), true))));
        } else if (!listener.getCluster().isEmpty()) {
            made.addFilterChains(FilterChain.newBuilder().addFilters(tcp(name, listener.getCluster())));
        }
        return made.build();
    }

    private static Filter.Builder tcp(String name, String cluster) {
        return filter(
                "envoy.filters.network.tcp_proxy",
                TcpProxy.newBuilder()
                        .setStatPrefix(name)
                        .setCluster(cluster)
                        .setMaxConnectAttempts(UInt32Value.of(CONNECT_ATTEMPTS))
                        .build());
    }

    /** What a proxyless gRPC client asks for by the name in its target. */
    static io.envoyproxy.envoy.config.listener.v3.Listener target(String host) {
        return io.envoyproxy.envoy.config.listener.v3.Listener.newBuilder()
                .setName(host)
                .setApiListener(ApiListener.newBuilder()
                        .setApiListener(Any.pack(
                                connectionManager(host, Places.MESH, HttpConnectionManager.CodecType.AUTO, false))))
                .build();
    }

    private static Filter.Builder filter(String name, Message config) {
        return Filter.newBuilder().setName(name).setTypedConfig(Any.pack(config));
    }

    /**
     * @param policies whether the filters are there that rules may switch on; they do nothing by themselves, so that a rule that
     *     needs one changes routes only
     */
    private static HttpConnectionManager connectionManager(
            String name, String routes, HttpConnectionManager.CodecType codec, boolean policies) {
        HttpConnectionManager.Builder manager = HttpConnectionManager.newBuilder()
                .setStatPrefix(name)
                .setCodecType(codec)
                .setRds(Rds.newBuilder().setRouteConfigName(routes).setConfigSource(Xds.fromAds()));
        if (policies) {
            manager.setProxy100Continue(true); // whether a body is wanted is for whoever serves it to say
            manager.addAllHttpFilters(PolicyTranslation.dormant());
        }
        return manager.addHttpFilters(HttpFilter.newBuilder()
                        .setName("envoy.filters.http.router")
                        .setTypedConfig(Any.pack(Router.getDefaultInstance())))
                .build();
    }

    private static HttpConnectionManager.CodecType codec(Protocol protocol) {
        return switch (protocol) {
            case HTTP1 -> HttpConnectionManager.CodecType.HTTP1;
            case HTTP2 -> HttpConnectionManager.CodecType.HTTP2;
            case AUTO, PROTOCOL_UNSPECIFIED, TCP, UNRECOGNIZED -> HttpConnectionManager.CodecType.AUTO;
        };
    }
}
