package dev.weft.api.validation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.api.manifest.ManifestReader;
import dev.weft.api.manifest.Manifests;
import dev.weft.v1.Problem;
import dev.weft.v1.Resource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Mirrors, faults, rate limits and CORS of a rule. */
class PolicyRulesTest {
    private static final String RULE =
            "{kind: Route, name: r, spec: {hosts: [a], rules: [{forward: [{cluster: web}], %s}]}}";

    private static List<Problem> check(String manifest) {
        Manifests manifests = new ManifestReader().read("test.yaml", manifest).manifests();
        assertThat(manifests.problems()).isEmpty();
        List<Resource> resources = manifests.documents().stream()
                .map(document -> document.resource())
                .toList();
        List<Problem> problems = new ArrayList<>(Validation.check(resources));
        problems.addAll(Validation.check(resources, resources, Set.of("web")));
        return problems;
    }

    @Test
    void whatMakesSenseIsAccepted() {
        assertThat(check(RULE.formatted(
                        "mirror: [{cluster: web, share: 20%}], rate_limit: {requests: 10, per: 60s, burst: 100},"
                                + " fault: {delay: {time: 1s}, abort: {status: 503, share: 0.5%}, headers: [{name: x, exact: y}]},"
                                + " cors: {origins: ['https://a.example:8443', '*.b.example'], methods: [PUT], headers: [x-a],"
                                + " expose: [x-b], max_age: 600s, credentials: true}")))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "mirror: [{cluster: web, share: 101%}] | mirror[0].share",
                "mirror: [{cluster: nowhere}] | mirror[0].cluster",
                "fault: {} | fault",
                "fault: {delay: {}} | fault.delay.time",
                "fault: {abort: {status: 200}} | fault.abort.status",
                "fault: {abort: {status: 503, share: half}} | fault.abort.share",
                "fault: {abort: {status: 503}, headers: [{name: x}]} | fault.headers[0]",
                "rate_limit: {} | rate_limit.requests",
                "rate_limit: {requests: 1, per: 1ms} | rate_limit.per",
                "rate_limit: {requests: 1, burst: 0} | rate_limit.burst",
                "cors: {} | cors.origins",
                "cors: {origins: ['app.example']} | cors.origins[0]",
                "cors: {origins: ['*'], methods: [put]} | cors.methods[0]",
                "cors: {origins: ['*'], headers: ['x y']} | cors.headers[0]",
                "cors: {origins: ['*'], max_age: 25h} | cors.max_age",
                "cors: {origins: ['*'], credentials: true} | cors.credentials",
            })
    void whatDoesNotIsToldByItsField(String policies, String field) {
        assertThat(check(RULE.formatted(policies)))
                .extracting(Problem::getField)
                .containsExactly("spec.rules[0]." + field);
    }

    @Test
    void onlyWhatIsForwardedCanBeMirrored() {
        assertThat(
                        check(
                                "{kind: Route, name: r, spec: {hosts: [a], rules: [{respond: {status: 200}, mirror: [{cluster: web}]}]}}"))
                .extracting(Problem::getField)
                .containsExactly("spec.rules[0].mirror");
    }
}
