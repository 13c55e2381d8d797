package dev.weft.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.api.client.MeshClient;
import dev.weft.api.client.MeshException;
import dev.weft.v1.ApplyRequest;
import dev.weft.v1.ApplyResponse;
import dev.weft.v1.WatchRolloutResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever valid is applied, and however fast, traffic does not notice: additions are live before what needs them. */
final class RandomAppliesTest {
    private static final int APPLIES = 100;

    @Test
    void noRequestFailsWhileAHundredRandomAppliesGoLiveOneAfterAnother(@TempDir Path directory) throws Exception {
        try (TestMesh mesh = TestMesh.embedded(directory)) {
            String controlPlane = TestMesh.listen(mesh.controlPlane());
            mesh.sidecar(mesh.service("web-1"), "web", "version=v1", controlPlane);
            mesh.sidecar(mesh.service("web-2"), "web", "version=v1", controlPlane);
            Child client = mesh.sidecar(mesh.service("web-3"), "web", "version=v2", controlPlane);
            MeshClient management = mesh.client(controlPlane);
            TestMesh.awaitInstances(management, 3);
            applyUnderLoad(management, TestMesh.outbound(client), 3);
        }
    }

    /** Our sidecar makes a route live only with its clusters; an Envoy has nothing but the order in which it is told. */
    @Test
    void norThroughAnEnvoy(@TempDir Path directory) throws Exception {
        try (TestMesh mesh = TestMesh.embedded(directory)) {
            String controlPlane = TestMesh.listen(mesh.controlPlane());
            try (Child _ = Envoy.start(directory, controlPlane)) {
                mesh.sidecar(mesh.service("web-1"), "web", "version=v1", controlPlane);
                mesh.sidecar(mesh.service("web-2"), "web", "version=v2", controlPlane);
                MeshClient management = mesh.client(controlPlane);
                TestMesh.awaitInstances(management, 2);
                int port = Ports.free();
                TestMesh.apply(management, """
                        {kind: Cluster, name: first, spec: {instances: {service: web}}}
                        ---
                        {kind: Route, name: web, spec: {hosts: [web], rules: [{forward: [{cluster: first}]}]}}
                        ---
                        {kind: Listener, name: egress, spec: {address: 127.0.0.1, port: %d, routes: [web], services: [shop]}}
                        """.formatted(port));
                applyUnderLoad(management, "127.0.0.1:" + port, 3);
            }
        }
    }

    private static void applyUnderLoad(MeshClient management, String proxy, int nodes) throws Exception {
        long seed = System.nanoTime();
        RandomMesh definitions = new RandomMesh(seed);
        ApplyResponse last = apply(management, definitions.next(), seed);
        TestMesh.awaitAnswer(proxy, "http://web/", "200 web-");
        try (Load load = Load.start(proxy, "http://web/", 4)) {
            for (int i = 0; i < APPLIES; i++) {
                last = apply(management, definitions.next(), seed);
                // Sometimes one overtakes the other, sometimes each is live before the next.
                if (i % 3 == 0) {
                    assertLive(management, last, nodes, seed);
                }
            }
            assertLive(management, last, nodes, seed);
            load.stop();
            assertThat(load.failures()).as("seed %d, %s", seed, load.told()).isEmpty();
            assertThat(load.asked()).isGreaterThan(APPLIES);
        }
    }

    private static ApplyResponse apply(MeshClient management, ApplyRequest next, long seed) {
        try {
            return management.call(m -> m.apply(next));
        } catch (MeshException.Invalid e) {
            throw new AssertionError("seed " + seed + ": " + e.problems() + "\nin " + next, e);
        }
    }

    private static void assertLive(MeshClient management, ApplyResponse applied, int nodes, long seed) {
        WatchRolloutResponse rollout = TestMesh.rollout(management, applied.getRevision());
        assertThat(rollout.getDone()).as("seed %d: %s", seed, rollout).isTrue();
        assertThat(rollout.getLive()).isEqualTo(nodes);
    }
}
