package dev.weft.sidecar.bootstrap;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The flags of {@code weft sidecar} and {@code weft gateway} as the bootstrap they stand for, and nothing else: a tree that is
 * read like a file, and printed by {@code --print-bootstrap}. Immutable.
 *
 * @param role {@code sidecar} or {@code gateway}
 * @param name of the service or gateway
 * @param id of the node
 * @param controlPlanes in order of preference
 * @param servicePort where the service listens on this host; 0 for a sidecar without a service
 * @param accepts the inbound address of a sidecar, the listen address of a gateway
 * @param outbound only of a sidecar
 * @param tls of the stream to the control planes; without it, plain text
 */
public record ShortForm(
        Role role,
        String name,
        String id,
        List<HostPort> controlPlanes,
        int servicePort,
        String serviceProtocol,
        Optional<HostPort> accepts,
        Optional<HostPort> outbound,
        HostPort admin,
        Map<String, String> labels,
        int weight,
        String zone,
        String address,
        String accessLog,
        boolean stateOfTheWorld,
        Optional<ControlPlaneTls> tls) {
    public static final String INBOUND = "inbound";
    public static final String OUTBOUND = "outbound";
    public static final String GATEWAY = "gateway";

    // No service or cluster of the mesh can have these names: its names begin with a letter or a digit.
    private static final String OWN_SERVICE = "_inbound";
    private static final String CONTROL_PLANE = "_control-plane";

    private static final String LOOPBACK = "127.0.0.1";

    private static final String TYPES = "type.googleapis.com/";
    private static final String HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
    private static final String HTTP =
            "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
    private static final String TLS = "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext";
    private static final String ROUTER = "envoy.extensions.filters.http.router.v3.Router";
    private static final String FILTERS = TYPES + "envoy.extensions.filters.http.";
    private static final String STDOUT = "envoy.extensions.access_loggers.stream.v3.StdoutAccessLog";

    /**
     * PEM files for the stream to the control planes.
     *
     * @param authorities who may sign the control planes' certificates; without, the system's
     * @param certificate our own, with its key, for a control plane that asks for one
     */
    public record ControlPlaneTls(Optional<Path> authorities, Optional<Path> certificate, Optional<Path> key) {}

    /** What runs. */
    public enum Role {
        SIDECAR,
        GATEWAY;

        /** As in commands, files and metadata. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public ShortForm {
        controlPlanes = List.copyOf(controlPlanes);
        labels = Map.copyOf(labels);
    }

    /** The bootstrap as a JSON tree. */
    public Map<String, Object> bootstrap() {
        List<Object> listeners = new ArrayList<>();
        List<Object> clusters = new ArrayList<>();
        clusters.add(controlPlaneCluster());
        if (role == Role.GATEWAY) {
            accepts.ifPresent(
                    at -> listeners.add(listener(GATEWAY, at, "UNSPECIFIED", true, remote("gateway/" + name))));
        } else {
            accepts.ifPresent(at -> {
                listeners.add(listener(INBOUND, at, "INBOUND", false, ownService()));
                clusters.add(serviceCluster());
            });
            outbound.ifPresent(at -> listeners.add(listener(OUTBOUND, at, "OUTBOUND", false, remote(OUTBOUND))));
        }
        Map<String, Object> ads = Map.of("ads", Map.of(), "resource_api_version", "V3");
        return map(
                "node",
                node(),
                "admin",
                map("address", address(admin)),
                "static_resources",
                map("listeners", listeners, "clusters", clusters),
                "dynamic_resources",
                map("lds_config", ads, "cds_config", ads, "ads_config", adsConfig()));
    }

    private Map<String, Object> node() {
        Map<String, Object> weft = map("role", role.word());
        if (role == Role.GATEWAY) {
            weft.put(GATEWAY, name);
        } else {
            weft.put("service", name);
        }
        accepts.ifPresent(at -> weft.put("port", at.port()));
        if (!address.isEmpty()) {
            weft.put("address", address);
        }
        weft.put("labels", labels);
        weft.put("weight", weight);
        weft.put("zone", zone);
        Map<String, Object> node = map("id", id, "cluster", name, "metadata", map("weft", weft));
        if (!zone.isEmpty()) {
            node.put("locality", map("zone", zone));
        }
        return node;
    }

    private Map<String, Object> adsConfig() {
        return map(
                "api_type",
                stateOfTheWorld ? "GRPC" : "DELTA_GRPC",
                "transport_api_version",
                "V3",
                "grpc_services",
                List.of(map("envoy_grpc", map("cluster_name", CONTROL_PLANE))));
    }

    private Map<String, Object> controlPlaneCluster() {
        boolean allIps = controlPlanes.stream().allMatch(HostPort::isIp);
        Map<String, Object> http2 = map("explicit_http_config", map("http2_protocol_options", Map.of()));
        Map<String, Object> cluster = cluster(CONTROL_PLANE, allIps ? "STATIC" : "STRICT_DNS", controlPlanes, http2);
        tls.ifPresent(files -> cluster.put("transport_socket", transportSocket(files)));
        return cluster;
    }

    private static Map<String, Object> transportSocket(ControlPlaneTls files) {
        Map<String, Object> common = map("alpn_protocols", List.of("h2"));
        files.authorities()
                .ifPresent(ca -> common.put("validation_context", map("trusted_ca", map("filename", ca.toString()))));
        if (files.certificate().isPresent() && files.key().isPresent()) {
            Map<String, Object> own = map(
                    "certificate_chain",
                    map("filename", files.certificate().get().toString()),
                    "private_key",
                    map("filename", files.key().get().toString()));
            common.put("tls_certificates", List.of(own));
        }
        return map("name", "tls", "typed_config", map("@type", TYPES + TLS, "common_tls_context", common));
    }

    private Map<String, Object> serviceCluster() {
        Map<String, Object> protocol = switch (serviceProtocol) {
            case "http1" -> map("explicit_http_config", map("http_protocol_options", Map.of()));
            case "http2" -> map("explicit_http_config", map("http2_protocol_options", Map.of()));
            default -> map("use_downstream_protocol_config", Map.of());
        };
        return cluster(OWN_SERVICE, "STATIC", List.of(new HostPort(LOOPBACK, servicePort)), protocol);
    }

    private static Map<String, Object> cluster(
            String name, String type, List<HostPort> addresses, Map<String, Object> protocol) {
        List<Object> endpoints = new ArrayList<>();
        addresses.forEach(at -> endpoints.add(map("endpoint", map("address", address(at)))));
        Map<String, Object> options = map("@type", TYPES + HTTP_OPTIONS);
        options.putAll(protocol);
        return map(
                "name",
                name,
                "type",
                type,
                "connect_timeout",
                "5s",
                "typed_extension_protocol_options",
                map(HTTP_OPTIONS, options),
                "circuit_breakers",
                map(
                        "thresholds",
                        List.of(map(
                                "max_connections", 10_000, "max_pending_requests", 10_000, "max_requests", 100_000))),
                "load_assignment",
                map("cluster_name", name, "endpoints", List.of(map("lb_endpoints", endpoints))));
    }

    /** The other side sets the deadline of a request, so our own hop adds none. */
    private static Map<String, Object> ownService() {
        Map<String, Object> route = map(
                "match",
                map("prefix", "/"),
                "route",
                map(
                        "cluster",
                        OWN_SERVICE,
                        "timeout",
                        "0s",
                        "upgrade_configs",
                        List.of(map("upgrade_type", "websocket"))));
        Map<String, Object> host = map("name", INBOUND, "domains", List.of("*"), "routes", List.of(route));
        return map("route_config", map("name", INBOUND, "virtual_hosts", List.of(host)));
    }

    private static Map<String, Object> remote(String name) {
        return map(
                "rds",
                map("route_config_name", name, "config_source", map("ads", Map.of(), "resource_api_version", "V3")));
    }

    private Map<String, Object> listener(
            String listener, HostPort at, String direction, boolean edge, Map<String, Object> routes) {
        Map<String, Object> manager = map("@type", TYPES + HTTP, "stat_prefix", listener, "codec_type", "AUTO");
        manager.putAll(routes);
        // Only at the edge is the peer the client; inside the mesh it is a proxy that has already said who that is.
        manager.put("use_remote_address", edge);
        manager.put("proxy_100_continue", true); // whether a body is wanted is for whoever serves it to say
        if (!accessLog.equals("off")) {
            Map<String, Object> log = map("@type", TYPES + STDOUT);
            if (accessLog.equals("json")) {
                log.put("log_format", map("json_format", Map.of()));
            }
            manager.put("access_log", List.of(map("name", "stdout", "typed_config", log)));
        }
        manager.put(
                "http_filters",
                List.of(
                        dormant("cors", map("@type", FILTERS + "cors.v3.Cors")),
                        dormant("fault", map("@type", FILTERS + "fault.v3.HTTPFault")),
                        dormant(
                                "local_ratelimit",
                                map(
                                        "@type",
                                        FILTERS + "local_ratelimit.v3.LocalRateLimit",
                                        "stat_prefix",
                                        "rate_limit")),
                        map("name", "router", "typed_config", map("@type", TYPES + ROUTER))));
        return map(
                "name",
                listener,
                "address",
                address(at),
                "traffic_direction",
                direction,
                "filter_chains",
                List.of(map("filters", List.of(map("name", "http", "typed_config", manager)))));
    }

    /** A filter that does nothing before a route says what, by the name under which Weft's routes speak of it. */
    private static Map<String, Object> dormant(String name, Map<String, Object> config) {
        return map("name", "envoy.filters.http." + name, "disabled", true, "typed_config", config);
    }

    private static Map<String, Object> address(HostPort at) {
        return map("socket_address", map("address", at.host(), "port_value", at.port()));
    }

    /** A map in the order of its arguments: name, value, name, value. */
    private static Map<String, Object> map(Object... namesAndValues) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            map.put((String) namesAndValues[i], namesAndValues[i + 1]);
        }
        return map;
    }
}
