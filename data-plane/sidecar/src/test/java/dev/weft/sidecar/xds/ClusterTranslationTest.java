package dev.weft.sidecar.xds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.model.Balancing;
import dev.weft.proxy.model.CircuitLimits;
import dev.weft.proxy.model.ClientTls;
import dev.weft.proxy.model.ClusterConfig;
import dev.weft.proxy.model.ClusterConfig.UpstreamProtocol;
import dev.weft.proxy.model.EndpointConfig;
import dev.weft.proxy.model.EndpointConfig.State;
import dev.weft.proxy.model.HealthCheck;
import dev.weft.proxy.model.HealthCheck.GrpcProbe;
import dev.weft.proxy.model.HealthCheck.HttpProbe;
import dev.weft.proxy.model.HealthCheck.StatusRange;
import dev.weft.proxy.model.HealthCheck.TcpProbe;
import dev.weft.proxy.model.Lifetimes;
import dev.weft.proxy.model.OutlierDetection;
import dev.weft.proxy.model.PeerName;
import dev.weft.proxy.model.PeerValidation;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** From the messages of clusters and endpoints, written as YAML, to the model. */
class ClusterTranslationTest {
    private static final String POLICIES = "type.googleapis.com/envoy.extensions.load_balancing_policies.";

    private static ClusterDraft draft(String fields) {
        return (ClusterDraft) Yaml.accepted(ResourceType.CLUSTER, "{name: web, " + fields + "}");
    }

    private static ClusterConfig cluster(String fields) {
        return draft(fields).config();
    }

    private static List<String> problems(String fields) {
        return Yaml.problems(ResourceType.CLUSTER, "{name: web, " + fields + "}");
    }

    private static Balancing policy(String... typed) {
        StringBuilder policies = new StringBuilder("load_balancing_policy: {policies: [");
        for (String config : typed) {
            policies.append("{typed_extension_config: {name: p, typed_config: ")
                    .append(config)
                    .append("}},");
        }
        return cluster(policies.append("]}").toString()).balancing();
    }

    @Test
    void theDefaultsAreEnvoys() {
        ClusterConfig cluster = cluster("type: STATIC");

        assertThat(cluster.connectTimeout()).isEqualTo(Duration.ofSeconds(5));
        assertThat(cluster.balancing()).isEqualTo(new Balancing.RoundRobin());
        assertThat(cluster.protocol()).isEqualTo(UpstreamProtocol.HTTP1);
        assertThat(cluster.limits()).isEqualTo(CircuitLimits.DEFAULT);
        assertThat(cluster.panicThreshold()).isEqualTo(50);
        assertThat(cluster.healthChecks()).isEmpty();
        assertThat(cluster.outlierDetection()).isEmpty();
        assertThat(cluster.tls()).isEmpty();
    }

    @Test
    void anEdsClusterNamesItsEndpoints() {
        ClusterDraft.Remote own = draft("type: EDS, eds_cluster_config: {eds_config: {ads: {}}}")
                .endpoints()
                .orElseThrow();
        ClusterDraft.Remote other = draft("type: EDS, eds_cluster_config: {service_name: x, eds_config:"
                        + " {ads: {}, initial_fetch_timeout: 0s}}")
                .endpoints()
                .orElseThrow();

        assertThat(own).isEqualTo(new ClusterDraft.Remote("web", Duration.ofSeconds(15)));
        assertThat(other).isEqualTo(new ClusterDraft.Remote("x", Duration.ZERO));
    }

    @Test
    void loadIsReportedToWhoSentTheClusterWhereItSaysSo() {
        assertThat(draft("type: STATIC").loadReported()).isFalse();
        assertThat(draft("type: STATIC, lrs_server: {self: {}}").loadReported()).isTrue();
        assertThat(problems("type: STATIC, lrs_server: {ads: {}}"))
                .singleElement()
                .asString()
                .contains("lrs_server", "expected: self");
    }

    @Test
    void namesAreLookedUpForDnsClusters() {
        ClusterConfig cluster = cluster(
                "type: STRICT_DNS, dns_refresh_rate: 1s, load_assignment: {endpoints:"
                        + " [{lb_endpoints: [{endpoint: {address: {socket_address: {address: web.local, port_value: 80}}}}]}]}");

        assertThat(cluster.discovery())
                .isEqualTo(new ClusterConfig.Dns(
                        List.of(EndpointConfig.of("web.local", 80)), Duration.ofSeconds(1), true));
    }

