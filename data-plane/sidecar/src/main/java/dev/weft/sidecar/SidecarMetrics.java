package dev.weft.sidecar;

import dev.weft.sidecar.ads.AdsClient;
import dev.weft.sidecar.live.LiveConfig;
import dev.weft.sidecar.xds.ResourceType;
import io.prometheus.client.Collector;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.CounterMetricFamily;
import io.prometheus.client.GaugeMetricFamily;
import io.prometheus.client.hotspot.DefaultExports;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;

/** What the process adds to the proxy's metrics: the JVM's, and the state of its configuration. Thread-safe. */
final class SidecarMetrics extends Collector {
    private final ConfigThread thread;
    private final LiveConfig config;
    private final Supplier<Optional<AdsClient>> ads;

    private SidecarMetrics(ConfigThread thread, LiveConfig config, Supplier<Optional<AdsClient>> ads) {
        this.thread = thread;
        this.config = config;
        this.ads = ads;
    }

    static void register(
            CollectorRegistry registry, ConfigThread thread, LiveConfig config, Supplier<Optional<AdsClient>> ads) {
        DefaultExports.register(registry);
        new SidecarMetrics(thread, config, ads).register(registry);
    }

    @Override
    public List<MetricFamilySamples> collect() {
        return thread.ask(this::sample).join();
    }

    private List<MetricFamilySamples> sample() {
        GaugeMetricFamily accepted = new GaugeMetricFamily(
                "weft_xds_resources", "Resources accepted from the control plane.", List.of("type"));
        GaugeMetricFamily refused = new GaugeMetricFamily(
                "weft_xds_resources_refused", "Resources whose newest version was refused.", List.of("type"));
        for (ResourceType type : ResourceType.values()) {
            List<String> label = List.of(type.name().toLowerCase(Locale.ROOT));
            accepted.addMetric(label, config.accepted(type).size());
            refused.addMetric(label, (double)
                    config.refused().stream().filter(r -> r.type() == type).count());
        }
        CounterMetricFamily failed = new CounterMetricFamily(
                "weft_tls_reload_failures",
                "Changes of certificates that could not be used, so that the last good ones stay.",
                List.of("source"));
        failed.addMetric(List.of("file"), config.failedFiles());
        failed.addMetric(List.of("secret"), config.failedSecrets());
        double connected = ads.get().map(AdsClient::connected).orElse(false) ? 1 : 0;
        return List.of(
                accepted,
                refused,
                failed,
                new GaugeMetricFamily("weft_xds_connected", "1 while a control plane is connected.", connected),
                new GaugeMetricFamily(
                        "weft_xds_waiting",
                        "Resources that wait for others before they are live.",
                        config.waiting().size()));
    }
}
