package dev.weft.api.validation;

import dev.weft.v1.Listener;
import dev.weft.v1.Protocol;

/** What a Listener must be like by itself. Confined to one validation. */
final class ListenerRules {
    private final Problems problems;
    private final Fields fields;

    ListenerRules(Problems problems) {
        this.problems = problems;
        this.fields = new Fields(problems);
    }

    void check(Listener listener) {
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
        if (tcp && listener.getCluster().isEmpty()) {
            problems.add(Code.CHOICE, "spec.cluster", "missing (expected: the cluster that the bytes go to)");
        }
        if (!tcp && !listener.getCluster().isEmpty()) {
            problems.add(Code.CONFLICT, "spec.cluster", "given without protocol tcp (expected: routes decide)");
        }
        if (tcp && listener.getRoutesCount() > 0) {
            problems.add(Code.CONFLICT, "spec.routes", "the protocol is tcp (expected: cluster)");
        }
    }
}
