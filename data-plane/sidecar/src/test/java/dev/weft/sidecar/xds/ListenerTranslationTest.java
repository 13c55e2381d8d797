package dev.weft.sidecar.xds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.model.ClientCertificateForwarding;
import dev.weft.proxy.model.ClientRules;
import dev.weft.proxy.model.ClientRules.SchemeRule;
import dev.weft.proxy.model.ClientRules.Underscores;
import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.HeaderHabits;
import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.model.HttpOptions.AccessLog;
import dev.weft.proxy.model.HttpOptions.Codec;
import dev.weft.proxy.model.Lifetimes;
import dev.weft.proxy.model.ListenerConfig;
import dev.weft.proxy.model.ListenerConfig.Direction;
import dev.weft.proxy.model.LogFormat;
import dev.weft.proxy.model.ProxyProtocol;
import dev.weft.proxy.model.ServerTls;
import dev.weft.proxy.model.TargetRules;
import dev.weft.proxy.model.TargetRules.EscapedSlashes;
import dev.weft.proxy.model.TargetRules.HostPort;
import dev.weft.proxy.model.TcpOptions;
import dev.weft.sidecar.xds.ListenerDraft.Remote;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** From the messages of listeners, written as YAML, to the model. */
class ListenerTranslationTest {
    private static final String TYPES = "'@type': type.googleapis.com/envoy.extensions.";
    private static final String ROUTER = "{name: router, typed_config: {" + TYPES + "filters.http.router.v3.Router}}";
    private static final String LUA = "{name: lua, typed_config: {" + TYPES + "filters.http.lua.v3.Lua}";
    private static final String RDS = "rds: {route_config_name: r, config_source: {ads: {}}}";
    private static final String AT = "address: {socket_address: {address: 127.0.0.1, port_value: 80}}";

    private static String http(String settings, String filters) {
        return "filter_chains: [{filters: [{name: h, typed_config: {" + TYPES
                + "filters.network.http_connection_manager.v3.HttpConnectionManager, " + settings
                + ", http_filters: [" + filters + "]}}]}]";
    }

    private static ListenerDraft draft(String fields) {
        return (ListenerDraft) Yaml.accepted(ResourceType.LISTENER, "{name: l, " + AT + ", " + fields + "}");
    }

    private static HttpOptions options(String settings) {
        return ((ListenerConfig.Http) draft(http(RDS + ", " + settings, ROUTER))
                        .config()
                        .chains()
                        .getFirst()
                        .handler())
                .options();
    }

    private static List<String> problems(String fields) {
        return Yaml.problems(ResourceType.LISTENER, "{name: l, " + AT + ", " + fields + "}");
    }

    @Test
    void routesComeByTheirNameWithATimeout() {
        ListenerDraft draft = draft("traffic_direction: OUTBOUND, " + http(RDS, ROUTER));

        assertThat(draft.sources().getFirst().routes()).isEqualTo(new Remote("r", Duration.ofSeconds(15)));
        assertThat(draft.config().direction()).isEqualTo(Direction.OUTBOUND);
        assertThat(draft.config().host()).isEqualTo("127.0.0.1");
    }

    @Test
    void theDefaultsAreFiniteAndTheClientsAddressIsNotTaken() {
        HttpOptions options = options("stat_prefix: x");

        assertThat(options.codec()).isEqualTo(Codec.AUTO);
        assertThat(options.useRemoteAddress()).isFalse();
        assertThat(options.headTimeout()).isEqualTo(HttpOptions.DEFAULT.headTimeout());
        assertThat(options.accessLog()).isEqualTo(AccessLog.OFF);
    }