    @ParameterizedTest
    @CsvSource({
        "AUTO, IPV4_PREFERRED",
        "V4_ONLY, IPV4_ONLY",
        "V6_ONLY, IPV6_ONLY",
        "V4_PREFERRED, IPV4_PREFERRED",
        "ALL, IPV4_PREFERRED"
    })
    void theFamilyOfAddressesIsRead(String field, ClusterConfig.AddressFamily family) {
        ClusterConfig cluster = cluster(
                "type: LOGICAL_DNS, dns_lookup_family: " + field + ", load_assignment: {endpoints:"
                        + " [{lb_endpoints: [{endpoint: {address: {socket_address: {address: web.local, port_value: 80}}}}]}]}");

        assertThat(cluster.discovery())
                .isInstanceOfSatisfying(
                        ClusterConfig.Dns.class, dns -> assertThat(dns.family()).isEqualTo(family));
    }

    @Test
    void protocolsAreReadInTheNewAndTheOldWay() {
        String options = "typed_extension_protocol_options: {o: {'@type':"
                + " type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions, ";
        assertThat(cluster("type: STATIC, " + options + "explicit_http_config: {http2_protocol_options: {}}}}")
                        .protocol())
                .isEqualTo(UpstreamProtocol.HTTP2);
        assertThat(cluster("type: STATIC, " + options + "use_downstream_protocol_config: {}}}")
                        .protocol())
                .isEqualTo(UpstreamProtocol.AUTO);
        assertThat(cluster("type: STATIC, " + options
                                + "common_http_protocol_options: {idle_timeout: 7s}, auto_config: {}}}")
                        .idleTimeout())
                .isEqualTo(Duration.ofSeconds(7));
        assertThat(cluster("type: STATIC, http2_protocol_options: {initial_stream_window_size: 70000}")
                        .http2()
                        .streamWindowBytes())
                .isEqualTo(70_000);
    }

    @Test
    void limitsOfConnectionsAndStreamsAreReadWhereverTheyAreWritten() {
        String limits = "common_http_protocol_options: {max_connection_duration: 60s, max_requests_per_connection: 9,"
                + " max_stream_duration: 30s, max_headers_count: 7";
        Lifetimes expected = new Lifetimes(Duration.ofSeconds(60), 9, Duration.ofSeconds(30));
        ClusterConfig plain = cluster("type: STATIC, " + limits + "}");
        ClusterConfig typed = cluster("type: STATIC, typed_extension_protocol_options: {o: {'@type':"
                + " type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions, " + limits
                + "}, auto_config: {}}}");

        assertThat(plain.lifetimes()).isEqualTo(expected);
        assertThat(plain.maxResponseHeaders()).isEqualTo(7);
        assertThat(typed.lifetimes()).isEqualTo(expected);
        assertThat(cluster("type: STATIC").lifetimes()).isEqualTo(Lifetimes.UNLIMITED);
        assertThat(cluster("type: STATIC").maxResponseHeaders()).isEqualTo(100);
        assertThat(problems("type: STATIC, " + limits + ", headers_with_underscores_action: DROP_HEADER}"))
                .containsExactly("common_http_protocol_options.headers_with_underscores_action: without effect on a"
                        + " cluster (expected: none, or at a connection manager)");
        assertThat(problems("type: STATIC, common_http_protocol_options: {max_headers_count: 0}"))
                .containsExactly("max_headers_count: 0 (expected: 1 to 10000)");
    }

    @Test
    void lbPolicyIsReadWithItsSettings() {
        assertThat(cluster("type: STATIC, lb_policy: LEAST_REQUEST, least_request_lb_config: {choice_count: 3}")
                        .balancing())
                .isEqualTo(new Balancing.LeastRequest(3));
        assertThat(cluster("type: STATIC, lb_policy: RING_HASH, ring_hash_lb_config: {minimum_ring_size: 64}")
                        .balancing())
                .isEqualTo(new Balancing.RingHash(64, 8_388_608, false, 0));
        assertThat(cluster("type: STATIC, lb_policy: MAGLEV, maglev_lb_config: {table_size: 251}")
                        .balancing())
                .isEqualTo(new Balancing.Maglev(251));
        assertThat(problems("type: STATIC, lb_policy: RING_HASH, ring_hash_lb_config: {hash_function: MURMUR_HASH_2}"))
                .containsExactly("ring_hash_lb_config.hash_function: MURMUR_HASH_2: not supported (expected: XX_HASH)");
    }

