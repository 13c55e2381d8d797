package dev.weft.sidecar;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Envoy's HTTP filters in a bootstrap file, in a sidecar that runs as a process of its own. */
@Timeout(60)
class FiltersTest {
    private static String config(int port) {
        return """
            node: {id: filters}
            admin: {address: {socket_address: {address: 127.0.0.1, port_value: 0}}}
            static_resources:
              clusters:
              - name: origin
                load_assignment:
                  cluster_name: origin
                  endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}}}]}]
              listeners:
              - name: web
                address: {socket_address: {address: 127.0.0.1, port_value: 0}}
                filter_chains:
                - filters:
                  - name: http
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                      route_config:
                        name: all
                        virtual_hosts:
                        - name: all
                          domains: ["*"]
                          typed_per_filter_config:
                            cors:
                              "@type": type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy
                              allow_origin_string_match: [{exact: "https://app.example"}]
                          routes:
                          - match: {prefix: /scarce}
                            route: {cluster: origin}
                            typed_per_filter_config:
                              limit:
                                "@type": type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit
                                stat_prefix: limit
                                token_bucket: {max_tokens: 1, fill_interval: 3600s}
                                filter_enabled: {default_value: {numerator: 100}}
                                filter_enforced: {default_value: {numerator: 100}}
                          - match: {prefix: /}
                            route: {cluster: origin, request_mirror_policies: [{cluster: origin}]}
                      http_filters:
                      - {name: cors, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.cors.v3.Cors}}
                      - name: fault
                        typed_config:
                          "@type": type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault
                          abort: {http_status: 418, percentage: {numerator: 100}}
                          headers: [{name: x-break, present_match: true}]
                      - name: limit
                        disabled: true
                        typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit, stat_prefix: l}
                      - name: body
                        typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer, max_request_bytes: 10}
                      - {name: web, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.grpc_web.v3.GrpcWeb}}
                      - name: gzip
                        typed_config:
                          "@type": type.googleapis.com/envoy.extensions.filters.http.compressor.v3.Compressor
                          compressor_library: {name: l, typed_config: {"@type": type.googleapis.com/envoy.extensions.compression.gzip.compressor.v3.Gzip}}
                      - name: br
                        typed_config:
                          "@type": type.googleapis.com/envoy.extensions.filters.http.compressor.v3.Compressor
                          compressor_library: {name: l, typed_config: {"@type": type.googleapis.com/envoy.extensions.compression.brotli.compressor.v3.Brotli}}
                      - name: zstd
                        typed_config:
                          "@type": type.googleapis.com/envoy.extensions.filters.http.compressor.v3.Compressor
                          compressor_library: {name: l, typed_config: {"@type": type.googleapis.com/envoy.extensions.compression.zstd.compressor.v3.Zstd}}
                      - name: router
                        typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
            """.formatted(port);
    }

    @TempDir
    private Path directory = Path.of("");

    private final HttpServer origin = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);

    FiltersTest() throws IOException {
        byte[] text = "some text ".repeat(100).getBytes(StandardCharsets.US_ASCII);
        origin.createContext("/", exchange -> {
            exchange.getRequestBody().readAllBytes();
            exchange.getResponseHeaders().add("Content-Type", "text/plain");
            exchange.sendResponseHeaders(200, text.length);
            exchange.getResponseBody().write(text);
            exchange.close();
        });
        origin.start();
    }

    @AfterEach
    void stop() {
        origin.stop(0);
    }

    @Test
    void everyFilterDoesItsPart() throws Exception {
        Path config = Files.writeString(
                directory.resolve("filters.yaml"), config(origin.getAddress().getPort()));
        try (SidecarProcess sidecar = SidecarProcess.start(directory, "sidecar", "-c", config.toString())
                        .serving();
                HttpClient client = HttpClient.newHttpClient()) {
            String web = "http://" + sidecar.address("web");

            HttpResponse<byte[]> plain = client.send(get(web + "/"), BodyHandlers.ofByteArray());
            assertThat(plain.body()).hasSize(1000);
            assertThat(plain.headers().allValues("vary")).containsExactly("accept-encoding, origin");
            for (String coding : new String[] {"gzip", "br", "zstd"}) {
                HttpResponse<byte[]> coded =
                        client.send(get(web + "/", "accept-encoding", coding), BodyHandlers.ofByteArray());
                assertThat(coded.headers().firstValue("content-encoding")).contains(coding);
                assertThat(coded.body().length).isBetween(10, 100);
            }
            assertThat(client.send(get(web + "/", "x-break", "1"), BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(418);
            assertThat(client.send(get(web + "/", "origin", "https://app.example"), BodyHandlers.ofString())
                            .headers()
                            .firstValue("access-control-allow-origin"))
                    .contains("https://app.example");
            assertThat(client.send(get(web + "/scarce"), BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(200);
            assertThat(client.send(get(web + "/scarce"), BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(429);
            HttpRequest large = HttpRequest.newBuilder(URI.create(web + "/"))
                    .POST(HttpRequest.BodyPublishers.ofString("more than ten bytes"))
                    .build();
            assertThat(client.send(large, BodyHandlers.ofString()).statusCode()).isEqualTo(413);
        }
    }

    private static HttpRequest get(String url, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url));
        return (headers.length == 0 ? request : request.headers(headers)).build();
    }
}
