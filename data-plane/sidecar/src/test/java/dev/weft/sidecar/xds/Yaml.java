package dev.weft.sidecar.xds;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.util.JsonFormat;
import dev.weft.sidecar.xds.Translation.Translated;
import dev.weft.sidecar.xds.message.Json;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.FilterConfig;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.extensions.access_loggers.file.v3.FileAccessLog;
import io.envoyproxy.envoy.extensions.access_loggers.stream.v3.StdoutAccessLog;
import io.envoyproxy.envoy.extensions.filters.http.buffer.v3.Buffer;
import io.envoyproxy.envoy.extensions.filters.http.buffer.v3.BufferPerRoute;
import io.envoyproxy.envoy.extensions.filters.http.cors.v3.Cors;
import io.envoyproxy.envoy.extensions.filters.http.cors.v3.CorsPolicy;
import io.envoyproxy.envoy.extensions.filters.http.fault.v3.HTTPFault;
import io.envoyproxy.envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit;
import io.envoyproxy.envoy.extensions.filters.http.lua.v3.Lua;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.listener.http_inspector.v3.HttpInspector;
import io.envoyproxy.envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol;
import io.envoyproxy.envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import io.envoyproxy.envoy.extensions.internal_redirect.allow_listed_routes.v3.AllowListedRoutesConfig;
import io.envoyproxy.envoy.extensions.internal_redirect.previous_routes.v3.PreviousRoutesConfig;
import io.envoyproxy.envoy.extensions.internal_redirect.safe_cross_scheme.v3.SafeCrossSchemeConfig;
import io.envoyproxy.envoy.extensions.load_balancing_policies.ring_hash.v3.RingHash;
import io.envoyproxy.envoy.extensions.load_balancing_policies.round_robin.v3.RoundRobin;
import io.envoyproxy.envoy.extensions.load_balancing_policies.wrr_locality.v3.WrrLocality;
import io.envoyproxy.envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig;
import io.envoyproxy.envoy.extensions.path.rewrite.uri_template.v3.UriTemplateRewriteConfig;
import io.envoyproxy.envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions;
import java.util.List;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** Resources written as YAML, brought through Envoy's own generated classes to the wire, and from there to us. */
final class Yaml {
    private static final TypeRegistry TYPES = TypeRegistry.newBuilder()
            .add(HttpConnectionManager.getDescriptor())
            .add(TcpProxy.getDescriptor())
            .add(FileAccessLog.getDescriptor())
            .add(StdoutAccessLog.getDescriptor())
            .add(Router.getDescriptor())
            .add(Lua.getDescriptor())
            .add(ProxyProtocol.getDescriptor())
            .add(TlsInspector.getDescriptor())
            .add(HttpInspector.getDescriptor())
            .add(PreviousHostsPredicate.getDescriptor())
            .add(PreviousRoutesConfig.getDescriptor())
            .add(SafeCrossSchemeConfig.getDescriptor())
            .add(AllowListedRoutesConfig.getDescriptor())
            .add(UriTemplateMatchConfig.getDescriptor())
            .add(UriTemplateRewriteConfig.getDescriptor())
            .add(HttpProtocolOptions.getDescriptor())
            .add(RingHash.getDescriptor())
            .add(RoundRobin.getDescriptor())
            .add(WrrLocality.getDescriptor())
            .add(com.github.xds.type.v3.TypedStruct.getDescriptor())
            .add(io.envoyproxy.envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport
                    .getDescriptor())
            .add(io.envoyproxy.envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer.getDescriptor())
            .add(DownstreamTlsContext.getDescriptor())
            .add(UpstreamTlsContext.getDescriptor())
            .add(HTTPFault.getDescriptor())
            .add(Cors.getDescriptor())
            .add(CorsPolicy.getDescriptor())
            .add(LocalRateLimit.getDescriptor())
            .add(Buffer.getDescriptor())
            .add(BufferPerRoute.getDescriptor())
            .add(FilterConfig.getDescriptor())
            .add(io.envoyproxy.envoy.extensions.filters.http.compressor.v3.Compressor.getDescriptor())
            .add(io.envoyproxy.envoy.extensions.filters.http.compressor.v3.CompressorPerRoute.getDescriptor())
            .add(io.envoyproxy.envoy.extensions.filters.http.decompressor.v3.Decompressor.getDescriptor())
            .add(io.envoyproxy.envoy.extensions.filters.http.grpc_web.v3.GrpcWeb.getDescriptor())
            .add(io.envoyproxy.envoy.extensions.compression.gzip.compressor.v3.Gzip.getDescriptor())
            .add(io.envoyproxy.envoy.extensions.compression.gzip.decompressor.v3.Gzip.getDescriptor())
            .add(io.envoyproxy.envoy.extensions.compression.brotli.compressor.v3.Brotli.getDescriptor())
            .add(io.envoyproxy.envoy.extensions.compression.brotli.decompressor.v3.Brotli.getDescriptor())
            .add(io.envoyproxy.envoy.extensions.compression.zstd.compressor.v3.Zstd.getDescriptor())
            .add(io.envoyproxy.envoy.extensions.compression.zstd.decompressor.v3.Zstd.getDescriptor())
            .build();

    private Yaml() {}

    static Object accepted(ResourceType type, String yaml) {
        Translated<?> translated = translated(type, yaml);
        assertThat(translated.problems()).isEmpty();
        Object value = translated.value();
        if (value == null) {
            throw new AssertionError("neither accepted nor refused");
        }
        return value;
    }

    static List<String> problems(ResourceType type, String yaml) {
        return translated(type, yaml).problems();
    }

    private static Translated<?> translated(ResourceType type, String yaml) {
        Object tree = new Load(LoadSettings.builder().build()).loadFromString(yaml);
        Message.Builder builder = switch (type) {
            case CLUSTER -> Cluster.newBuilder();
            case ENDPOINTS -> ClusterLoadAssignment.newBuilder();
            case LISTENER -> Listener.newBuilder();
            case ROUTES -> RouteConfiguration.newBuilder();
            case SECRET -> Secret.newBuilder();
        };
        try {
            JsonFormat.parser().usingTypeRegistry(TYPES).merge(Json.compact(tree), builder);
        } catch (com.google.protobuf.InvalidProtocolBufferException e) {
            throw new IllegalArgumentException(e);
        }
        return new Translation(Pem.FILES).translate(type, builder.build().toByteString());
    }
}