    @Test
    void settingsAreReadInFull() {
        HttpOptions options = options("codec_type: HTTP2, common_http_protocol_options: {idle_timeout: 9s,"
                + " max_headers_count: 50}, http2_protocol_options: {max_concurrent_streams: 7, allow_connect: true},"
                + " upgrade_configs: [{upgrade_type: CONNECT}],"
                + " server_name: weft, max_request_headers_kb: 32, stream_idle_timeout: 0s, request_timeout: 8s,"
                + " request_headers_timeout: 3s, drain_timeout: 4s, use_remote_address: true, xff_num_trusted_hops: 2,"
                + " via: v, generate_request_id: false, strip_any_host_port: true, access_log: [{name: a, typed_config: {"
                + TYPES + "access_loggers.stream.v3.StdoutAccessLog}}]");

        assertThat(options)
                .isEqualTo(HttpOptions.builder()
                        .codec(Codec.HTTP2)
                        .maxHeaderBytes(32 * 1024)
                        .maxHeaders(50)
                        .maxConcurrentStreams(7)
                        .headTimeout(Duration.ofSeconds(3))
                        .idleTimeout(Duration.ofSeconds(9))
                        .streamIdleTimeout(Duration.ZERO)
                        .requestTimeout(Duration.ofSeconds(8))
                        .drainTimeout(Duration.ofSeconds(4))
                        .useRemoteAddress(true)
                        .trustedHops(2)
                        .via("v")
                        .serverName("weft")
                        .requestId(false)
                        .stripPort(true)
                        .allowConnect(true)
                        .accessLog(AccessLog.TEXT)
                        .target(new TargetRules(false, false, EscapedSlashes.KEEP, HostPort.STRIP, false))
                        .habits(new HeaderHabits(true, true, false, false))
                        .clients(new ClientRules(Underscores.ALLOW, true, Duration.ofSeconds(1), SchemeRule.KEEP))
                        .build());
    }

    @Test
    void habitsOfHeadersAreRead() {
        assertThat(options("stat_prefix: x").habits()).isEqualTo(new HeaderHabits(true, true, false, false));
        assertThat(options("skip_xff_append: true, server_header_transformation: APPEND_IF_ABSENT,"
                                + " preserve_external_request_id: true, always_set_request_id_in_response: true")
                        .habits())
                .isEqualTo(new HeaderHabits(false, false, true, true));
    }

    @Test
    void limitsOfConnectionsAndStreamsAreRead() {
        HttpOptions options =
                options("common_http_protocol_options: {max_connection_duration: 60s, max_requests_per_connection: 9,"
                        + " max_stream_duration: 30s}");

        assertThat(options.lifetimes()).isEqualTo(new Lifetimes(Duration.ofSeconds(60), 9, Duration.ofSeconds(30)));
        assertThat(options("stat_prefix: x").lifetimes()).isEqualTo(Lifetimes.UNLIMITED);
    }

    @Test
    void underscoresAreAsTheListenerHasThem() {
        String action = "common_http_protocol_options: {headers_with_underscores_action: ";

        assertThat(options("stat_prefix: x").clients().underscores()).isEqualTo(Underscores.ALLOW);
        assertThat(options(action + "REJECT_REQUEST}").clients().underscores()).isEqualTo(Underscores.REFUSE);
        assertThat(options(action + "DROP_HEADER}").clients().underscores()).isEqualTo(Underscores.DROP);
    }

    @Test
    void rulesForClientsAreRead() {
        ClientRules rules =
                options("proxy_100_continue: true, delayed_close_timeout: 0s").clients();

        assertThat(rules.answersExpectations()).isFalse();
        assertThat(rules.delayedClose()).isZero();
        assertThat(scheme("match_upstream: true")).isEqualTo(SchemeRule.OF_UPSTREAM);
        assertThat(scheme("scheme_to_overwrite: http")).isEqualTo(SchemeRule.HTTP);
        assertThat(scheme("scheme_to_overwrite: https, match_upstream: true")).isEqualTo(SchemeRule.HTTPS);
    }

    private static SchemeRule scheme(String transformation) {
        return options("scheme_header_transformation: {" + transformation + "}")
                .clients()
                .scheme();
    }

    @Test
    void whatClientsCannotBeHeldToIsRefused() {
        String manager = "filter_chains[0].filters[0].typed_config.";

        assertThat(problems(http(RDS + ", scheme_header_transformation: {scheme_to_overwrite: ftp}", ROUTER)))
                .containsExactly(
                        manager + "scheme_header_transformation.scheme_to_overwrite: ftp (expected: http or https)");
        assertThat(problems(http(RDS + ", http_protocol_options: {allow_absolute_url: false}", ROUTER)))
                .containsExactly(manager
                        + "http_protocol_options.allow_absolute_url: false: not supported (expected: true, or none)");
        assertThat(problems(http(RDS + ", delayed_close_timeout: -1s", ROUTER))).hasSize(1);
    }

