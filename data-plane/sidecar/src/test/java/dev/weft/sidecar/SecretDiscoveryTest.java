package dev.weft.sidecar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Any;
import dev.weft.sidecar.live.Protos;
import io.envoyproxy.controlplane.cache.v3.SimpleCache;
import io.envoyproxy.controlplane.cache.v3.Snapshot;
import io.envoyproxy.controlplane.server.V3DiscoveryServer;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.DirectResponseAction;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CommonTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A certificate that a control plane sends and renews, from java-control-plane into the process, to its clients and to the disk. */
@Timeout(180)
class SecretDiscoveryTest {
    private static final String CONFIG = """
            node: {id: secured, cluster: secured}
            admin: {address: {socket_address: {address: 127.0.0.1, port_value: 0}}}
            dynamic_resources:
              ads_config: {api_type: DELTA_GRPC, transport_api_version: V3, grpc_services: [{envoy_grpc: {cluster_name: cp}}]}
              lds_config: {ads: {}, resource_api_version: V3}
              cds_config: {ads: {}, resource_api_version: V3}
            static_resources:
              clusters:
              - name: cp
                type: STATIC
                http2_protocol_options: {}
                load_assignment:
                  cluster_name: cp
                  endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: PORT}}}}]}]
            """;
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final SimpleCache<String> cache = new SimpleCache<>(node -> "all");
    private @Nullable Server server;

    @TempDir
    private Path directory = Path.of("");

    @AfterEach
    void stop() {
        if (server != null) {
            server.shutdownNow();
        }
    }

    @Test
    void aRenewedSecretReachesNewConnectionsABadOneNoneAndTheDiskKeepsTheLastGoodOne() throws Exception {
        X509Bundle first = TlsVisitor.certificate("first");
        X509Bundle second = TlsVisitor.certificate("second");
        serve(1, Protos.certificate("own", first));
        Server controlPlane = NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
                .addService(new V3DiscoveryServer(cache).getAggregatedDiscoveryServiceImpl())
                .build()
                .start();
        server = controlPlane;
        Path config = Files.writeString(
                directory.resolve("config.yaml"), CONFIG.replace("PORT", String.valueOf(controlPlane.getPort())));
        try (SidecarProcess sidecar = SidecarProcess.start(directory, "sidecar", "-c", config.toString())
                        .serving();
                TlsVisitor old = TlsVisitor.of(sidecar)) {
            assertThat(old.subject()).isEqualTo("CN=first");
            assertThat(old.isAnswered()).isTrue();

            serve(2, Protos.certificate("own", second));
            await().atMost(PATIENCE)
                    .untilAsserted(
                            () -> assertThat(TlsVisitor.subjectOfNew(sidecar)).isEqualTo("CN=second"));
            assertThat(old.isAnswered()).isTrue();

            serve(3, torn(second, first));
            await().atMost(PATIENCE)
                    .until(() -> sidecar.err().contains("own: tls_certificate.private_key: of another certificate"));
            assertThat(TlsVisitor.subjectOfNew(sidecar)).isEqualTo("CN=second");
            assertThat(sidecar.get("admin", "/metrics").body())
                    .contains("weft_tls_reload_failures_total{source=\"secret\",} 1.0");
            assertNoKeyIsShown(sidecar, first, second);
            await().atMost(PATIENCE)
                    .until(() -> Files.readString(lastGood(), StandardCharsets.ISO_8859_1)
                            .contains(secondLine(second.getPrivateKeyPEM())));
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(lastGood())))
                    .isEqualTo("rw-------");
            sidecar.kill();
        }
        controlPlane.shutdownNow();
        try (SidecarProcess again = SidecarProcess.start(directory, "sidecar", "-c", config.toString())
                .serving()) {
            assertThat(TlsVisitor.subjectOfNew(again)).isEqualTo("CN=second");
        }
    }

    private static void assertNoKeyIsShown(SidecarProcess sidecar, X509Bundle... certificates) throws Exception {
        String shown = sidecar.get("admin", "/config_dump").body() + sidecar.err() + sidecar.out();
        for (X509Bundle certificate : certificates) {
            assertThat(shown).doesNotContain(secondLine(certificate.getPrivateKeyPEM()));
        }
        assertThat(shown).contains(secondLine(certificates[1].getCertificatePEM()));
    }

    private static String secondLine(String pem) {
        return pem.lines().skip(1).findFirst().orElseThrow();
    }

    private Path lastGood() throws IOException {
        try (Stream<Path> files = Files.walk(directory.resolve("state"))) {
            return files.filter(file -> file.endsWith("last-good")).findFirst().orElseThrow();
        }
    }

    private void serve(int version, Secret secret) {
        cache.setSnapshot(
                "all",
                Snapshot.create(
                        List.of(),
                        List.of(),
                        List.of(listener()),
                        List.of(),
                        List.of(secret),
                        String.valueOf(version)));
    }

    private static Listener listener() {
        HttpConnectionManager manager = HttpConnectionManager.newBuilder()
                .setStatPrefix("web")
                .setRouteConfig(RouteConfiguration.newBuilder()
                        .setName("all")
                        .addVirtualHosts(VirtualHost.newBuilder()
                                .setName("all")
                                .addDomains("*")
                                .addRoutes(Route.newBuilder()
                                        .setMatch(RouteMatch.newBuilder().setPrefix("/"))
                                        .setDirectResponse(DirectResponseAction.newBuilder()
                                                .setStatus(200)))))
                .addHttpFilters(
                        HttpFilter.newBuilder().setName("router").setTypedConfig(Any.pack(Router.getDefaultInstance())))
                .build();
        DownstreamTlsContext tls = DownstreamTlsContext.newBuilder()
                .setCommonTlsContext(
                        CommonTlsContext.newBuilder().addTlsCertificateSdsSecretConfigs(Protos.sent("own")))
                .build();
        return Listener.newBuilder()
                .setName("web")
                .setAddress(Protos.address(0))
                .addFilterChains(FilterChain.newBuilder()
                        .setTransportSocket(Protos.secured(tls))
                        .addFilters(Filter.newBuilder().setName("http").setTypedConfig(Any.pack(manager))))
                .build();
    }

    private static Secret torn(X509Bundle chain, X509Bundle key) {
        Secret whole = Protos.certificate("own", chain);
        DataSource other = Protos.text(key.getPrivateKeyPEM());
        return whole.toBuilder()
                .setTlsCertificate(whole.getTlsCertificate().toBuilder().setPrivateKey(other))
                .build();
    }
}
