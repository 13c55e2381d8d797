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
        long seed = System.nanoTime();
        RandomMesh definitions = new RandomMesh(seed);
        try (TestMesh mesh = TestMesh.embedded(directory)) {
            String controlPlane = TestMesh.listen(mesh.controlPlane());
            mesh.sidecar(mesh.service("web-1"), "web", "version=v1", controlPlane);
            mesh.sidecar(mesh.service("web-2"), "web", "version=v1", controlPlane);
            Child client = mesh.sidecar(mesh.service("web-3"), "web", "version=v2", controlPlane);
            MeshClient management = mesh.client(controlPlane);
            TestMesh.awaitInstances(management, 3);
            String outbound = TestMesh.outbound(client);
            TestMesh.awaitAnswer(outbound, "http://web/", "200 web-");
            ApplyResponse last = ApplyResponse.getDefaultInstance();
            try (Load load = Load.start(outbound, "http://web/", 4)) {
                for (int i = 0; i < APPLIES; i++) {
                    ApplyRequest next = definitions.next();
                    last = apply(management, next, seed);
                    // Sometimes one overtakes the other, sometimes each is live before the next.
                    if (i % 3 == 0) {
                        assertLive(management, last, seed);
                    }
                }
                assertLive(management, last, seed);
                long asked = load.asked();
                load.stop();
                assertThat(load.failures()).as("seed %d, %s", seed, load.told()).isEmpty();
                assertThat(asked).isGreaterThan(APPLIES);
            }
        }
    }

    private static ApplyResponse apply(MeshClient management, ApplyRequest next, long seed) {
        try {
            return management.call(m -> m.apply(next));
        } catch (MeshException.Invalid e) {
            throw new AssertionError("seed " + seed + ": " + e.problems() + "\nin " + next, e);
        }
    }

    private static void assertLive(MeshClient management, ApplyResponse applied, long seed) {
        WatchRolloutResponse rollout = TestMesh.rollout(management, applied.getRevision());
        assertThat(rollout.getDone()).as("seed %d: %s", seed, rollout).isTrue();
        assertThat(rollout.getLive()).isEqualTo(3);
    }
}