    @Test
    void theFirstKnownPolicyOfAListIsTaken() {
        String ringHash = "{'@type': " + POLICIES + "ring_hash.v3.RingHash}";
        String foreign = "{'@type': type.googleapis.com/xds.type.v3.TypedStruct, type_url: a/acme.Lb, value: {}}";
        String ketama = "{'@type': type.googleapis.com/xds.type.v3.TypedStruct,"
                + " type_url: type.googleapis.com/weft.lb.v1.Ketama, value: {bracket_ipv6: true}}";

        assertThat(policy(ketama, ringHash)).isEqualTo(new Balancing.Ketama(true));
        assertThat(policy(foreign, ringHash)).isInstanceOf(Balancing.RingHash.class);
    }

    @Test
    void localitiesShareByTheirWeightsWhereTheyAreToldTo() {
        ClusterDraft draft = draft("type: EDS, eds_cluster_config: {eds_config: {ads: {}}}, load_balancing_policy:"
                + " {policies: [{typed_extension_config: {name: p, typed_config: {'@type': " + POLICIES
                + "wrr_locality.v3.WrrLocality, endpoint_picking_policy: {policies: [{typed_extension_config:"
                + " {name: q, typed_config: {'@type': " + POLICIES + "round_robin.v3.RoundRobin}}}]}}}}]}");
        Assignment assignment = (Assignment) Yaml.accepted(
                ResourceType.ENDPOINTS,
                "{cluster_name: web, endpoints: [{load_balancing_weight: 3, lb_endpoints: [" + endpoint(1) + ","
                        + endpoint(2) + "]}, {load_balancing_weight: 1, lb_endpoints: [" + endpoint(3) + "]},"
                        + " {lb_endpoints: [" + endpoint(4) + "]}]}");

        List<EndpointConfig> endpoints =
                ((ClusterConfig.Fixed) draft.with(assignment, null).discovery()).endpoints();

        assertThat(endpoints).extracting(EndpointConfig::port).containsExactly(1, 2, 3);
        assertThat(endpoints).extracting(EndpointConfig::weight).containsExactly(100_000, 100_000, 66_667);
    }

    private static String endpoint(int port) {
        return "{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: " + port + "}}}}";
    }

    @Test
    void endpointsKeepWhatIsSaidOfThem() {
        Assignment assignment = (Assignment) Yaml.accepted(
                ResourceType.ENDPOINTS,
                "{cluster_name: web, endpoints: [{lb_endpoints: [" + endpoint(1) + "]}, {priority: 1, locality:"
                        + " {region: eu, zone: a}, lb_endpoints: [{health_status: DRAINING, load_balancing_weight: 4,"
                        + " metadata: {filter_metadata: {envoy.lb: {hash_key: k}}}, endpoint: {address:"
                        + " {socket_address: {address: '::1', port_value: 2}}}}]}]}");

        assertThat(assignment.endpoints(false))
                .containsExactly(
                        EndpointConfig.of("10.0.0.1", 1),
                        new EndpointConfig("::1", 2, 4, 1, "eu/a", "k", State.DRAINING));
    }

    @Test
    void badEndpointsAreRefusedByTheirPath() {
        assertThat(Yaml.problems(
                        ResourceType.ENDPOINTS,
                        "{cluster_name: web, endpoints: [{priority: 2, lb_endpoints: [{load_balancing_weight: 0,"
                                + " endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 1}}}},"
                                + " {endpoint: {address: {socket_address: {address: name, port_value: 1}}}}]}]}"))
                .containsExactly(
                        "endpoints[0].lb_endpoints[0].load_balancing_weight: 0 (expected: > 0)",
                        "endpoints[0].lb_endpoints[1].endpoint.address.socket_address.address: name"
                                + " (expected: an IP address)",
                        "endpoints: priorities [2] (expected: no gap from 0 on)");
    }

