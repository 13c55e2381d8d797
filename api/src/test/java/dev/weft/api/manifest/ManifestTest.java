package dev.weft.api.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.Durations;
import dev.weft.v1.Cluster;
import dev.weft.v1.Protocol;
import dev.weft.v1.Resource;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ManifestTest {
    private static final String MESH = """
            # a comment
            kind: Cluster
            name: web-v2
            labels: {team: shop}
            spec:
              instances: {service: web, labels: {version: v2}}
              protocol: http2
              balancing: {ketama: {key: [{header: x-user}, {cookie: {name: sid, ttl: 1h}}]}}
              health_checks:
              - http: {path: /health}
                interval: 500ms
                unhealthy_threshold: 2
              panic_threshold: 30%
            ---
            kind: route
            name: web
            spec:
              hosts: [web, "*.web.example"]
              rules:
              - match: {path: {prefix: /api}, methods: [GET], headers: [{name: x-canary, exact: "1"}]}
                forward: [{cluster: web-v2}]
                rewrite: {prefix: /}
              - redirect: {scheme: https, status: 308}
            """;

    @Test
    void whatIsWrittenReadsBackToTheSame() {
        List<Resource> resources = resources(MESH);
        assertThat(resources(ManifestWriter.yaml(resources))).isEqualTo(resources);
        assertThat(resources(ManifestWriter.json(List.of(resources.getFirst()))))
                .containsExactly(resources.getFirst());
    }

    @Test
    void fieldsOfTheServerAreAcceptedAndPassedOver() {
        Resource stored = resources(MESH).getFirst().toBuilder().setRevision(12).build();
        assertThat(resources(ManifestWriter.yaml(List.of(stored))))
                .containsExactly(stored.toBuilder().clearRevision().build());
    }

    @Test
    void valuesAreReadAsPeopleWriteThem() {
        Cluster cluster = resources(MESH).getFirst().getCluster();
        assertThat(cluster.getProtocol()).isEqualTo(Protocol.HTTP2);
        assertThat(cluster.getPanicThreshold().getValue()).isEqualTo(30);
        assertThat(cluster.getHealthChecks(0).getInterval()).isEqualTo(Durations.fromMillis(500));
    }

    @Test
    void aTypoIsToldWithFileLineFieldAndTheLikelyMeantWord() {
        assertThat(problems("kind: Route\nname: web\nspec:\n  hots: [web]\n"))
                .containsExactly(new ManifestProblem(
                        "W100",
                        "mesh.yaml",
                        4,
                        "spec.hots",
                        "unknown field (expected: one of hosts, rules, listeners)",
                        "hosts"));
        assertThat(problems("kind: Rout\nname: web\nspec: {}\n"))
                .singleElement()
                .extracting(ManifestProblem::suggestion)
                .isEqualTo("route");
    }

    @Test
    void everyProblemOfEveryDocumentIsTold() {
        assertThat(problems("""
                        kind: Cluster
                        name: a
                        spec: {connect_timeout: soon, protocol: http3, panic_threshold: half}
                        ---
                        kind: Route
                        spec: {hosts: web}
                        """))
                .extracting(ManifestProblem::line, ManifestProblem::field)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(3, "spec.connect_timeout"),
                        org.assertj.core.groups.Tuple.tuple(3, "spec.protocol"),
                        org.assertj.core.groups.Tuple.tuple(3, "spec.panic_threshold"),
                        org.assertj.core.groups.Tuple.tuple(5, "name"),
                        org.assertj.core.groups.Tuple.tuple(6, "spec.hosts"));
    }

    @Test
    void aFieldGivenTwiceOrTwoOfAChoiceAreRefused() {
        assertThat(problems("{kind: Cluster, name: a, spec: {balancing: {random: {}, ketama: {}}}}"))
                .singleElement()
                .extracting(ManifestProblem::text)
                .isEqualTo("given beside random (expected: only one of them)");
        assertThat(problems("{kind: Cluster, name: a, spec: {connectTimeout: 1s, connect_timeout: 2s}}"))
                .singleElement()
                .extracting(ManifestProblem::text)
                .isEqualTo("given twice (expected: once)");
    }

    @Test
    void whatIsNoYamlIsToldWithItsLine() {
        assertThat(problems("kind: Route\nname: [web\nspec: {}\n"))
                .singleElement()
                .satisfies(problem -> {
                    assertThat(problem.code()).isEqualTo("W100");
                    assertThat(problem.line()).isGreaterThan(0);
                });
    }

    @Test
    void aFieldWithoutALineOfItsOwnTakesTheOneAroundIt() {
        Manifest document = new ManifestReader()
                .read("mesh.yaml", MESH)
                .manifests()
                .documents()
                .getFirst();
        assertThat(document.lineOf("spec.health_checks[0].interval")).isEqualTo(11);
        assertThat(document.lineOf("spec.health_checks[0].timeout")).isEqualTo(10);
        assertThat(document.lineOf("spec.limits.requests")).isEqualTo(5);
    }

    private static List<Resource> resources(String text) {
        Manifests manifests = new ManifestReader().read("mesh.yaml", text).manifests();
        assertThat(manifests.problems()).isEmpty();
        return manifests.documents().stream().map(Manifest::resource).toList();
    }

    private static List<ManifestProblem> problems(String text) {
        return new ManifestReader().read("mesh.yaml", text).manifests().problems();
    }
}
