package dev.weft.proxy.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weft.proxy.Proxy;
import dev.weft.proxy.model.ProxyConfig;
import dev.weft.proxy.tls.TlsEngine;
import io.prometheus.client.CollectorRegistry;
import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/** A proxy of one event loop with what it tells of itself: log and metrics. Its listener is named {@code http}. */
public final class ObservedProxy implements AutoCloseable {
    private static final Duration OFTEN = Duration.ofMillis(5);

    private final CollectorRegistry registry = new CollectorRegistry();
    private final ByteArrayOutputStream log = new ByteArrayOutputStream();
    private final Proxy proxy;

    public ObservedProxy(ProxyConfig config) {
        this(config, TlsEngine.preferred());
    }

    public ObservedProxy(ProxyConfig config, TlsEngine engine) {
        proxy = Proxy.builder()
                .loops(1)
                .metrics(registry)
                .accessLog(log)
                .tlsEngine(engine)
                .build();
        proxy.apply(config);
    }

    public InetSocketAddress address() {
        return proxy.address("http");
    }

    /** The lines of the log once there are so many. */
    public List<String> logged(int count) {
        await().pollDelay(Duration.ZERO)
                .pollInterval(OFTEN)
                .untilAsserted(() -> assertThat(lines()).hasSize(count));
        return lines();
    }

    private List<String> lines() {
        return log.toString(StandardCharsets.UTF_8).lines().toList();
    }

    /** How many requests failed for that reason. */
    public int failures(String reason) {
        return (int) sample("weft_failures_total", "reason", reason);
    }

    /** A metric without labels. */
    public double sample(String name) {
        Double value = registry.getSampleValue(name);
        return value == null ? 0 : value;
    }

    public double sample(String name, String label, String value) {
        Double found = registry.getSampleValue(name, new String[] {label}, new String[] {value});
        return found == null ? 0 : found;
    }

    /** Nothing is under way any more: neither requests of clients nor tries at endpoints of that cluster. */
    public void awaitQuiet(String cluster) {
        await().pollDelay(Duration.ZERO).pollInterval(OFTEN).untilAsserted(() -> {
            assertThat(sample("weft_downstream_active_requests", "listener", "http"))
                    .isZero();
            assertThat(sample("weft_upstream_active_requests", "cluster", cluster))
                    .isZero();
        });
    }

    @Override
    public void close() {
        proxy.close();
    }
}
