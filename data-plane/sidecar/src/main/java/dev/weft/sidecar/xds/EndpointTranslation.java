package dev.weft.sidecar.xds;

import dev.weft.proxy.model.EndpointConfig;
import dev.weft.proxy.model.EndpointConfig.State;
import dev.weft.sidecar.xds.Assignment.Locality;
import dev.weft.sidecar.xds.message.Message;
import dev.weft.sidecar.xds.message.Problems;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** {@code ClusterLoadAssignment}. Confined to the thread of the conversion. */
final class EndpointTranslation {
    private final Problems problems;

    EndpointTranslation(Problems problems) {
        this.problems = problems;
    }

    /**
     * @param names whether addresses may be names that DNS resolves
     */
    Assignment assignment(Message assignment, boolean names) {
        List<Locality> localities = new ArrayList<>();
        TreeSet<Integer> priorities = new TreeSet<>();
        for (Message locality : assignment.messages("endpoints")) {
            priorities.add(locality.integer("priority", 0));
            List<EndpointConfig> endpoints = new ArrayList<>();
            for (Message endpoint : locality.messages("lb_endpoints")) {
                EndpointConfig made = endpoint(locality, endpoint, names);
                if (made != null) {
                    endpoints.add(made);
                }
            }
            localities.add(new Locality(locality.integer("load_balancing_weight", 0), endpoints));
        }
        if (!priorities.isEmpty() && priorities.last() != priorities.size() - 1) {
            problems.add(assignment.path("endpoints"), "priorities " + priorities + " (expected: no gap from 0 on)");
        }
        return new Assignment(localities);
    }

    private @Nullable EndpointConfig endpoint(Message locality, Message lbEndpoint, boolean names) {
        Message address = lbEndpoint.message("endpoint").message("address").message("socket_address");
        Sources.expectTcp(address, problems);
        String host = address.string("address");
        if (!names && !Sources.isIp(host)) {
            problems.add(address.path("address"), Sources.quoted(host) + " (expected: an IP address)");
            return null;
        }
        if (lbEndpoint.has("load_balancing_weight") && lbEndpoint.number("load_balancing_weight") == 0) {
            problems.add(lbEndpoint.path("load_balancing_weight"), "0 (expected: > 0)");
        }
        return problems.making(
                lbEndpoint,
                () -> new EndpointConfig(
                        host,
                        address.integer("port_value", 0),
                        lbEndpoint.integer("load_balancing_weight", 1),
                        locality.integer("priority", 0),
                        name(locality.message("locality")),
                        hashKey(lbEndpoint),
                        state(lbEndpoint),
                        lbEndpoint.message("endpoint").string("hostname")));
    }

    /** Region, zone and sub-zone with slashes between, as far as they are given; {@code /a} is a zone without a region. */
    private static String name(Message locality) {
        String all = locality.string("region") + "/" + locality.string("zone") + "/" + locality.string("sub_zone");
        return all.endsWith("//")
                ? locality.string("region")
                : all.endsWith("/") ? all.substring(0, all.length() - 1) : all;
    }

    private static String hashKey(Message lbEndpoint) {
        Object balancing = lbEndpoint.message("metadata").map("filter_metadata").get("envoy.lb");
        return balancing instanceof Map<?, ?> fields && fields.get("hash_key") instanceof String key ? key : "";
    }

    private static State state(Message lbEndpoint) {
        return switch (lbEndpoint.choice("health_status")) {
            case "UNHEALTHY", "TIMEOUT" -> State.UNHEALTHY;
            case "DRAINING" -> State.DRAINING;
            case "DEGRADED" -> State.DEGRADED;
            default -> State.HEALTHY;
        };
    }
}
