package dev.weft.sidecar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.proxy.model.Balancing;
import dev.weft.proxy.model.ClusterConfig;
import dev.weft.proxy.model.ClusterConfig.UpstreamProtocol;
import dev.weft.proxy.model.ListenerConfig;
import dev.weft.proxy.model.PeerName;
import dev.weft.proxy.model.PeerValidation;
import dev.weft.proxy.model.RouteAction.Forward;
import dev.weft.proxy.model.RouteTable;
import dev.weft.sidecar.bootstrap.BadBootstrap;
import dev.weft.sidecar.bootstrap.Bootstrap;
import dev.weft.sidecar.bootstrap.BootstrapFile;
import dev.weft.sidecar.bootstrap.BootstrapReader;
import dev.weft.sidecar.bootstrap.HostPort;
import dev.weft.sidecar.xds.ListenerDraft.Inline;
import dev.weft.sidecar.xds.Pem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The files that the yardstick of speed writes for Envoy and for us. */
class BenchBootstrapTest {
    private static Bootstrap read(String variant) throws Exception {
        Path file = Path.of(BenchBootstrapTest.class
                .getResource("/bench/" + variant + ".json")
                .toURI());
        return BootstrapReader.read(BootstrapFile.read(file), Pem.FILES);
    }

    @ParameterizedTest
    @ValueSource(strings = {"h1", "h1-full", "h1-tls", "h1-tls-full", "h2", "h2-full", "h2-tls", "h2-tls-full"})
    void everyVariantIsUnderstood(String variant) throws Exception {
        Bootstrap bootstrap = read(variant);

        assertThat(bootstrap.admin()).contains(new HostPort("127.0.0.1", 15020));
        assertThat(bootstrap.node().id()).isEqualTo("bench");
        ListenerConfig listener = bootstrap.statics().listeners().getFirst().config();
        ClusterConfig cluster = bootstrap.statics().clusters().getFirst().config();
        RouteTable table = ((Inline) bootstrap
                        .statics()
                        .listeners()
                        .getFirst()
                        .sources()
                        .getFirst()
                        .routes())
                .table();
        assertThat(listener.port()).isEqualTo(15001);
        assertThat(cluster.protocol())
                .isEqualTo(variant.startsWith("h2") ? UpstreamProtocol.HTTP2 : UpstreamProtocol.HTTP1);
        assertThat(listener.chains().getFirst().tls().isPresent()).isEqualTo(variant.contains("tls"));
        assertThat(cluster.tls().isPresent()).isEqualTo(variant.contains("tls"));
        boolean full = variant.endsWith("full");
        assertThat(table.virtualHosts().getFirst().rules()).hasSize(full ? 20 : 1);
        assertThat(cluster.balancing()).isInstanceOf(full ? Balancing.LeastRequest.class : Balancing.RoundRobin.class);
        assertThat(cluster.healthChecks()).hasSize(full ? 1 : 0);
        assertThat(cluster.outlierDetection().isPresent()).isEqualTo(full);
        assertThat(((ClusterConfig.Fixed) cluster.discovery()).endpoints()).hasSize(full ? 3 : 1);
    }

    @Test
    void theFullVariantRetries() throws Exception {
        RouteTable table = ((Inline) read("h1-full")
                        .statics()
                        .listeners()
                        .getFirst()
                        .sources()
                        .getFirst()
                        .routes())
                .table();

        Forward last =
                (Forward) table.virtualHosts().getFirst().rules().getLast().action();

        assertThat(last.retry()).hasValueSatisfying(retry -> {
            assertThat(retry.retries()).isEqualTo(2);
            assertThat(retry.on()).hasSize(4);
        });
    }

    @Test
    void tlsTakesCertificatesFromFiles() throws Exception {
        Bootstrap bootstrap = read("h2-tls");

        assertThat(bootstrap.statics().clusters().getFirst().config().tls()).hasValueSatisfying(tls -> {
            assertThat(tls.serverName()).isEqualTo("localhost");
            assertThat(tls.peer()).contains(new PeerValidation(Pem.CHAIN, List.of(PeerName.dns("localhost"))));
            assertThat(tls.alpn()).containsExactly("h2");
        });
        assertThat(bootstrap
                        .statics()
                        .listeners()
                        .getFirst()
                        .config()
                        .chains()
                        .getFirst()
                        .tls())
                .hasValueSatisfying(tls -> {
                    assertThat(tls.certificates().getFirst().chainPem()).isEqualTo(Pem.CHAIN);
                    assertThat(tls.certificates().getFirst().keyPem()).isEqualTo(Pem.KEY);
                });
    }

    @Test
    void whatIsNotSupportedIsRefusedByItsPathAllAtOnce(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("bootstrap.yaml");
        Files.writeString(file, """
                static_resources:
                  listeners:
                  - name: l
                    address: {socket_address: {address: 127.0.0.1, port_value: 1}}
                    use_original_dst: true
                    filter_chains:
                    - filters:
                      - name: http
                        typed_config:
                          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                          route_config: {virtual_hosts: [{name: v, domains: ["*"], routes: [{match: {prefix: /}, route: {early_data_policy: {}}}]}]}
                          http_filters:
                          - name: lua
                            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua, inline_code: x}
                          - name: router
                            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
                  clusters:
                  - {name: o, type: ORIGINAL_DST, connect_timeout: 0s}
                tracing: {}
                """);

        assertThatThrownBy(() -> BootstrapReader.read(BootstrapFile.read(file), Pem.FILES))
                .isInstanceOfSatisfying(BadBootstrap.class, bad -> {
                    String listener = "static_resources.listeners[0].";
                    String manager = listener + "filter_chains[0].filters[0].typed_config.";
                    String route = manager + "route_config.virtual_hosts[0].routes[0].route";
                    assertThat(bad.problems())
                            .contains(
                                    "tracing: not supported",
                                    listener + "use_original_dst: not supported",
                                    manager + "http_filters[0]: envoy.extensions.filters.http.lua.v3.Lua: not supported"
                                            + " (expected: a supported filter, or is_optional)",
                                    route + ".early_data_policy: not supported",
                                    route + ".cluster: none (expected: cluster, weighted_clusters or cluster_header)",
                                    "static_resources.clusters[0].type: ORIGINAL_DST: not supported"
                                            + " (expected: EDS, STATIC, STRICT_DNS or LOGICAL_DNS)");
                });
    }

    @Test
    void aFileThatIsNotYamlIsRefusedWithItsLine(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("bootstrap.yaml");
        Files.writeString(file, "a: [1\nb: 2\n");

        assertThatThrownBy(() -> BootstrapFile.read(file))
                .isInstanceOfSatisfying(
                        BadBootstrap.class,
                        bad -> assertThat(bad.problems())
                                .isEqualTo(List.of(bad.getMessage()))
                                .first()
                                .asString()
                                .contains("line 2"));
    }
}