    @Test
    void anAccessLogMayBeInWordsOfOnesOwn() {
        String file = "{name: f, typed_config: {" + TYPES + "access_loggers.file.v3.FileAccessLog, path: ";

        assertThat(options(
                                "access_log: [" + file
                                        + "/dev/stdout, log_format: {text_format_source: {inline_string: '%PROTOCOL%'}}}},"
                                        + file
                                        + "/dev/stdout, log_format: {json_format: {a: '%PROTOCOL%'}, omit_empty_values: true}}}]")
                        .logs())
                .containsExactly(
                        new LogFormat.Text("%PROTOCOL%", false), new LogFormat.Json(Map.of("a", "%PROTOCOL%"), true));
        assertThat(options("access_log: [" + file + "/dev/stdout}}]").accessLog())
                .isEqualTo(AccessLog.TEXT);
        assertThat(problems(http(RDS + ", access_log: [" + file + "/var/log/x}}]", ROUTER)))
                .singleElement()
                .asString()
                .contains("access_log[0].typed_config.path: /var/log/x (expected: /dev/stdout");
        assertThat(problems(http(
                        RDS + ", access_log: [" + file + "/dev/stdout, log_format: {text_format: '%NOBODY%'}}}]",
                        ROUTER)))
                .singleElement()
                .asString()
                .contains("%NOBODY%: not supported (expected: one of ");
    }

    @Test
    void hostAndPathAreCleanedAsIsSaid() {
        assertThat(options(
                                "normalize_path: true, merge_slashes: true, strip_matching_host_port: true,"
                                        + " strip_trailing_host_dot: true, path_with_escaped_slashes_action: UNESCAPE_AND_REDIRECT")
                        .target())
                .isEqualTo(new TargetRules(true, true, EscapedSlashes.REDIRECT, HostPort.STRIP_OWN, true));
        assertThat(options("path_with_escaped_slashes_action: REJECT_REQUEST")
                        .target()
                        .escapedSlashes())
                .isEqualTo(EscapedSlashes.REFUSE);
        assertThat(options("path_with_escaped_slashes_action: UNESCAPE_AND_FORWARD")
                        .target()
                        .escapedSlashes())
                .isEqualTo(EscapedSlashes.UNESCAPE);
        assertThat(options("path_with_escaped_slashes_action: KEEP_UNCHANGED").target())
                .isEqualTo(TargetRules.NONE);
        assertThat(options("normalize_path: false").target()).isEqualTo(TargetRules.NONE);
    }

    @Test
    void whatOriginsAreToldOfCertificatesIsReadAndNothingByDefault() {
        assertThat(options("stat_prefix: x").clientCertificate()).isEqualTo(ClientCertificateForwarding.DEFAULT);
        assertThat(options("forward_client_cert_details: APPEND_FORWARD, set_current_client_cert_details:"
                                + " {subject: true, dns: true, uri: true, cert: true, chain: true}")
                        .clientCertificate())
                .isEqualTo(new ClientCertificateForwarding(
                        ClientCertificateForwarding.Mode.APPEND_FORWARD,
                        List.of(ClientCertificateForwarding.Detail.values())));
        assertThat(options("set_current_client_cert_details: {uri: true}").clientCertificate())
                .isEqualTo(ClientCertificateForwarding.DEFAULT);
    }

    @Test
    void upgradesOfTheListenerAreKeptForItsRoutes() {
        assertThat(draft(http(
                                RDS
                                        + ", upgrade_configs: [{upgrade_type: websocket}, {upgrade_type: h2c, enabled: false}]",
                                ROUTER))
                        .sources()
                        .getFirst()
                        .upgrades())
                .containsExactly("websocket");
    }

    @Test
    void tcpGoesToItsCluster() {
        ListenerDraft draft = draft("filter_chains: [{filters: [{name: t, typed_config: {" + TYPES
                + "filters.network.tcp_proxy.v3.TcpProxy, stat_prefix: t, cluster: db}}]}]");

        assertThat(draft.config().chains().getFirst().handler()).isEqualTo(opaque("db"));
    }

