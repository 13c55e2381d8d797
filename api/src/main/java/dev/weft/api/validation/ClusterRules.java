package dev.weft.api.validation;

import dev.weft.v1.Balancing;
import dev.weft.v1.Cluster;
import dev.weft.v1.Endpoint;
import dev.weft.v1.HashKey;
import dev.weft.v1.HealthCheck;
import dev.weft.v1.Limits;
import dev.weft.v1.OutlierDetection;
import dev.weft.v1.Protocol;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What a Cluster must be like by itself. Confined to one validation. */
final class ClusterRules {
    private final Problems problems;
    private final Fields fields;

    ClusterRules(Problems problems) {
        this.problems = problems;
        this.fields = new Fields(problems);
    }

    void check(Cluster cluster) {
        fields.exactlyOne(
                "spec",
                "endpoints, instances, dns",
                cluster.getEndpointsCount() > 0,
                cluster.hasInstances(),
                cluster.hasDns());
        endpoints(cluster.getEndpointsList());
        if (cluster.hasInstances()) {
            fields.name(cluster.getInstances().getService(), "spec.instances.service");
            fields.labels(cluster.getInstances().getLabelsMap(), "spec.instances.labels");
        }
        if (cluster.hasDns()) {
            dns(cluster);
        }
        balancing(cluster.getBalancing());
        for (int i = 0; i < cluster.getHealthChecksCount(); i++) {
            healthCheck(cluster.getHealthChecks(i), cluster.getProtocol(), "spec.health_checks[" + i + "]");
        }
        if (cluster.hasOutlierDetection()) {
            outlierDetection(cluster.getOutlierDetection());
        }
        limits(cluster.getLimits());
        fields.duration(cluster.hasConnectTimeout(), cluster.getConnectTimeout(), "1ms", "1m", "spec.connect_timeout");
        fields.range(cluster.hasPanicThreshold(), cluster.getPanicThreshold(), 0, 100, "spec.panic_threshold");
    }

    private void endpoints(List<Endpoint> endpoints) {
        Set<String> seen = new HashSet<>();
        BitSet priorities = new BitSet();
        boolean anyWeight = endpoints.isEmpty();
        for (int i = 0; i < endpoints.size(); i++) {
            Endpoint endpoint = endpoints.get(i);
            String field = "spec.endpoints[" + i + "]";
            fields.ipAddress(endpoint.getAddress(), field + ".address");
            fields.port(endpoint.getPort(), field + ".port");
            fields.range(endpoint.hasWeight(), endpoint.getWeight(), 0, 1000, field + ".weight");
            fields.range(Integer.toUnsignedLong(endpoint.getPriority()), 0, 31, field + ".priority");
            if (!seen.add(endpoint.getAddress() + " " + endpoint.getPort())) {
                problems.add(
                        Code.DUPLICATE,
                        field,
                        endpoint.getAddress() + ":" + endpoint.getPort() + " is listed twice (expected: once)");
            }
            priorities.set(Math.min(endpoint.getPriority() & 0xff, 32));
            anyWeight |= !endpoint.hasWeight() || endpoint.getWeight().getValue() > 0;
        }
        if (!anyWeight) {
            problems.add(Code.VALUE, "spec.endpoints", "all weights are 0 (expected: at least one above 0)");
        }
        if (priorities.cardinality() > 0 && priorities.nextClearBit(0) != priorities.length()) {
            problems.add(
                    Code.VALUE,
                    "spec.endpoints",
                    "no endpoint has priority " + priorities.nextClearBit(0)
                            + " (expected: priorities from 0 without gaps)");
        }
    }

    private void dns(Cluster cluster) {
        if (cluster.getDns().getHost().isEmpty()) {
            problems.add(Code.CHOICE, "spec.dns.host", "missing (expected: a host name)");
        }
        fields.port(cluster.getDns().getPort(), "spec.dns.port");
        fields.duration(cluster.getDns().hasRefresh(), cluster.getDns().getRefresh(), "1s", "1h", "spec.dns.refresh");
    }

