package dev.weft.controlplane.management;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.controlplane.mesh.Keys;
import dev.weft.controlplane.mesh.Mesh;
import dev.weft.controlplane.store.Store;
import dev.weft.v1.ApplyRequest;
import dev.weft.v1.Cluster;
import dev.weft.v1.Forward;
import dev.weft.v1.InstanceSelector;
import dev.weft.v1.Kind;
import dev.weft.v1.Resource;
import dev.weft.v1.ResourceChange;
import dev.weft.v1.ResourceRef;
import dev.weft.v1.Route;
import dev.weft.v1.Rule;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ApplyPlanTest {
    private static final Mesh MESH = mesh(cluster("a", "web", "shop"), cluster("b", "web", ""), route("r", "a"));

    @Test
    void whatIsTheSameIsUnchangedWhateverTheServerSet() {
        ApplyPlan plan = plan(ApplyRequest.newBuilder()
                .addResources(cluster("a", "web", "shop").toBuilder().setRevision(1234)));
        assertThat(actions(plan)).containsExactly(ResourceChange.Action.UNCHANGED);
        assertThat(plan.changesNothing()).isTrue();
    }

    @Test
    void createdAndConfiguredAreToldApart() {
        ApplyPlan plan = plan(ApplyRequest.newBuilder()
                .addResources(cluster("a", "other", "shop"))
                .addResources(cluster("c", "web", "")));
        assertThat(actions(plan)).containsExactly(ResourceChange.Action.CONFIGURED, ResourceChange.Action.CREATED);
        assertThat(plan.puts()).extracting(Resource::getName).containsExactly("a", "c");
    }

    @Test
    void pruneDeletesWhatTheOwnerOwnsAndTheRequestDoesNotHold() {
        ApplyPlan plan = plan(ApplyRequest.newBuilder()
                .setPruneOwner("shop")
                .addDeletes(ref(Kind.ROUTE, "r"))
                .addResources(cluster("c", "web", "shop")));
        assertThat(plan.problems()).isEmpty();
        assertThat(plan.deletes()).containsExactly(ref(Kind.ROUTE, "r"), ref(Kind.CLUSTER, "a"));
    }

    @Test
    void whatARouteStillNamesCannotBeDeleted() {
        ApplyPlan plan = plan(ApplyRequest.newBuilder().addDeletes(ref(Kind.CLUSTER, "a")));
        assertThat(plan.problems()).singleElement().satisfies(problem -> {
            assertThat(problem.getField()).isEqualTo("spec.rules[0].forward[0].cluster");
            assertThat(problem.getRef()).isEqualTo(ref(Kind.ROUTE, "r"));
        });
    }

    @Test
    void whatDoesNotExistCannotBeDeleted() {
        assertThat(plan(ApplyRequest.newBuilder().addDeletes(ref(Kind.CLUSTER, "aa")))
                        .problems())
                .singleElement()
                .satisfies(problem -> {
                    assertThat(problem.getText()).isEqualTo("cluster \"aa\" does not exist");
                    assertThat(problem.getSuggestion()).isEqualTo("a");
                });
    }

    @Test
    void aResourceThatChangedSinceIsAConflict() {
        ApplyPlan stale =
                plan(ApplyRequest.newBuilder().setExpectedRevision(1).addResources(cluster("b", "other", "")));
        assertThat(stale.conflict())
                .hasValueSatisfying(
                        conflict -> assertThat(conflict.getActualRevision()).isEqualTo(2));
        ApplyPlan fresh =
                plan(ApplyRequest.newBuilder().setExpectedRevision(2).addResources(cluster("b", "other", "")));
        assertThat(fresh.conflict()).isEmpty();
    }

    private static ApplyPlan plan(ApplyRequest.Builder request) {
        return ApplyPlan.of(MESH, request.build());
    }

    private static List<ResourceChange.Action> actions(ApplyPlan plan) {
        return plan.changes().stream().map(ResourceChange::getAction).toList();
    }

    private static ResourceRef ref(Kind kind, String name) {
        return ResourceRef.newBuilder().setKind(kind).setName(name).build();
    }

    private static Resource cluster(String name, String service, String owner) {
        return Resource.newBuilder()
                .setName(name)
                .setOwner(owner)
                .setCluster(Cluster.newBuilder()
                        .setInstances(InstanceSelector.newBuilder().setService(service)))
                .build();
    }

    private static Resource route(String name, String cluster) {
        return Resource.newBuilder()
                .setName(name)
                .setRoute(Route.newBuilder()
                        .addHosts(name)
                        .addRules(Rule.newBuilder()
                                .addForward(Forward.newBuilder().setCluster(cluster))))
                .build();
    }

    /** Resources at revisions 1, 2, 3 … in the order given. */
    private static Mesh mesh(Resource... resources) {
        List<Store.Entry> entries = new java.util.ArrayList<>();
        Arrays.stream(resources)
                .forEach(r -> entries.add(
                        new Store.Entry(Keys.of(r), r.toByteString(), entries.size() + 1, entries.size() + 1, 1, 0)));
        return Mesh.of(new Store.Range(entries, entries.size()));
    }
}
