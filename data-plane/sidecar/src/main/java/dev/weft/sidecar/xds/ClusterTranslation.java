package dev.weft.sidecar.xds;

import dev.weft.proxy.model.CircuitLimits;
import dev.weft.proxy.model.ClusterConfig;
import dev.weft.proxy.model.ClusterConfig.AddressFamily;
import dev.weft.proxy.model.ClusterConfig.Discovery;
import dev.weft.proxy.model.ClusterConfig.Dns;
import dev.weft.proxy.model.ClusterConfig.Fixed;
import dev.weft.proxy.model.ClusterConfig.UpstreamProtocol;
import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.HealthCheck;
import dev.weft.proxy.model.OutlierDetection;
import dev.weft.sidecar.xds.BalancingTranslation.Chosen;
import dev.weft.sidecar.xds.UpstreamSocketTranslation.UpstreamSocket;
import dev.weft.sidecar.xds.message.Message;
import dev.weft.sidecar.xds.message.Problems;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code Cluster}. Confined to the thread of the conversion. */
final class ClusterTranslation {
    private static final String HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration IDLE_TIMEOUT = Duration.ofHours(1);
    private static final Duration DNS_REFRESH = Duration.ofSeconds(5);
    private static final int PANIC_THRESHOLD = 50;

    private final Problems problems;
    private final UpstreamSocketTranslation sockets;
    private final BalancingTranslation balancing;
    private final HealthTranslation health;
    private final EndpointTranslation endpoints;

    ClusterTranslation(Problems problems, FileText files, Map<String, Secret> secrets) {
        this.problems = problems;
        this.sockets = new UpstreamSocketTranslation(problems, new TlsTranslation(problems, files, secrets));
        this.balancing = new BalancingTranslation(problems);
        this.health = new HealthTranslation(problems);
        this.endpoints = new EndpointTranslation(problems);
    }

    @Nullable
    ClusterDraft cluster(Message cluster) {
        Discovery discovery = discovery(cluster);
        Chosen chosen = balancing.balancing(cluster);
        List<HealthCheck> checks = health.checks(cluster);
        Optional<OutlierDetection> outliers = health.outliers(cluster);
        CircuitLimits limits = limits(cluster);
        Optional<Message> options = httpOptions(cluster);
        Message common = common(cluster, options);
        UpstreamProtocol protocol = protocol(cluster, options);
        UpstreamSocket socket = sockets.socket(cluster);
        boolean loadReported = loadReported(cluster);
        int panicThreshold = panicThreshold(cluster);
        if (discovery == null || chosen == null || limits == null) {
            return null;
        }
        ClusterConfig config = problems.making(
                cluster,
                () -> new ClusterConfig(
                        new ClusterName(cluster.string("name")),
                        discovery,
                        protocol,
                        chosen.balancing(),
                        cluster.duration("connect_timeout").orElse(CONNECT_TIMEOUT),
                        idleTimeout(common),
                        checks,
                        outliers,
                        limits,
                        panicThreshold,
                        socket.tls(),
                        Http2Translation.options(http2(cluster, options)),
                        socket.proxyProtocol(),
                        LifetimesTranslation.lifetimes(common),
                        common.integer("max_headers_count", ClusterConfig.MAX_RESPONSE_HEADERS)));
        return config == null
                ? null
                : new ClusterDraft(
                        config, remoteEndpoints(cluster), socket.awaited(), chosen.byLocalityWeight(), loadReported);
    }

    private @Nullable Discovery discovery(Message cluster) {
        Message assignment = cluster.message("load_assignment");
        return switch (cluster.choice("type")) {
            case "STATIC" -> {
                Assignment fixed = endpoints.assignment(assignment, false);
                yield new Fixed(
                        fixed.endpoints(cluster.message("common_lb_config").has("locality_weighted_lb_config")));
            }
            case "EDS" -> {
                Sources.expectAds(cluster.message("eds_cluster_config"), "eds_config", problems);
                if (cluster.has("load_assignment")) {
                    problems.add(cluster.path("load_assignment"), "set beside type EDS (expected: none)");
                }
                yield new Fixed(List.of());
            }
            case "STRICT_DNS" -> dns(cluster, assignment, true);
            case "LOGICAL_DNS" -> dns(cluster, assignment, false);
            default -> {
                problems.add(
                        cluster.path("type"),
                        cluster.choice("type") + ": not supported (expected: EDS, STATIC, STRICT_DNS or LOGICAL_DNS)");
                yield null;
            }
        };
    }

    private @Nullable Discovery dns(Message cluster, Message assignment, boolean strict) {
        Assignment names = endpoints.assignment(assignment, true);
        Duration refresh = cluster.duration("dns_refresh_rate").orElse(DNS_REFRESH);
        return problems.making(cluster, () -> new Dns(names.endpoints(false), refresh, strict, addressFamily(cluster)));
    }