    private void balancing(Balancing balancing) {
        switch (balancing.getPolicyCase()) {
            case LEAST_REQUEST ->
                fields.range(
                        balancing.getLeastRequest().hasChoices(),
                        balancing.getLeastRequest().getChoices(),
                        2,
                        100,
                        "spec.balancing.least_request.choices");
            case KETAMA -> {
                List<HashKey> key = balancing.getKetama().getKeyList();
                if (key.isEmpty()) {
                    problems.add(
                            Code.CHOICE,
                            "spec.balancing.ketama.key",
                            "empty (expected: at least one of header, cookie, source_address, path, query)");
                }
                for (int i = 0; i < key.size(); i++) {
                    hashKey(key.get(i), "spec.balancing.ketama.key[" + i + "]");
                }
            }
            case ROUND_ROBIN, RANDOM, POLICY_NOT_SET -> {}
        }
    }

    private void hashKey(HashKey key, String field) {
        switch (key.getPartCase()) {
            case HEADER -> fields.headerName(key.getHeader(), field + ".header");
            case COOKIE -> {
                fields.headerName(key.getCookie().getName(), field + ".cookie.name");
                fields.duration(
                        key.getCookie().hasTtl(), key.getCookie().getTtl(), "0s", "8760h", field + ".cookie.ttl");
            }
            case SOURCE_ADDRESS -> mustBeTrue(key.getSourceAddress(), field + ".source_address");
            case PATH -> mustBeTrue(key.getPath(), field + ".path");
            case QUERY -> {
                if (key.getQuery().isEmpty()) {
                    problems.add(Code.CHOICE, field + ".query", "empty (expected: the parameter's name)");
                }
            }
            case PART_NOT_SET ->
                problems.add(
                        Code.CHOICE,
                        field,
                        "none given (expected: exactly one of header, cookie, source_address, path, query)");
        }
    }

    private void mustBeTrue(boolean value, String field) {
        if (!value) {
            problems.add(Code.VALUE, field, "false (expected: true, or leave it out)");
        }
    }

    private void healthCheck(HealthCheck check, Protocol protocol, String field) {
        switch (check.getProbeCase()) {
            case HTTP -> {
                fields.absolutePath(check.getHttp().getPath().split("\\?", 2)[0], field + ".http.path");
                for (int i = 0; i < check.getHttp().getStatusesCount(); i++) {
                    fields.range(check.getHttp().getStatuses(i), 100, 599, field + ".http.statuses[" + i + "]");
                }
                if (protocol == Protocol.TCP) {
                    problems.add(
                            Code.CONFLICT, field + ".http", "the cluster's protocol is tcp (expected: a tcp check)");
                }
            }
            case TCP -> {}
            case PROBE_NOT_SET -> problems.add(Code.CHOICE, field, "none given (expected: exactly one of http, tcp)");
        }
        fields.duration(check.hasInterval(), check.getInterval(), "10ms", "1h", field + ".interval");
        fields.duration(check.hasTimeout(), check.getTimeout(), "1ms", "1m", field + ".timeout");
        fields.range(
                check.hasUnhealthyThreshold(), check.getUnhealthyThreshold(), 1, 100, field + ".unhealthy_threshold");
        fields.range(check.hasHealthyThreshold(), check.getHealthyThreshold(), 1, 100, field + ".healthy_threshold");
    }

    private void outlierDetection(OutlierDetection outlier) {
        String field = "spec.outlier_detection";
        fields.range(
                outlier.hasConsecutiveFailures(),
                outlier.getConsecutiveFailures(),
                1,
                1000,
                field + ".consecutive_failures");
        fields.duration(outlier.hasInterval(), outlier.getInterval(), "10ms", "1h", field + ".interval");
        fields.duration(
                outlier.hasBaseEjectionTime(),
                outlier.getBaseEjectionTime(),
                "10ms",
                "1h",
                field + ".base_ejection_time");
        fields.duration(
                outlier.hasMaxEjectionTime(),
                outlier.getMaxEjectionTime(),
                "10ms",
                "24h",
                field + ".max_ejection_time");
        fields.range(
                outlier.hasMaxEjectionPercent(),
                outlier.getMaxEjectionPercent(),
                0,
                100,
                field + ".max_ejection_percent");
    }

    private void limits(Limits limits) {
        fields.range(limits.hasConnections(), limits.getConnections(), 1, 1_000_000, "spec.limits.connections");
        fields.range(limits.hasPending(), limits.getPending(), 0, 1_000_000, "spec.limits.pending");
        fields.range(limits.hasRequests(), limits.getRequests(), 1, 1_000_000, "spec.limits.requests");
    }
}