    @Test
    void anUnknownFilterIsRefusedUnlessItIsOptional() {
        assertThat(problems(http(RDS, LUA + "}, " + ROUTER)))
                .singleElement()
                .asString()
                .startsWith("filter_chains[0].filters[0].typed_config.http_filters[0]: "
                        + "envoy.extensions.filters.http.lua.v3.Lua: not supported");
        assertThat(problems(http(RDS, LUA + ", is_optional: true}, " + ROUTER))).isEmpty();
    }

    @Test
    void theRouterIsThereAndLast() {
        assertThat(problems(http(RDS, ""))).hasSize(1).first().asString().contains("http_filters: no router");
        assertThat(problems(http(RDS, ROUTER + ", " + ROUTER)))
                .hasSize(1)
                .first()
                .asString()
                .contains("(expected: last)");
    }

    @Test
    void inspectorsAreNotNeededAndNotRefused() {
        assertThat(problems("listener_filters: [{name: t, typed_config: {" + TYPES
                        + "filters.listener.tls_inspector.v3.TlsInspector}}], " + http(RDS, ROUTER)))
                .isEmpty();
    }

    @Test
    void aLoadBalancersHeaderIsExpected() {
        String filter = "listener_filters: [{name: p, typed_config: {" + TYPES
                + "filters.listener.proxy_protocol.v3.ProxyProtocol";

        assertThat(draft(filter + "}}], " + http(RDS, ROUTER)).config().proxyProtocol())
                .contains(ProxyProtocol.REQUIRED);
        assertThat(draft("listener_filters_timeout: 3s, " + filter
                                + ", allow_requests_without_proxy_protocol: true}}], " + http(RDS, ROUTER))
                        .config()
                        .proxyProtocol())
                .contains(new ProxyProtocol(true, Duration.ofSeconds(3)));
        assertThat(problems(filter + ", disallowed_versions: [V1]}}], " + http(RDS, ROUTER)))
                .containsExactly("listener_filters[0].typed_config.disallowed_versions: not supported");
        assertThat(problems("listener_filters_timeout: 3s, " + http(RDS, ROUTER)))
                .containsExactly("listener_filters_timeout: set without a listener filter"
                        + " (expected: none, for nothing is waited for)");
    }

    @Test
    void tlsIsTerminatedWithTheCertificatesGiven() {
        ListenerDraft draft = draft(
                http(RDS, ROUTER)
                        .replace(
                                "filter_chains: [{",
                                "filter_chains: [{transport_socket: {name: tls, typed_config: {" + TYPES
                                        + "transport_sockets.tls.v3.DownstreamTlsContext, require_client_certificate: true,"
                                        + " common_tls_context: {tls_certificates: [{certificate_chain: {filename: c},"
                                        + " private_key: {filename: k}}], validation_context: {trusted_ca: {filename: ca}}}}}, "));

        assertThat(draft.config().chains().getFirst().tls()).hasValueSatisfying(tls -> {
            assertThat(tls.certificates().getFirst().chainPem()).isEqualTo(Pem.CHAIN);
            assertThat(tls.clients()).contains(new ServerTls.Clients(Pem.AUTHORITY, List.of(), true));
        });
    }

    @Test
    void whatCannotBeServedIsRefusedByItsPath() {
        assertThat(problems("filter_chains: []"))
                .containsExactly("filter_chains: none (expected: at least one, or default_filter_chain)");
        assertThat(problems("additional_addresses: [{}], " + http(RDS, ROUTER)))
                .containsExactly("additional_addresses: not supported");
        assertThat(problems(http("stat_prefix: x", ROUTER)))
                .containsExactly("filter_chains[0].filters[0].typed_config: no routes (expected: rds or route_config)");
    }

    private static ListenerConfig.Tcp opaque(String cluster) {
        return new ListenerConfig.Tcp(
                List.of(new ListenerConfig.TcpCluster(new ClusterName(cluster), 1)),
                TcpOptions.DEFAULT.withConnectAttempts(1));
    }
}
