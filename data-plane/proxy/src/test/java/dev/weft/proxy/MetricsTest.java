package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawOrigin;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.exporter.common.TextFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class MetricsTest {
    @RegisterExtension
    private final Opened opened = new Opened();

    @Test
    void requestsAreCountedOnBothSidesAndFailuresByReason() throws IOException {
        CollectorRegistry registry = new CollectorRegistry();
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        RawOrigin origin = opened.open(RawOrigin.answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"));
        Proxy proxy = opened.open(
                Proxy.builder().loops(2).metrics(registry).accessLog(log).build());
        proxy.apply(Setup.listen("127.0.0.1", 0)
                .options(HttpOptions.builder()
                        .accessLog(HttpOptions.AccessLog.JSON)
                        .build())
                .cluster("web", "127.0.0.1:" + origin.port())
                .and()
                .route("/ok", "web")
                .build());
        RawClient client = opened.open(RawClient.connect(proxy.address("http")));
        client.send("GET /ok HTTP/1.1\r\nHost: web\r\n\r\n").response();
        client.send("GET /nowhere HTTP/1.1\r\nHost: web\r\n\r\n").response();
        client.send("GET /bad HTTP/1.1\r\nHost: web\r\nBad Name: 1\r\n\r\n").response();

        assertThat(scrape(registry))
                .contains("weft_downstream_requests_total{listener=\"http\",code_class=\"2xx\",} 1.0\n")
                .contains("weft_downstream_requests_total{listener=\"http\",code_class=\"4xx\",} 2.0\n")
                .contains("weft_downstream_active_requests{listener=\"http\",} 0.0\n")
                .contains("weft_downstream_body_bytes_total{listener=\"http\",direction=\"sent\",} 22.0\n")
                .contains("weft_downstream_request_duration_seconds_count{listener=\"http\",} 3.0\n")
                .contains("weft_upstream_requests_total{cluster=\"web\",code_class=\"2xx\",} 1.0\n")
                .contains("weft_upstream_body_bytes_total{cluster=\"web\",direction=\"received\",} 5.0\n")
                .contains("weft_failures_total{reason=\"no_route\",} 1.0\n")
                .contains("weft_failures_total{reason=\"bad_request\",} 1.0\n")
                .contains("weft_cluster_endpoints_healthy{cluster=\"web\",} 1.0\n");
        Awaitility.await()
                .until(() -> log.toString(StandardCharsets.US_ASCII).lines().count() == 3);
        assertThat(log.toString(StandardCharsets.US_ASCII))
                .contains("\"path\":\"/ok\",\"status\":200")
                .contains("\"failure\":\"NR\",\"reason\":\"no route for web/nowhere\"")
                .contains("\"failure\":\"DPE\"");
        proxy.close();
        assertThat(scrape(registry)).isEmpty();
    }

    private static String scrape(CollectorRegistry registry) throws IOException {
        StringWriter text = new StringWriter();
        TextFormat.write004(text, registry.metricFamilySamples());
        return text.toString();
    }
}
