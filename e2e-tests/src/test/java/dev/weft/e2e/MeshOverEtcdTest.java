package dev.weft.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weft.api.client.MeshClient;
import dev.weft.v1.ApplyResponse;
import dev.weft.v1.StatusRequest;
import dev.weft.v1.StatusResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two control planes over a real etcd, three sidecars, and everything that can be killed is. */
@SuppressWarnings("NullAway.Init") // the fields are set before each test
final class MeshOverEtcdTest {
    private static final String SPLIT = """
            kind: Cluster
            name: web-v1
            spec: {instances: {service: web, labels: {version: v1}}}
            ---
            kind: Cluster
            name: web-v2
            spec: {instances: {service: web, labels: {version: v2}}}
            ---
            kind: Route
            name: web
            spec:
              hosts: [web]
              rules:
              - forward: [{cluster: web-v1, weight: %d}, {cluster: web-v2, weight: %d}]
                retry: {on: [connect-failure, refused-stream, reset, gateway-error], attempts: 4}
            """;

    private Etcd etcd;
    private TestMesh mesh;
    private Child first;
    private Child second;
    private List<Child> sidecars;
    private MeshClient client;
    private String outbound;

    @BeforeEach
    void start(@TempDir Path directory) throws Exception {
        etcd = Etcd.start(directory);
        mesh = TestMesh.over(etcd, directory);
        first = mesh.controlPlane();
        second = mesh.controlPlane();
        String a = TestMesh.listen(first);
        String b = TestMesh.listen(second);
        sidecars = List.of(
                mesh.sidecar(mesh.service("web-1"), "web", "version=v1", a, b),
                mesh.sidecar(mesh.service("web-2"), "web", "version=v1", b, a),
                mesh.sidecar(mesh.service("web-3"), "web", "version=v2", a, b));
        client = mesh.client(b);
        outbound = TestMesh.outbound(sidecars.get(2));
        TestMesh.awaitInstances(client, 3);
    }

    @AfterEach
    void stop() throws Exception {
        try (AutoCloseable _ = etcd) {
            if (mesh != null) {
                mesh.close();
            }
        }
    }

    @Test
    void trafficFollowsTheRouteOnceItIsLive() throws Exception {
        TestMesh.awaitAnswer(outbound, "http://web/", "200 web-");
        ApplyResponse applied = TestMesh.apply(client, SPLIT.formatted(0, 1));
        assertThat(TestMesh.rollout(client, applied.getRevision()).getLive()).isEqualTo(3);
        for (int i = 0; i < 20; i++) {
            assertThat(Load.once(outbound, "http://web/")).isEqualTo("200 web-3");
        }
        applied = TestMesh.apply(client, SPLIT.formatted(1, 0));
        assertThat(TestMesh.rollout(client, applied.getRevision()).getDone()).isTrue();
        assertThat(Load.once(outbound, "http://web/")).matches("200 web-[12]");
    }

    @Test
    void noRequestFailsWhileProcessesDieAndAppliesGoOn() throws Exception {
        TestMesh.apply(client, SPLIT.formatted(50, 50));
        TestMesh.awaitAnswer(outbound, "http://web/", "200 web-");
        try (Load load = Load.start(outbound, "http://web/", 4)) {
            for (int i = 0; i < 20; i++) {
                TestMesh.apply(client, SPLIT.formatted(10 + i, 90 - i));
            }
            progress(load);
            sidecars.getFirst().kill();
            progress(load);
            first.kill();
            progress(load);
            etcd.kill();
            progress(load);
            etcd.restart();
            ApplyResponse applied = applyUntilStored(SPLIT.formatted(70, 30));
            assertThat(TestMesh.rollout(client, applied.getRevision()).getDone())
                    .isTrue();
            progress(load);
            load.stop();
            assertThat(load.failures()).as(load.told()).isEmpty();
            assertThat(load.answers()).containsKeys("web-2", "web-3");
        }
    }

    @Test
    void aSidecarThatRestartsWhileEveryControlPlaneIsDownServesWhatItKnew() throws Exception {
        ApplyResponse applied = TestMesh.apply(client, SPLIT.formatted(1, 0));
        assertThat(TestMesh.rollout(client, applied.getRevision()).getDone()).isTrue();
        TestMesh.awaitAnswer(outbound, "http://web/", "200 web-");
        String gone = TestMesh.listen(first);
        first.kill();
        second.kill();
        sidecars.get(2).kill();
        Child again = mesh.sidecar(mesh.service("web-3"), "web", "version=v2", gone);
        TestMesh.awaitAnswer(TestMesh.outbound(again), "http://web/", "200 web-");
    }

    @Test
    void statusTellsWhatAReplicaKnowsWhileTheStoreIsDown() throws Exception {
        TestMesh.awaitAnswer(outbound, "http://web/", "200 web-");
        etcd.kill();
        StatusResponse status = client.call(m -> m.status(StatusRequest.getDefaultInstance()));
        assertThat(status.getNodesList()).isNotEmpty();
        assertThat(status.getReplicasList()).hasSize(2);
        assertThat(status.getReplicas(0).getError()).isEmpty();
        assertThat(status.getReplicas(1).getError()).contains("the store does not answer");
    }

    @Test
    void aSidecarThatIsTerminatedLeavesFirstAndDrains() throws Exception {
        TestMesh.awaitAnswer(outbound, "http://web/", "200 web-");
        try (Load load = Load.start(outbound, "http://web/", 4)) {
            progress(load);
            assertThat(sidecars.getFirst().terminate()).isZero();
            TestMesh.awaitInstances(client, 2);
            progress(load);
            load.stop();
            assertThat(load.failures()).as(load.told()).isEmpty();
        }
    }

    private ApplyResponse applyUntilStored(String manifests) {
        return await("an apply after etcd came back")
                .atMost(Duration.ofSeconds(60))
                .ignoreExceptionsInstanceOf(dev.weft.api.client.MeshException.class)
                .until(() -> TestMesh.apply(client, manifests), response -> response.getRevision() > 0);
    }

    /** Some hundred more answers, so that what happened before has met traffic. */
    private static void progress(Load load) {
        long target = load.asked() + 200;
        await("traffic").atMost(Duration.ofSeconds(60)).until(() -> load.asked() >= target);
    }
}
