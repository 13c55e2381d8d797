package dev.weft.sidecar.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.weft.sidecar.xds.FileText;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A value that makes no sense is refused by the path of its field, with what was expected. */
class BadValuesTest {
    private static final String CLUSTER = "static_resources.clusters[0].";
    private static final String HTTP = "static_resources.listeners[1].filter_chains[0].filters[0].typed_config.";
    private static final String HOST = HTTP + "route_config.virtual_hosts[0].";

    /** What is wrong where this value, in YAML, stands at this path. */
    private static List<String> problems(String path, String yaml) {
        Object tree = BootstrapTree.everything()
                .with(BootstrapTree.path(path), BootstrapTree.load(yaml))
                .root();
        BadBootstrap bad = catchThrowableOfType(BadBootstrap.class, () -> BootstrapReader.read(tree, FileText.DISK));
        return bad == null ? List.of() : bad.problems();
    }

    private static void assertRefused(String root, String field, String yaml, String problem) {
        assertThat(problems(root + field, yaml)).containsExactly(root + problem);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            connect_timeout                                             | -1s             | connect_timeout: -1000ms (expected: > 0)
            common_lb_config.healthy_panic_threshold.value              | .nan            | common_lb_config.healthy_panic_threshold.value: NaN (expected: 0 to 100)
            common_lb_config.healthy_panic_threshold.value              | -0.5            | common_lb_config.healthy_panic_threshold.value: -0.5 (expected: 0 to 100)
            circuit_breakers.thresholds[0].retry_budget.budget_percent.value | 101        | circuit_breakers.thresholds[0].retry_budget.budget_percent: 101 (expected: 0 to 100)
            circuit_breakers.thresholds[0].retry_budget.budget_percent.value | .nan       | circuit_breakers.thresholds[0].retry_budget.budget_percent: NaN (expected: 0 to 100)
            circuit_breakers.thresholds[0].max_connections              | 0               | circuit_breakers.thresholds[0].max_connections: 0 (expected: 1 to 2147483647)
            outlier_detection.max_ejection_time                         | -1s             | outlier_detection.max_ejection_time: -1000ms (expected: >= 0)
            outlier_detection.max_ejection_percent                      | 101             | outlier_detection.max_ejection_percent: 101 (expected: 0 to 100)
            health_checks[0].http_health_check.path                     | health          | health_checks[0].http_health_check.path: "health" (expected: to begin with /)
            health_checks[0].http_health_check.path                     | "/a\\r\\nb: c"  | health_checks[0].http_health_check.path: U+000D at 2 (expected: text for a header)
            health_checks[0].http_health_check.host                     | a b             | health_checks[0].http_health_check.host: "a b" (expected: a host)
            health_checks[0].interval                                   | 0s              | health_checks[0].interval: 0ms (expected: > 0)
            load_assignment.endpoints[0].lb_endpoints[0].load_balancing_weight | 0        | load_assignment.endpoints[0].lb_endpoints[0].load_balancing_weight: 0 (expected: > 0)
            """)
    void ofAClusterIsRefused(String field, String value, String problem) {
        assertRefused(CLUSTER, field, value, problem);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            clusters[1].maglev_lb_config.table_size     | 100  | clusters[1].maglev_lb_config.table_size: 100 (expected: a prime)
            clusters[1].load_assignment.endpoints[0].lb_endpoints[0].endpoint.address.socket_address.address | a b | clusters[1].load_assignment.endpoints[0].lb_endpoints[0].address: "a b" (expected: an IP or a host name)
            clusters[1].transport_socket.typed_config.common_tls_context.alpn_protocols[0] | "" | clusters[1].transport_socket.typed_config.common_tls_context.alpn_protocols: a name of 0 bytes (expected: 1 to 255)
            """)
    void ofOtherClustersIsRefused(String field, String value, String problem) {
        assertRefused("static_resources.", field, value, problem);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            server_name                                  | "a\\nb" | server_name: U+000A at 1 (expected: text for a header)
            via                                          | a b     | via: "a b" (expected: a host)
            request_timeout                              | -1s     | request_timeout: -1000ms (expected: >= 0)
            stream_idle_timeout                          | 1.5     | stream_idle_timeout: 1.5 (expected: a duration in seconds, for instance "0.5s")
            http_filters[1].typed_config.delay.fixed_delay   | 0s  | http_filters[1].typed_config.delay.fixed_delay: PT0S (expected: > 0)
            http_filters[1].typed_config.abort.http_status   | 99  | http_filters[1].typed_config.abort.http_status: 99 (expected: 200 to 599)
            http_filters[3].typed_config.max_request_bytes   | 0   | http_filters[3].typed_config.max_request_bytes: 0 (expected: > 0)
            http_filters[6].typed_config.compressor_library.typed_config.quality | 12 | http_filters[6].typed_config.br level: 12 (expected: 0 to 11)
            """)
    void ofAConnectionManagerIsRefused(String field, String value, String problem) {
        assertRefused(HTTP, field, value, problem);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            retry_policy.retriable_status_codes[0]                 | 4294967295 | retry_policy.retriable_status_codes: 2147483647 (expected: 100 to 599)
            retry_policy.retry_back_off.base_interval              | 0s         | retry_policy.base_interval: 0ms (expected: > 0)
            retry_policy.retry_back_off.max_interval               | -1s        | retry_policy.max_interval: -1000ms (expected: > 0)
            typed_per_filter_config.cors.allow_methods             | "GET\\r\\n" | typed_per_filter_config[cors].allow_methods: "GET\\r\\n" (expected: text for a header)
            routes[0].redirect.scheme_redirect                     | "a b"      | routes[0].redirect.scheme_redirect: "a b" (expected: a scheme)
            routes[0].redirect.host_redirect                       | a/b        | routes[0].redirect.host_redirect: "a/b" (expected: a host)
            routes[0].redirect.port_redirect                       | 65536      | routes[0].redirect.port_redirect: 65536 (expected: 1 to 65535)
            routes[0].redirect.path_redirect                       | .evil      | routes[0].redirect.path_redirect: ".evil" (expected: to begin with /)
            routes[1].direct_response.status                       | 600        | routes[1].direct_response.direct_response status: 600 (expected: 200 to 599)
            routes[2].route.timeout                                | -1s        | routes[2].route.timeout: -1000ms (expected: >= 0)
            routes[2].route.idle_timeout                           | -1s        | routes[2].route.idle_timeout: -1000ms (expected: >= 0)
            routes[2].route.host_rewrite_literal                   | a b        | routes[2].route.host_rewrite_literal: "a b" (expected: a host)
            routes[2].route.hash_policy[1].cookie.name             | a;b        | routes[2].route.hash_policy[1].cookie.name: "a;b" (expected: a token)
            routes[2].route.hash_policy[1].cookie.path             | /;x        | routes[2].route.hash_policy[1].cookie.path: "/;x" (expected: no semicolon)
            routes[2].route.hash_policy[1].cookie.ttl              | -1s        | routes[2].route.hash_policy[1].cookie.ttl: -1000ms (expected: >= 0)
            routes[2].route.weighted_clusters.clusters[0].weight   | 4294967295 | routes[2].route.weighted_clusters.clusters[0].weight: 2147483647 (expected: 0 to 1000000000)
            routes[3].typed_per_filter_config.limit.token_bucket.max_tokens    | 0          | routes[3].typed_per_filter_config[limit].token_bucket.max_tokens: 0 (expected: > 0)
            routes[3].typed_per_filter_config.limit.token_bucket.max_tokens    | 4294967295 | routes[3].typed_per_filter_config[limit].token_bucket.max_tokens: 2147483647 (expected: at most 875999, which take a century to come)
            routes[3].typed_per_filter_config.limit.descriptors[0].entries[0].key | ""      | routes[3].typed_per_filter_config[limit].descriptors[0].entries[0].key: empty (expected: the key of an action)
            """)
    void ofAVirtualHostIsRefused(String field, String value, String problem) {
        assertRefused(HOST, field, value, problem.replace("\\r", "\r").replace("\\n", "\n"));
    }

    /** There is no control plane that could send it. */
    @ParameterizedTest
    @CsvSource({
        "listeners[0].filter_chains[0].filters[0].typed_config.cluster, 0",
        "listeners[1].filter_chains[0].filters[0].typed_config.route_config.virtual_hosts[0].routes[3].route.cluster, 1",
    })
    void aClusterThatNobodyHasIsRefused(String field, int listener) {
        assertThat(problems("static_resources." + field, "gone"))
                .containsExactly("static_resources.listeners[" + listener
                        + "]: cluster gone: not there (expected: one of static_resources.clusters)");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            routes[2].route.timeout                                     | 315576000000s
            routes[2].route.idle_timeout                                | 315576000000s
            retry_policy.retry_back_off.max_interval                    | 315576000000s
            """)
    void aTimeLongerThanAnybodyLivesIsNone(String field, String value) {
        assertThat(problems(HOST + field, value)).isEmpty();
    }
}
