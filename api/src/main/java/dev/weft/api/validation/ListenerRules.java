package dev.weft.api.validation;

import dev.weft.v1.Listener;
import dev.weft.v1.Listener.PassThrough;
import dev.weft.v1.Protocol;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** What a Listener must be like by itself. Confined to one validation. */
final class ListenerRules {
    /** What the bootstrap of a sidecar or gateway already holds; they refuse another of the name. */
    private static final Set<String> OWN = Set.of("inbound", "outbound", "gateway");

    private final Problems problems;
    private final Fields fields;

    ListenerRules(Problems problems) {
        this.problems = problems;
        this.fields = new Fields(problems);
    }

    void check(String name, Listener listener) {
        if (OWN.contains(name)) {
            problems.add(
                    Code.NAME,
                    "name",
                    "\"" + name + "\" is a listener that proxies have by themselves (expected: another)");
        }
        if (!listener.getAddress().isEmpty()) {
            fields.ipAddress(listener.getAddress(), "spec.address");
        }
        fields.port(listener.getPort(), "spec.port");
        if (listener.getServicesCount() > 0 && listener.getGatewaysCount() > 0) {
            problems.add(Code.CONFLICT, "spec", "services and gateways are both given (expected: at most one of them)");
        }
        boolean gateway = listener.getDirection() == Listener.Direction.GATEWAY;
        if (gateway && listener.getServicesCount() > 0) {
            problems.add(Code.CONFLICT, "spec.services", "the direction is gateway (expected: gateways)");
        }
        if (!gateway && listener.getGatewaysCount() > 0) {
            problems.add(Code.CONFLICT, "spec.direction", "gateways are given (expected: gateway)");
        }
        boolean tcp = listener.getProtocol() == Protocol.TCP;
        if (tcp && listener.getCluster().isEmpty() && listener.getPassThroughCount() == 0) {
            problems.add(Code.CHOICE, "spec.cluster", "missing (expected: the cluster that the bytes go to)");
        }
        if (!tcp && !listener.getCluster().isEmpty()) {
            problems.add(Code.CONFLICT, "spec.cluster", "given without protocol tcp (expected: routes decide)");
        }
        if (tcp && listener.getRoutesCount() > 0) {
            problems.add(Code.CONFLICT, "spec.routes", "the protocol is tcp (expected: cluster)");
        }
        passThrough(listener.getPassThroughList());
    }

    private void passThrough(List<PassThrough> entries) {
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < entries.size(); i++) {
            String field = "spec.pass_through[" + i + "]";
            List<String> names = entries.get(i).getServerNamesList();
            if (names.isEmpty()) {
                problems.add(Code.CHOICE, field + ".server_names", "empty (expected: at least one name)");
            }
            for (int n = 0; n < names.size(); n++) {
                fields.serverName(names.get(n), field + ".server_names[" + n + "]");
                if (!seen.add(names.get(n).toLowerCase(Locale.ROOT))) {
                    problems.add(
                            Code.DUPLICATE,
                            field + ".server_names[" + n + "]",
                            "\"" + names.get(n) + "\" is listed twice (expected: once)");
                }
            }
            fields.name(entries.get(i).getCluster(), field + ".cluster");
        }
    }
}
