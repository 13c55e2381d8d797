package dev.weft.e2e;

import dev.weft.api.manifest.Manifest;
import dev.weft.api.manifest.ManifestReader;
import dev.weft.v1.ApplyRequest;
import dev.weft.v1.Kind;
import dev.weft.v1.ResourceRef;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;

/**
 * Definitions of the service {@code web} that are all valid and all reach it, each unlike the last: clusters come, change and go, and
 * the route names what there is. Confined to the test's thread.
 */
final class RandomMesh {
    private static final int CLUSTERS = 5;
    private static final List<String> INSTANCES =
            List.of("{service: web}", "{service: web, labels: {version: v1}}", "{service: web, labels: {version: v2}}");
    private static final List<String> BALANCING = List.of(
            "{round_robin: {}}",
            "{random: {}}",
            "{least_request: {choices: 3}}",
            "{ketama: {key: [{header: x-user}]}}",
            "{ketama: {key: [{source_address: true}, {path: true}]}}");
    private static final List<String> EXTRAS = List.of(
            "",
            "outlier_detection: {consecutive_failures: 7, base_ejection_time: 1s}",
            "health_checks: [{tcp: {}, interval: 500ms, timeout: 2s, unhealthy_threshold: 3}]",
            "limits: {connections: 200, requests: 500}",
            "protocol: http1",
            "connect_timeout: 3s");
    private static final List<String> MATCHES = List.of(
            "path: {prefix: /}",
            "path: {exact: /}",
            "path: {regex: '/[a-z]*'}",
            "path: {prefix: /api}",
            "methods: [GET, HEAD]",
            "methods: [POST]",
            "headers: [{name: host, present: true}]",
            "headers: [{name: x-canary, exact: '1'}]",
            "query: [{name: q, prefix: a}]");
    private static final List<String> ACTIONS = List.of(
            "",
            "timeout: 10s",
            "response_headers: {set: {x-weft: '1'}, remove: [server]}",
            "request_headers: {add: {x-seen: '1'}}",
            "rewrite: {host: web.internal}",
            "retry: {on: [connect-failure, gateway-error], attempts: 2, budget: 20%}");

    private final Random random;
    private Set<String> present = Set.of();

    RandomMesh(long seed) {
        random = new Random(seed);
    }

    /** The next definitions as one apply; it deletes what they do not have. */
    ApplyRequest next() {
        Set<String> names = new TreeSet<>();
        int count = 1 + random.nextInt(CLUSTERS - 1);
        while (names.size() < count) {
            names.add("pool-" + random.nextInt(CLUSTERS));
        }
        ApplyRequest.Builder request =
                ApplyRequest.newBuilder().setIdempotencyId(UUID.randomUUID().toString());
        for (Manifest document :
                new ManifestReader().read("random", yaml(names)).manifests().documents()) {
            request.addResources(document.resource());
        }
        present.stream()
                .filter(name -> !names.contains(name))
                .map(name -> ResourceRef.newBuilder()
                        .setKind(Kind.CLUSTER)
                        .setName(name)
                        .build())
                .forEach(request::addDeletes);
        present = names;
        return request.build();
    }

    private String yaml(Set<String> names) {
        StringBuilder yaml = new StringBuilder();
        for (String name : names) {
            yaml.append("kind: Cluster\nname: ").append(name).append("\nspec:\n");
            yaml.append("  instances: ").append(one(INSTANCES)).append('\n');
            yaml.append("  balancing: ").append(one(BALANCING)).append('\n');
            yaml.append("  ").append(one(EXTRAS)).append("\n---\n");
        }
        yaml.append("kind: Route\nname: web\nspec:\n  hosts: [web]\n  rules:\n");
        for (int i = random.nextInt(4); i > 0; i--) {
            yaml.append("  - match: {").append(one(MATCHES)).append("}\n  ").append(forward(names));
        }
        return yaml.append("  - name: everybody\n  ").append(forward(names)).toString();
    }

    private String forward(Set<String> names) {
        List<String> all = new ArrayList<>(names);
        String first = one(all);
        String weighted = "  forward: [{cluster: " + first + ", weight: " + (1 + random.nextInt(99)) + "}";
        all.remove(first);
        if (!all.isEmpty() && random.nextBoolean()) {
            weighted += ", {cluster: " + one(all) + ", weight: " + random.nextInt(100) + "}";
        }
        return weighted + "]\n    " + one(ACTIONS) + "\n";
    }

    private String one(List<String> choices) {
        return choices.get(random.nextInt(choices.size()));
    }
}
