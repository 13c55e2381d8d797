package dev.weft.sidecar;

import dev.weft.proxy.Proxy;
import dev.weft.proxy.model.ClusterStatus;
import dev.weft.proxy.model.ClusterStatus.EndpointStatus;
import dev.weft.proxy.model.ProxyLimits;
import dev.weft.sidecar.admin.AdminPage;
import dev.weft.sidecar.admin.AdminPage.AdminAnswer;
import dev.weft.sidecar.admin.AdminPage.AdminRequest;
import dev.weft.sidecar.ads.AdsClient;
import dev.weft.sidecar.bootstrap.HostPort;
import dev.weft.sidecar.bootstrap.NodeIdentity;
import dev.weft.sidecar.live.LiveConfig;
import dev.weft.sidecar.xds.message.Json;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.exporter.common.TextFormat;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import picocli.CommandLine.TypeConversionException;

/** The admin pages of a sidecar. Thread-safe: each takes its picture where what it shows lives. */
final class SidecarPages {
    private static final Duration DRAIN_TIMEOUT = Duration.ofSeconds(30);

    private final Proxy proxy;
    private final ConfigThread thread;
    private final LiveConfig config;
    private final Supplier<Optional<AdsClient>> ads;
    private final Readiness readiness;
    private final CollectorRegistry registry;
    private final Object bootstrap;
    private final Supplier<NodeIdentity> node;

    /**
     * @param ads asked on the configuration's thread
     * @param bootstrap as written
     * @param node as control planes know it
     */
    SidecarPages(
            Proxy proxy,
            ConfigThread thread,
            LiveConfig config,
            Supplier<Optional<AdsClient>> ads,
            Readiness readiness,
            CollectorRegistry registry,
            Object bootstrap,
            Supplier<NodeIdentity> node) {
        this.proxy = proxy;
        this.thread = thread;
        this.config = config;
        this.ads = ads;
        this.readiness = readiness;
        this.registry = registry;
        this.bootstrap = bootstrap;
        this.node = node;
    }

    /** Leaves the mesh: accepts for the first time, then lets requests finish for the second. */
    interface Drain {
        CompletableFuture<Void> begin(Duration grace, Duration timeout);
    }

    Map<String, AdminPage> all(Drain drain) {
        return Map.of(
                "/ready", page("200 while traffic may be sent here, 503 and why otherwise", this::ready),
                "/metrics", page("Prometheus metrics; OpenMetrics by the Accept header", this::metrics),
                "/clusters", page("endpoints and their health; ?format=json", this::clusters),
                "/listeners", page("where we accept; ?format=json", this::listeners),
                "/memory", page("heap, buffers and connections, with their limits, as JSON", this::memory),
                "/config_dump",
                        onConfigThread(
                                "all resources with versions, and what was refused, as JSON",
                                false,
                                () -> ConfigDump.of(config, ads.get(), bootstrap)),
                "/v3/discovery:client_status",
                        onConfigThread(
                                "the same in the form of the client status discovery service",
                                true,
                                () -> ClientStatus.of(node.get(), config)),
                "/drain",
                        acting(
                                "leave the mesh; accept for ?grace=0s, let requests finish for &timeout=30s",
                                request -> drain(drain, request)));
    }

    private static AdminPage page(String about, Function<AdminRequest, AdminAnswer> answer) {
        return new AdminPage() {
            @Override
            public String about() {
                return about;
            }

            @Override
            public CompletableFuture<AdminAnswer> answer(AdminRequest request) {
                return CompletableFuture.completedFuture(answer.apply(request));
            }
        };
    }

    /** @param acts whether it is asked for by POST, as the service's mapping to HTTP has it */
    private AdminPage onConfigThread(String about, boolean acts, Supplier<Map<String, Object>> tree) {
        return new AdminPage() {
            @Override
            public String about() {
                return about;
            }

            @Override
            public CompletableFuture<AdminAnswer> answer(AdminRequest request) {
                return thread.ask(() -> AdminAnswer.json(200, Json.pretty(tree.get())));
            }

            @Override
            public boolean acts() {
                return acts;
            }
        };
    }

    private static AdminPage acting(String about, Function<AdminRequest, AdminAnswer> action) {
        return new AdminPage() {
            @Override
            public String about() {
                return about;
            }

            @Override
            public boolean acts() {
                return true;
            }

            @Override
            public CompletableFuture<AdminAnswer> answer(AdminRequest request) {
                return CompletableFuture.completedFuture(action.apply(request));
            }
        };
    }

