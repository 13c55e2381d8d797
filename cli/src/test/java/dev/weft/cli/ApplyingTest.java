package dev.weft.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.cli.Weft.Outcome;
import dev.weft.v1.ApplyResponse;
import dev.weft.v1.Kind;
import dev.weft.v1.NodeStatus;
import dev.weft.v1.ResourceChange;
import dev.weft.v1.ResourceRef;
import dev.weft.v1.TypeStatus;
import dev.weft.v1.WatchRolloutResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an apply sends, and what it says of where the change is live. */
@SuppressWarnings("NullAway.Init") // set before each test
final class ApplyingTest {
    @TempDir
    private Path folder;

    private FakeControlPlane controlPlane;
    private Path manifest;

    @BeforeEach
    void start() throws IOException {
        controlPlane = new FakeControlPlane();
        manifest = folder.resolve("web.yaml");
        Files.writeString(manifest, "{kind: Cluster, name: web, spec: {instances: {service: web}}}");
        controlPlane.applyAnswer = ApplyResponse.newBuilder()
                .setRevision(12)
                .addChanges(ResourceChange.newBuilder()
                        .setRef(ResourceRef.newBuilder().setKind(Kind.CLUSTER).setName("web"))
                        .setAction(ResourceChange.Action.CREATED))
                .build();
    }

    @AfterEach
    void stop() {
        controlPlane.close();
    }

    private Outcome weft(String arguments) {
        return Weft.run(("apply -f " + manifest + " -s " + controlPlane.address() + " " + arguments)
                .strip()
                .split(" "));
    }

    private static WatchRolloutResponse.Builder rollout(int live) {
        return WatchRolloutResponse.newBuilder().setRevision(12).setNodes(4).setLive(live);
    }

    @Test
    void itSaysWhatChangedAndAtWhichRevision() {
        assertThat(weft("").out()).isEqualTo("cluster/web created (revision 12)\n");
        assertThat(weft("--dry-run --wait").out()).isEqualTo("cluster/web created (dry run)\n");
        assertThat(controlPlane.applied.getLast().getDryRun()).isTrue();
    }

    @Test
    void flagsTravelToTheControlPlane() {
        assertThat(weft("--if-revision 4 -m why --owner shop --prune").code()).isZero();
        assertThat(controlPlane.applied).singleElement().satisfies(request -> {
            assertThat(request.getExpectedRevision()).isEqualTo(4);
            assertThat(request.getMessage()).isEqualTo("why");
            assertThat(request.getPruneOwner()).isEqualTo("shop");
            assertThat(request.getResources(0).getOwner()).isEqualTo("shop");
            assertThat(request.getIdempotencyId()).isNotEmpty();
        });
    }

    @Test
    void waitSaysThatItIsLive() {
        controlPlane.rollout =
                List.of(rollout(1).build(), rollout(4).setDone(true).build());
        Outcome outcome = weft("--wait");
        assertThat(outcome.code()).isZero();
        assertThat(outcome.out()).containsPattern("live on 4/4 sidecars in \\d+ ms \\(revision 12\\)\n$");
    }

    @Test
    void aRefusalIsAFailureWithItsReason() {
        controlPlane.rollout = List.of(rollout(3)
                .setDone(true)
                .addRefusing(NodeStatus.newBuilder()
                        .setId("web-1")
                        .addTypes(TypeStatus.newBuilder().setType("CDS").setRefusal("weight: 0")))
                .build());
        Outcome outcome = weft("--wait");
        assertThat(outcome.code()).isEqualTo(1);
        assertThat(outcome.err()).contains("revision 12 is refused; it is live on 3/4", "web-1 CDS: weight: 0");
    }

    @Test
    void timeThatIsUpIsExitCode124WithThoseWhoAreMissing() {
        controlPlane.rollout = List.of(rollout(3)
                .setTimedOut(true)
                .addWaiting(NodeStatus.newBuilder().setId("web-4").setLiveRevision(11))
                .build());
        Outcome outcome = weft("--wait=1s");
        assertThat(outcome.code()).isEqualTo(124);
        assertThat(outcome.err()).contains("still waiting for:", "web-4 (live: revision 11)");
    }

    @Test
    void aManifestThatIsWrongIsNeverSent() throws Exception {
        Files.writeString(manifest, "kind: Cluster\nname: web\nspec:\n  instance: {service: web}\n");
        Outcome outcome = weft("");
        assertThat(outcome.code()).isEqualTo(65);
        assertThat(outcome.err()).contains(manifest + ":4", "spec.instance", "did you mean: instances");
        assertThat(controlPlane.applied).isEmpty();
    }
}
