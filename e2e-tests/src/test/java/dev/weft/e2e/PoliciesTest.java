package dev.weft.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.api.client.MeshClient;
import dev.weft.v1.ApplyResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a rule says of faults and limits, from a manifest to the answers of a sidecar. */
final class PoliciesTest {
    private static final String ROUTE = """
            kind: Route
            name: web
            spec:
              hosts: [web]
              rules:
              - match: {path: {prefix: /broken}}
                forward: [{cluster: web}]
                fault: {abort: {status: 503}}
              - match: {path: {prefix: /scarce}}
                forward: [{cluster: web}]
                mirror: [{cluster: web}]
                cors: {origins: ["https://app.example"]}
                rate_limit: {requests: 1, per: 1h}
              - forward: [{cluster: web}]
            """;

    @TempDir
    private Path directory;

    @Test
    void aRulesPoliciesHoldForItsRequestsOnly() throws Exception {
        try (TestMesh mesh = TestMesh.embedded(directory)) {
            String server = TestMesh.listen(mesh.controlPlane());
            MeshClient client = mesh.client(server);
            Child sidecar = mesh.sidecar(mesh.service("web-1"), "web", "version=1", server);
            String outbound = TestMesh.outbound(sidecar);
            TestMesh.awaitInstances(client, 1);

            ApplyResponse applied = TestMesh.apply(client, ROUTE);
            assertThat(TestMesh.rollout(client, applied.getRevision()).getRefusingList())
                    .isEmpty();
            TestMesh.awaitAnswer(outbound, "http://web/broken", "503 injected fault");

            assertThat(Load.once(outbound, "http://web/")).isEqualTo("200 web-1");
            assertThat(Load.once(outbound, "http://web/scarce")).isEqualTo("200 web-1");
            assertThat(Load.once(outbound, "http://web/scarce")).startsWith("429 too many requests");
            assertThat(Load.once(outbound, "http://web/")).isEqualTo("200 web-1");
        }
    }
}