    /** Returns at once: the draining goes on, and {@code /ready} says so. */
    private static AdminAnswer drain(Drain drain, AdminRequest request) {
        try {
            var _ = drain.begin(duration(request, "grace", Duration.ZERO), duration(request, "timeout", DRAIN_TIMEOUT));
            return AdminAnswer.text(202, "draining");
        } catch (TypeConversionException wrong) {
            return AdminAnswer.text(400, String.valueOf(wrong.getMessage()));
        }
    }

    private static Duration duration(AdminRequest request, String name, Duration otherwise) {
        String text = request.parameter(name);
        try {
            return text.isEmpty() ? otherwise : Durations.parse(text);
        } catch (TypeConversionException wrong) {
            throw new TypeConversionException(name + ": " + wrong.getMessage());
        }
    }

    private AdminAnswer ready(AdminRequest request) {
        String reason = readiness.reason();
        return reason.isEmpty() ? AdminAnswer.text(200, "ready") : AdminAnswer.text(503, reason);
    }

    private AdminAnswer metrics(AdminRequest request) {
        String contentType = TextFormat.chooseContentType(request.accept());
        StringWriter out = new StringWriter();
        try {
            TextFormat.writeFormat(contentType, out, registry.metricFamilySamples());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new AdminAnswer(200, contentType, out.toString());
    }

    private AdminAnswer listeners(AdminRequest request) {
        Map<String, Object> bound = new TreeMap<>();
        proxy.addresses()
                .forEach((name, address) -> bound.put(name, HostPort.of(address).toString()));
        if (request.json()) {
            return AdminAnswer.json(200, Json.pretty(Map.of("listeners", bound)));
        }
        StringBuilder text = new StringBuilder();
        bound.forEach(
                (name, address) -> text.append(name).append(' ').append(address).append('\n'));
        return AdminAnswer.text(200, text.toString());
    }

    private AdminAnswer memory(AdminRequest request) {
        Map<String, Object> memory = ProcessMemory.json();
        memory.put("downstream_connections", proxy.connections());
        memory.put("active_requests", proxy.activeRequests());
        ProxyLimits limits = proxy.limits();
        memory.put("downstream_connections_max", limits.maxConnections());
        memory.put("connection_write_buffer_max_bytes", limits.writeBufferBytes());
        memory.put("request_replay_max_bytes", limits.replayBytes());
        memory.put("shed_share", limits.shedShare());
        return AdminAnswer.json(200, Json.pretty(memory));
    }

    private AdminAnswer clusters(AdminRequest request) {
        List<ClusterStatus> clusters = proxy.clusters().stream()
                .sorted((a, b) -> a.name().value().compareTo(b.name().value()))
                .toList();
        if (request.json()) {
            List<Object> json = new ArrayList<>();
            clusters.forEach(cluster -> json.add(json(cluster)));
            return AdminAnswer.json(200, Json.pretty(Map.of("clusters", json)));
        }
        StringBuilder text = new StringBuilder();
        for (ClusterStatus cluster : clusters) {
            text.append(String.format(
                    Locale.ROOT,
                    "%s: %d of %d healthy%s%n",
                    cluster.name(),
                    cluster.healthy(),
                    cluster.endpoints().size(),
                    cluster.panicking() ? ", panicking: all are used" : ""));
            for (EndpointStatus endpoint : cluster.endpoints()) {
                text.append(String.format(
                        Locale.ROOT,
                        "  %-24s priority %d weight %d %s active %d requests %d failures %d%n",
                        endpoint.address(),
                        endpoint.priority(),
                        endpoint.weight(),
                        endpoint.healthy() ? "healthy" : "unhealthy (" + reason(endpoint) + ")",
                        endpoint.activeRequests(),
                        endpoint.requests(),
                        endpoint.failures()));
            }
        }
        return AdminAnswer.text(200, text.toString());
    }

    private static Map<String, Object> json(ClusterStatus cluster) {
        List<Object> endpoints = new ArrayList<>();
        for (EndpointStatus endpoint : cluster.endpoints()) {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("address", endpoint.address());
            json.put("weight", endpoint.weight());
            json.put("priority", endpoint.priority());
            json.put("locality", endpoint.locality());
            json.put("healthy", endpoint.healthy());
            json.put("reason", reason(endpoint));
            json.put("active", endpoint.activeRequests());
            json.put("requests", endpoint.requests());
            json.put("failures", endpoint.failures());
            endpoints.add(json);
        }
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", cluster.name().value());
        json.put("healthy", cluster.healthy());
        json.put("panicking", cluster.panicking());
        json.put("connections", cluster.connections());
        json.put("active", cluster.activeRequests());
        json.put("endpoints", endpoints);
        return json;
    }

    private static String reason(EndpointStatus endpoint) {
        return String.join(", ", endpoint.marks());
    }
}