    @Test
    void healthChecksOfThreeKindsAreRead() {
        String times = "timeout: 1s, interval: 2s, unhealthy_threshold: 3, healthy_threshold: 2";
        List<HealthCheck> checks = cluster("type: STATIC, health_checks: [{" + times
                        + ", alt_port: 9, http_health_check: {path: /h, host: a, codec_client_type: HTTP2,"
                        + " expected_statuses: [{start: 200, end: 300}]}}, {" + times + ", tcp_health_check: {}}, {"
                        + times + ", grpc_health_check: {service_name: s, authority: b}}]")
                .healthChecks();

        assertThat(checks)
                .containsExactly(
                        new HealthCheck(
                                new HttpProbe("/h", "a", true, List.of(new StatusRange(200, 299))),
                                Duration.ofSeconds(2),
                                Duration.ofSeconds(1),
                                3,
                                2,
                                9),
                        new HealthCheck(new TcpProbe(), Duration.ofSeconds(2), Duration.ofSeconds(1), 3, 2, 0),
                        new HealthCheck(
                                new GrpcProbe("s", "b"), Duration.ofSeconds(2), Duration.ofSeconds(1), 3, 2, 0));
        assertThat(problems("type: STATIC, health_checks: [{timeout: 1s, tcp_health_check: {}}]"))
                .hasSize(3)
                .allMatch(problem -> problem.startsWith("health_checks[0]."));
    }

    @Test
    void outlierDetectionHasEnvoysDefaults() {
        assertThat(cluster("type: STATIC, outlier_detection: {}").outlierDetection())
                .contains(new OutlierDetection(
                        5,
                        0,
                        5,
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(30),
                        Duration.ofMinutes(5),
                        10,
                        true,
                        5,
                        100,
                        1900));
        assertThat(cluster("type: STATIC, outlier_detection: {consecutive_gateway_failure: 2,"
                                + " enforcing_consecutive_gateway_failure: 100, enforcing_success_rate: 0}")
                        .outlierDetection())
                .hasValueSatisfying(outliers -> {
                    assertThat(outliers.consecutiveGatewayFailure()).isEqualTo(2);
                    assertThat(outliers.successRate()).isFalse();
                });
        assertThat(problems("type: STATIC, outlier_detection: {enforcing_consecutive_5xx: 50}"))
                .containsExactly("outlier_detection.enforcing_consecutive_5xx: 50 (expected: 0 or 100)");
    }

    @Test
    void limitsAreReadForTheDefaultPriority() {
        assertThat(cluster("type: STATIC, circuit_breakers: {thresholds: [{max_connections: 5, max_retries: 7}]}")
                        .limits())
                .isEqualTo(new CircuitLimits(5, 1024, 1024, 7, 0, 3));
        assertThat(cluster("type: STATIC, circuit_breakers: {thresholds: [{retry_budget: {budget_percent: {value: 35},"
                                + " min_retry_concurrency: 4}}]}")
                        .limits())
                .isEqualTo(new CircuitLimits(1024, 1024, 1024, 3, 35, 4));
        assertThat(problems("type: STATIC, circuit_breakers: {thresholds: [{priority: HIGH}]}"))
                .containsExactly("circuit_breakers.thresholds[0].priority: HIGH (expected: DEFAULT)");
    }

    @Test
    void tlsToTheUpstreamIsReadFromFilesAndInline() {
        String tls = "transport_socket: {name: tls, typed_config: {'@type':"
                + " type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext, sni: a.example,"
                + " common_tls_context: {alpn_protocols: [h2], tls_certificates: [{certificate_chain:"
                + " {inline_string: " + Pem.quoted(Pem.CHAIN)
                + "}, private_key: {filename: key.pem}}], validation_context: {trusted_ca:"
                + " {filename: ca.pem}, match_typed_subject_alt_names: [{san_type: URI, matcher: {exact: 'spiffe://a'}}]"
                + "}}}}";

        ClientTls read = cluster("type: STATIC, " + tls).tls().orElseThrow();

        assertThat(read.serverName()).isEqualTo("a.example");
        assertThat(read.peer()).contains(new PeerValidation(Pem.AUTHORITY, List.of(PeerName.uri("spiffe://a"))));
        assertThat(read.alpn()).containsExactly("h2");
        assertThat(read.certificate()).hasValueSatisfying(own -> {
            assertThat(own.chainPem()).isEqualTo(Pem.CHAIN);
            assertThat(own.keyPem()).isEqualTo(Pem.KEY);
        });
    }

    @Test
    void whatIsNotSupportedIsRefusedAllAtOnce() {
        assertThat(problems("type: STATIC, connect_timeout: 0s, lb_policy: RANDOM,"
                        + " lb_subset_config: {}, cleanup_interval: 5s"))
                .containsExactlyInAnyOrder(
                        "lb_subset_config: not supported",
                        "cleanup_interval: not supported",
                        "connect_timeout: 0ms (expected: > 0)");
        assertThat(Optional.of(problems("type: STATIC"))).contains(List.of());
    }
}
