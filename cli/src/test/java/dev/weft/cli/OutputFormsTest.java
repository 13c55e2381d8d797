package dev.weft.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import dev.weft.api.manifest.Manifest;
import dev.weft.api.manifest.ManifestReader;
import dev.weft.cli.Weft.Outcome;
import dev.weft.v1.HistoryEntry;
import dev.weft.v1.HistoryResponse;
import dev.weft.v1.Kind;
import dev.weft.v1.ListResponse;
import dev.weft.v1.NodeStatus;
import dev.weft.v1.ReplicaStatus;
import dev.weft.v1.ResourceChange;
import dev.weft.v1.ResourceRef;
import dev.weft.v1.StatusResponse;
import dev.weft.v1.TypeStatus;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The forms in which verbs show the same things: tables for people, JSON and YAML for programs and for apply. */
@SuppressWarnings("NullAway.Init") // set before each test
final class OutputFormsTest {
    private static final String MANIFESTS = """
            kind: Cluster
            name: web
            labels: {team: shop}
            spec: {endpoints: [{address: 10.0.0.1, port: 80}], balancing: {random: {}}}
            ---
            kind: Route
            name: web
            spec: {hosts: [web], rules: [{forward: [{cluster: web, weight: 3}]}]}
            """;

    private FakeControlPlane controlPlane;

    @BeforeEach
    void start() throws IOException {
        controlPlane = new FakeControlPlane();
        ListResponse.Builder resources = ListResponse.newBuilder();
        for (Manifest document :
                new ManifestReader().read("test", MANIFESTS).manifests().documents()) {
            resources.addResources(document.resource().toBuilder().setRevision(7));
        }
        controlPlane.resources = resources.build();
    }

    @AfterEach
    void stop() {
        controlPlane.close();
    }

    private Outcome weft(String verb) {
        return Weft.run((verb + " -s " + controlPlane.address()).split(" "));
    }

    @Test
    void aTableHasOneLineForEachAndAHeadForEachKind() {
        assertThat(weft("get all").out().lines().map(line -> line.replaceAll(" +", " ")))
                .containsExactly(
                        "CLUSTER ENDPOINTS BALANCING CHECKS REVISION",
                        "web 1 fixed random - 7",
                        "",
                        "ROUTE HOSTS RULES TO REVISION",
                        "web web 1 web:3 7");
        assertThat(weft("get all -o wide").out()).contains("OWNER", "team=shop");
    }

    @Test
    void namesAreWhatOtherVerbsTake() {
        assertThat(weft("get all -o name").out().lines()).containsExactly("cluster/web", "route/web");
    }

    @Test
    void yamlAndJsonCanBeAppliedAgain() {
        for (String form : new String[] {"yaml", "json"}) {
            String shown = weft("get all -o " + form).out();
            assertThat(new ManifestReader()
                            .read(form, shown).manifests().documents().stream()
                                    .map(document ->
                                            document.resource().getSpecCase().name() + " "
                                                    + document.resource().getName()))
                    .as(shown)
                    .containsExactly("CLUSTER web", "ROUTE web");
        }
    }

    @Test
    void nothingFoundIsProseAndNoError() {
        controlPlane.resources = ListResponse.getDefaultInstance();
        Outcome outcome = weft("get routes");
        assertThat(outcome.code()).isZero();
        assertThat(outcome.out()).isEmpty();
        assertThat(outcome.err()).isEqualTo("nothing found\n");
    }

    @Test
    void historySaysWhoChangedWhatAndWhy() {
        controlPlane.history = HistoryResponse.newBuilder()
                .addEntries(HistoryEntry.newBuilder()
                        .setRevision(9)
                        .setAuthor("ann")
                        .setMessage("release")
                        .addChanges(ResourceChange.newBuilder()
                                .setRef(ResourceRef.newBuilder()
                                        .setKind(Kind.ROUTE)
                                        .setName("web"))
                                .setAction(ResourceChange.Action.CONFIGURED)))
                .build();
        assertThat(weft("history").out()).contains("9 ", "ann", "release", "route/web configured");
    }

    @Test
    void statusCountsSidecarsInTextAndShowsAllInJson() {
        controlPlane.status = status().build();
        Outcome text = weft("status");
        assertThat(text.code()).isZero();
        assertThat(text.out()).startsWith("revision 7, live on 1/2 sidecars\n").contains("replica-a");
        var json = JsonParser.parseString(weft("status -o json").out()).getAsJsonObject();
        assertThat(json.getAsJsonArray("nodes")).hasSize(2);
    }

    @Test
    void aReplicaThatCouldNotBeAskedIsAnErrorWhereverItsSidecarsAreMissing() {
        controlPlane.status = status().addReplicas(ReplicaStatus.newBuilder()
                        .setId("replica-b")
                        .setAddress("10.0.0.2:15010")
                        .setError("UNAVAILABLE: connection refused"))
                .build();
        for (String verb : new String[] {"status", "status -o json", "proxy list"}) {
            Outcome outcome = weft(verb);
            assertThat(outcome.code()).as(verb).isEqualTo(1);
            assertThat(outcome.err()).contains("replica-b at 10.0.0.2:15010", "connection refused");
            assertThat(outcome.out()).isNotEmpty();
        }
    }

    @Test
    void aSidecarThatRefusesIsShownWithItsReason() {
        controlPlane.status = status().build();
        assertThat(weft("proxy list").out()).contains("web-1", "in sync", "web-2", "refusing");
        Outcome refusing = weft("proxy status web-2");
        assertThat(refusing.code()).isEqualTo(1);
        assertThat(refusing.out()).contains("RDS", "8: no such cluster");
        assertThat(weft("proxy status web-1").code()).isZero();
        Outcome unknown = weft("proxy status web-3");
        assertThat(unknown.code()).isEqualTo(65);
        assertThat(unknown.err()).contains("no sidecar \"web-3\"", "did you mean: web-");
    }

    private static StatusResponse.Builder status() {
        return StatusResponse.newBuilder()
                .setRevision(7)
                .addReplicas(ReplicaStatus.newBuilder().setId("replica-a").setAddress("10.0.0.1:15010"))
                .addNodes(NodeStatus.newBuilder().setId("web-1").setState(NodeStatus.State.IN_SYNC))
                .addNodes(NodeStatus.newBuilder()
                        .setId("web-2")
                        .setState(NodeStatus.State.REFUSING)
                        .addTypes(TypeStatus.newBuilder()
                                .setType("RDS")
                                .setVersionRefused("8")
                                .setRefusal("no such cluster")));
    }
}
