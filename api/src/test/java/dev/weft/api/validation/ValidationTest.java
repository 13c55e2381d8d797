package dev.weft.api.validation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.api.manifest.ManifestReader;
import dev.weft.api.manifest.Manifests;
import dev.weft.v1.Problem;
import dev.weft.v1.Resource;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class ValidationTest {
    @Test
    void allThatIsWrongIsToldAtOnceWithFieldAndExpectation() {
        List<Problem> problems = check("""
                kind: Cluster
                name: Web
                spec:
                  endpoints: [{address: example.com, port: 70000}, {address: 10.0.0.1, port: 80, priority: 2}]
                  connect_timeout: 2h
                  panic_threshold: 101
                  health_checks: [{http: {path: health}}]
                """);
        assertThat(problems)
                .extracting(Problem::getField)
                .containsExactlyInAnyOrder(
                        "name",
                        "spec.endpoints[0].address",
                        "spec.endpoints[0].port",
                        "spec.endpoints",
                        "spec.connect_timeout",
                        "spec.panic_threshold",
                        "spec.health_checks[0].http.path");
        assertThat(problems)
                .extracting(Problem::getText)
                .contains("2h (expected: 1ms to 1m)", "101 (expected: 0 to 100)");
    }

    @Test
    void aClusterHasExactlyOneSourceOfEndpoints() {
        assertThat(check("{kind: Cluster, name: a, spec: {}}"))
                .extracting(Problem::getText)
                .containsExactly("none given (expected: exactly one of endpoints, instances, dns)");
        assertThat(check("{kind: Cluster, name: a, spec: {instances: {service: web}, dns: {host: h, port: 1}}}"))
                .extracting(Problem::getText)
                .containsExactly("2 given (expected: exactly one of endpoints, instances, dns)");
    }

    @Test
    void aListenerThatEveryProxyHasByItselfCannotBeDefinedAgain() {
        assertThat(check("{kind: Listener, name: outbound, spec: {port: 8000}}"))
                .singleElement()
                .satisfies(problem -> {
                    assertThat(problem.getField()).isEqualTo("name");
                    assertThat(problem.getText()).contains("expected: another");
                });
        assertThat(check("{kind: Listener, name: outbound-2, spec: {port: 8000}}"))
                .isEmpty();
    }

    @Test
    void namesThatAreCarriedAsTheyAreHaveOneClusterEach() {
        assertThat(
                        check(
                                "{kind: Listener, name: l, spec: {port: 1, pass_through: [{server_names: [a, '*.A'], cluster: x}]}}"))
                .isEmpty();
        assertThat(
                        check(
                                "{kind: Listener, name: l, spec: {port: 1, protocol: tcp, pass_through: [{server_names: [a], cluster: x}]}}"))
                .isEmpty();
        assertThat(check("{kind: Listener, name: l, spec: {port: 1, protocol: tcp}}"))
                .extracting(Problem::getField)
                .containsExactly("spec.cluster");
        List<Problem> problems = check("""
                kind: Listener
                name: l
                spec:
                  port: 1
                  pass_through:
                  - {server_names: [a, "*", a*.example, "*..x", ""], cluster: x}
                  - {server_names: [A]}
                  - {cluster: x}
                """);
        assertThat(problems)
                .extracting(Problem::getField)
                .containsExactly(
                        "spec.pass_through[0].server_names[1]",
                        "spec.pass_through[0].server_names[2]",
                        "spec.pass_through[0].server_names[3]",
                        "spec.pass_through[0].server_names[4]",
                        "spec.pass_through[1].server_names[0]",
                        "spec.pass_through[1].cluster",
                        "spec.pass_through[2].server_names");
        assertThat(problems.getFirst().getText()).isEqualTo("\"*\" (expected: a host name, or \"*.suffix\")");
    }

    @Test
    void theClustersThatTheyLeadToExist() {
        List<Resource> mesh = resources("""
                {kind: Cluster, name: vault, spec: {instances: {service: vault}}}
                ---
                {kind: Listener, name: l, spec: {port: 1, pass_through: [{server_names: [a], cluster: vaolt}]}}
                """);
        assertThat(Validation.check(mesh, mesh, Set.of())).singleElement().satisfies(problem -> {
            assertThat(problem.getField()).isEqualTo("spec.pass_through[0].cluster");
            assertThat(problem.getSuggestion()).isEqualTo("vault");
        });
    }

    @Test
    void weightsThatAreAllZeroAreRefused() {
        assertThat(check("{kind: Route, name: r, spec: {hosts: [a], rules: [{forward: [{cluster: x, weight: 0}]}]}}"))
                .extracting(Problem::getText)
                .containsExactly("all weights are 0 (expected: at least one above 0)");
    }

    @Test
    void aRegexMustBeRe2() {
        assertThat(
                        check(
                                "{kind: Route, name: r, spec: {hosts: [a], rules: [{match: {path: {regex: '(?=x)'}}, respond: {status: 204}}]}}"))
                .singleElement()
                .satisfies(problem -> {
                    assertThat(problem.getField()).isEqualTo("spec.rules[0].match.path.regex");
                    assertThat(problem.getText()).contains("expected: RE2 syntax");
                });
    }

    @Test
    void headersThatBelongToTheProxyCannotBeWritten() {
        assertThat(check("""
                        kind: Route
                        name: r
                        spec:
                          hosts: [a]
                          rules:
                          - forward: [{cluster: x}]
                            request_headers: {set: {Host: evil, x-ok: "1"}, remove: [Transfer-Encoding]}
                        """))
                .extracting(Problem::getField)
                .containsExactly("spec.rules[0].request_headers.set.Host", "spec.rules[0].request_headers.remove[0]");
    }

    @Test
    void anUnknownRetryConditionIsToldWithTheLikelyMeantOne() {
        assertThat(
                        check(
                                "{kind: Route, name: r, spec: {hosts: [a], rules: [{forward: [{cluster: x}], retry: {on: [gateway-eror]}}]}}"))
                .singleElement()
                .extracting(Problem::getSuggestion)
                .isEqualTo("gateway-error");
    }

    @Test
    void aDanglingClusterIsToldWithTheLikelyMeantOne() {
        List<Resource> mesh = resources("""
                {kind: Cluster, name: checkout-v2, spec: {instances: {service: checkout}}}
                ---
                {kind: Route, name: checkout, spec: {hosts: [a], rules: [{forward: [{cluster: checkout-v3}]}]}}
                """);
        assertThat(Validation.check(mesh, mesh, Set.of())).singleElement().satisfies(problem -> {
            assertThat(problem.getCode()).isEqualTo("W104");
            assertThat(problem.getField()).isEqualTo("spec.rules[0].forward[0].cluster");
            assertThat(problem.getSuggestion()).isEqualTo("checkout-v2");
            assertThat(problem.getResourceIndex()).isEqualTo(1);
        });
    }

    @Test
    void aRegisteredServiceIsADestinationWithoutACluster() {
        List<Resource> mesh =
                resources("{kind: Route, name: r, spec: {hosts: [a], rules: [{forward: [{cluster: web}]}]}}");
        assertThat(Validation.check(mesh, mesh, Set.of("web"))).isEmpty();
    }

    @Test
    void aHostBelongsToOneRouteAtAPlace() {
        List<Resource> mesh = resources("""
                {kind: Route, name: one, spec: {hosts: [Shop.example], rules: [{respond: {status: 204}}]}}
                ---
                {kind: Route, name: two, spec: {hosts: [shop.example], rules: [{respond: {status: 204}}]}}
                ---
                {kind: Route, name: edge, spec: {hosts: [shop.example], listeners: [edge], rules: [{respond: {status: 204}}]}}
                """);
        assertThat(Validation.check(mesh, mesh, Set.of()))
                .singleElement()
                .extracting(Problem::getText)
                .isEqualTo("\"shop.example\" belongs to route \"one\" already");
    }

    @Test
    void namesAreAcceptedInBothCasesOfProto3Json() {
        assertThat(check("""
                        kind: Cluster
                        name: web-v2
                        spec:
                          instances: {service: web, labels: {version: v2}}
                          balancing: {ketama: {key: [{header: x-user}]}}
                          healthChecks: [{http: {path: /health}, interval: 500ms, timeout: 200ms, unhealthyThreshold: 2}]
                        """)).isEmpty();
    }

    private static List<Problem> check(String text) {
        return Validation.check(resources(text));
    }

    private static List<Resource> resources(String text) {
        Manifests manifests = new ManifestReader().read("test.yaml", text).manifests();
        assertThat(manifests.problems()).isEmpty();
        return manifests.documents().stream()
                .map(document -> document.resource())
                .toList();
    }
}
