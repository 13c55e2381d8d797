package dev.weft.proxy.cluster;

import dev.weft.proxy.http.ClientConnection;
import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.Protocol;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.model.HealthCheck;
import dev.weft.proxy.upstream.UpstreamPools;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Well is who answers a GET with an expected status. A response with {@code x-envoy-degraded} asks to be used last.
 *
 * <p>Confined to its event loop.
 */
final class HttpProbe implements Probe {
    private static final HeaderName USER_AGENT = HeaderName.of("user-agent");
    private static final HeaderName DEGRADED = HeaderName.of("x-envoy-degraded");

    private final HealthCheck.HttpProbe config;
    private final String authority;
    private final UpstreamPools pools;
    private final CheckTarget target;

    HttpProbe(HealthCheck.HttpProbe config, String clusterName, UpstreamPools pools, CheckTarget target) {
        this.config = config;
        this.authority = config.host().isEmpty() ? clusterName : config.host();
        this.pools = pools;
        this.target = target;
    }

    @Override
    public Question ask(Answer answer) {
        Get get = new Get(answer);
        get.begin();
        return get;
    }

    @Override
    public void close() {
        pools.retire(target);
    }

    private boolean isExpected(int status) {
        if (config.expectedStatuses().isEmpty()) {
            return status == 200;
        }
        return config.expectedStatuses().stream().anyMatch(range -> status >= range.from() && status <= range.to());
    }

    private final class Get extends HttpQuestion {
        private int status;
        private boolean degraded;

        Get(Answer answer) {
            super(pools, target, config.http2() ? Protocol.HTTP_2 : Protocol.HTTP_1_1, answer);
        }

        @Override
        void request(RequestHead head) {
            head.method("GET")
                    .scheme(target.config().tls().isPresent() ? "https" : "http")
                    .authority(authority)
                    .path(config.path());
            head.headers().add(USER_AGENT, "weft-health-check");
        }

        @Override
        @Nullable
        ByteBuf body(ClientConnection connection) {
            return null;
        }

        @Override
        void responded(ResponseHead head) {
            status = head.status();
            degraded = head.headers().indexOf(DEGRADED, 0) >= 0;
        }

        @Override
        void received(ByteBuf data) {}

        @Override
        Verdict verdict(@Nullable Headers trailers) {
            return isExpected(status) ? Verdict.ofWell(degraded) : Verdict.ofUnwell("status " + status);
        }
    }
}