    /** What would use both at once, or IPv6 first, uses it where there is nothing else. */
    private static AddressFamily addressFamily(Message cluster) {
        return switch (cluster.choice("dns_lookup_family")) {
            case "V4_ONLY" -> AddressFamily.IPV4_ONLY;
            case "V6_ONLY" -> AddressFamily.IPV6_ONLY;
            default -> AddressFamily.IPV4_PREFERRED;
        };
    }

    private boolean loadReported(Message cluster) {
        Optional<Message> server = cluster.find("lrs_server");
        server.filter(source -> !source.has("self"))
                .ifPresent(source -> problems.add(source.path(), "not supported (expected: self)"));
        return server.isPresent();
    }

    private static Optional<ClusterDraft.Remote> remoteEndpoints(Message cluster) {
        if (!cluster.choice("type").equals("EDS")) {
            return Optional.empty();
        }
        Message eds = cluster.message("eds_cluster_config");
        String name = eds.string("service_name").isEmpty() ? cluster.string("name") : eds.string("service_name");
        return Optional.of(new ClusterDraft.Remote(name, Sources.initialFetchTimeout(eds.message("eds_config"))));
    }

    private Optional<Message> httpOptions(Message cluster) {
        Message options = null;
        for (Map.Entry<String, Message> entry :
                cluster.entries("typed_extension_protocol_options").entrySet()) {
            if (entry.getValue().type().equals(HTTP_OPTIONS)) {
                options = entry.getValue();
            } else {
                problems.add(entry.getValue().path(), "not supported (expected: " + HTTP_OPTIONS + ")");
            }
        }
        return Optional.ofNullable(options);
    }

    private static UpstreamProtocol protocol(Message cluster, Optional<Message> options) {
        if (options.isPresent()) {
            Message chosen = options.get();
            if (!chosen.has("explicit_http_config")) {
                return UpstreamProtocol.AUTO;
            }
            return chosen.message("explicit_http_config").has("http2_protocol_options")
                    ? UpstreamProtocol.HTTP2
                    : UpstreamProtocol.HTTP1;
        }
        return cluster.has("http2_protocol_options") ? UpstreamProtocol.HTTP2 : UpstreamProtocol.HTTP1;
    }

    private static Message http2(Message cluster, Optional<Message> options) {
        if (options.isEmpty()) {
            return cluster.message("http2_protocol_options");
        }
        for (String choice : List.of("explicit_http_config", "use_downstream_protocol_config", "auto_config")) {
            if (options.get().has(choice)) {
                return options.get().message(choice).message("http2_protocol_options");
            }
        }
        return cluster.message("http2_protocol_options");
    }

    private Message common(Message cluster, Optional<Message> options) {
        Message common = options.orElse(cluster).message("common_http_protocol_options");
        if (!common.choice("headers_with_underscores_action").equals("ALLOW")) {
            problems.add(
                    common.path("headers_with_underscores_action"),
                    "without effect on a cluster (expected: none, or at a connection manager)");
        }
        return common;
    }

    private static Duration idleTimeout(Message common) {
        return common.duration("idle_timeout")
                .filter(timeout -> !timeout.isZero())
                .orElse(IDLE_TIMEOUT);
    }

    private @Nullable CircuitLimits limits(Message cluster) {
        Message limits = null;
        for (Message threshold : cluster.message("circuit_breakers").messages("thresholds")) {
            if (threshold.choice("priority").equals("DEFAULT")) {
                limits = threshold;
            } else {
                problems.add(threshold.path("priority"), threshold.choice("priority") + " (expected: DEFAULT)");
            }
        }
        if (limits == null) {
            return CircuitLimits.DEFAULT;
        }
        Message given = limits;
        Message budget = given.message("retry_budget");
        // max_retries without a budget is a plain count, as in Envoy.
        boolean counted = given.has("max_retries") && !given.has("retry_budget");
        CircuitLimits defaults = CircuitLimits.DEFAULT;
        return problems.making(
                given,
                () -> new CircuitLimits(
                        given.integer("max_connections", defaults.maxConnections()),
                        given.integer("max_pending_requests", defaults.maxPending()),
                        given.integer("max_requests", defaults.maxRequests()),
                        given.integer("max_retries", defaults.maxRetries()),
                        counted ? 0 : budget.message("budget_percent").real("value", defaults.retryBudgetPercent()),
                        budget.integer("min_retry_concurrency", defaults.minRetries())));
    }

    private int panicThreshold(Message cluster) {
        Message common = cluster.message("common_lb_config");
        if (!common.has("healthy_panic_threshold")) {
            return PANIC_THRESHOLD;
        }
        Message threshold = common.message("healthy_panic_threshold");
        double percent = threshold.real("value", 0);
        if (!(percent >= 0 && percent <= 100)) { // NaN is neither
            problems.add(threshold.path("value"), percent + " (expected: 0 to 100)");
        }
        return (int) Math.round(percent);
    }
}
