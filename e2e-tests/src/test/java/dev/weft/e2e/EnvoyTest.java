package dev.weft.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.api.client.MeshClient;
import dev.weft.v1.ApplyResponse;
import dev.weft.v1.NodeStatus;
import dev.weft.v1.StatusRequest;
import dev.weft.v1.WatchRolloutResponse;
import java.nio.file.Path;
import java.util.List;
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

    @TempDir
    private Path directory;

    @Test
    void anEnvoyAcceptsAndRunsWhatIsApplied() throws Exception {
        try (TestMesh mesh = TestMesh.embedded(directory)) {
            String server = TestMesh.listen(mesh.controlPlane());
            MeshClient client = mesh.client(server);
            Service service = mesh.service("origin");
            int http = Ports.free();
            int tcp = Ports.free();
            try (Child proxy = Envoy.start(directory, server)) {
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
