package dev.weft.sidecar.xds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.model.ChainMatch;
import dev.weft.proxy.model.ChainMatch.Source;
import dev.weft.proxy.model.ChainMatch.Transport;
import dev.weft.proxy.model.CidrRange;
import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.Inspection;
import dev.weft.proxy.model.ListenerConfig;
import dev.weft.proxy.model.ListenerConfig.Chain;
import dev.weft.proxy.model.TcpOptions;
import dev.weft.sidecar.xds.ListenerDraft.Inline;
import dev.weft.sidecar.xds.ListenerDraft.None;
import dev.weft.sidecar.xds.ListenerDraft.Remote;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** From listeners with several filter chains to the model, and what of them is refused, by its path. */
class FilterChainTranslationTest {
    private static final String TYPES = "'@type': type.googleapis.com/envoy.extensions.";
    private static final String TLS_INSPECTOR =
            "{name: t, typed_config: {" + TYPES + "filters.listener.tls_inspector.v3.TlsInspector}}";
    private static final String HTTP_INSPECTOR =
            "{name: h, typed_config: {" + TYPES + "filters.listener.http_inspector.v3.HttpInspector}}";
    private static final String PROXY_PROTOCOL =
            "{name: p, typed_config: {" + TYPES + "filters.listener.proxy_protocol.v3.ProxyProtocol}}";

    /** A listener of these chains and other fields. */
    private static String listener(String chains, String fields) {
        return "{name: l, address: {socket_address: {address: 127.0.0.1, port_value: 80}}, filter_chains: [" + chains
                + "]" + fields + "}";
    }

    private static String tcp(String match, String cluster) {
        return "{filter_chain_match: {" + match + "}, filters: [" + tcpFilter(cluster) + "]}";
    }

    private static String tcpFilter(String cluster) {
        return "{name: t, typed_config: {" + TYPES + "filters.network.tcp_proxy.v3.TcpProxy, stat_prefix: t, cluster: "
                + cluster + "}}";
    }

    private static String http(String match, String routes) {
        return "{filter_chain_match: {" + match + "}, filters: [{name: h, typed_config: {" + TYPES
                + "filters.network.http_connection_manager.v3.HttpConnectionManager, " + routes
                + ", http_filters: [{name: router, typed_config: {" + TYPES + "filters.http.router.v3.Router}}]}}]}";
    }

    private static ListenerDraft draft(String chains, String fields) {
        return (ListenerDraft) Yaml.accepted(ResourceType.LISTENER, listener(chains, fields));
    }

    private static List<String> problems(String chains, String fields) {
        return Yaml.problems(ResourceType.LISTENER, listener(chains, fields));
    }

    private static List<String> problems(String chains) {
        return problems(chains, "");
    }

    private static ChainMatch match(String match) {
        return draft(tcp(match, "db"), "").config().chains().getFirst().match();
    }

    @Test
    void eachChainHasItsMatchAndItsHandler() {
        ListenerDraft draft = draft(
                tcp("server_names: [a.example, '*.B.example']", "db")
                        + ", "
                        + http(
                                "transport_protocol: raw_buffer",
                                "rds: {route_config_name: r, config_source: {ads: {}}}, upgrade_configs: [{upgrade_type: websocket}]"),
                ", default_filter_chain: {filters: [" + tcpFilter("rest") + "]}");

        List<Chain> chains = draft.config().chains();
        assertThat(chains)
                .extracting(Chain::match)
                .containsExactly(
                        ChainMatch.serverNames("a.example", "*.b.example"),
                        ChainMatch.ANY.withTransport(Transport.RAW_BUFFER));
        assertThat(chains.getFirst().handler()).isEqualTo(opaque("db"));
        assertThat(draft.config().fallback()).map(Chain::handler).contains(opaque("rest"));
        assertThat(draft.sources())
                .containsExactly(
                        new ListenerDraft.Source(new None(), List.of()),
                        new ListenerDraft.Source(new Remote("r", Duration.ofSeconds(15)), List.of("websocket")),
                        new ListenerDraft.Source(new None(), List.of()));
    }

    @Test
    void everyCriterionIsRead() {
        assertThat(match("destination_port: 443, prefix_ranges: [{address_prefix: 10.1.2.3, prefix_len: 8}],"
                        + " direct_source_prefix_ranges: [{address_prefix: '2001:db8::', prefix_len: 32}],"
                        + " source_type: EXTERNAL, source_prefix_ranges: [{address_prefix: 192.0.2.0, prefix_len: 24}],"
                        + " source_ports: [1, 65535], server_names: [a], transport_protocol: tls,"
                        + " application_protocols: [h2, http/1.1]"))
                .isEqualTo(new ChainMatch(
                        443,
                        List.of(CidrRange.of("10.0.0.0", 8)),
                        List.of("a"),
                        Optional.of(Transport.TLS),
                        List.of("h2", "http/1.1"),
                        List.of(CidrRange.of("2001:db8::", 32)),
                        Source.EXTERNAL,
                        List.of(CidrRange.of("192.0.2.0", 24)),
                        List.of(1, 65535)));
        assertThat(match("prefix_ranges: [{address_prefix: 10.1.2.3}]").destinations())
                .containsExactly(CidrRange.of("0.0.0.0", 0));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            server_names: [ok, a*.example] | server_names[1]: "a*.example" (expected: a name, or "*." and a name; none at all for any name)
            server_names: ['*'] | server_names[0]: "*" (expected: a name, or "*." and a name; none at all for any name)
            server_names: [''] | server_names[0]: "" (expected: a name, or "*." and a name; none at all for any name)
            server_names: [a, A] | server_names[1]: a a second time (expected: once)
            transport_protocol: quic | transport_protocol: quic (expected: tls or raw_buffer)
            application_protocols: [''] | application_protocols[0]: empty (expected: a name)
            destination_port: 0 | destination_port: 0 (expected: 1 to 65535)
            destination_port: 70000 | destination_port: 70000 (expected: 0 to 65535)
            source_ports: [80, 0] | source_ports[1]: 0 (expected: 1 to 65535)
            prefix_ranges: [{address_prefix: ten}] | prefix_ranges[0].address_prefix: ten (expected: an IP address)
            prefix_ranges: [{}] | prefix_ranges[0].address_prefix: empty (expected: an IP address)
            source_prefix_ranges: [{address_prefix: 10.0.0.0, prefix_len: 33}] | source_prefix_ranges[0].prefix_len: 33 (expected: 0 to 32)
            direct_source_prefix_ranges: [{address_prefix: '::', prefix_len: 129}] | direct_source_prefix_ranges[0].prefix_len: 129 (expected: 0 to 128)
            source_type: 7 | source_type: 7: not supported
            address_suffix: 10.0.0.1 | address_suffix: not supported
            suffix_len: 8 | suffix_len: not supported
            """)
    void aMatchThatCannotBeIsRefusedByItsPath(String match, String problem) {
        assertThat(problems(tcp("destination_port: 1", "ok") + ", " + tcp(match, "db")))
                .containsExactly("filter_chains[1].filter_chain_match." + problem);
    }

    @Test
    void twoChainsForTheSameConnectionsAreRefused() {
        assertThat(problems(tcp("server_names: [a, b]", "x") + ", " + tcp("server_names: [b, c]", "y")))
                .containsExactly("filter_chains[1].filter_chain_match: matches what filter_chains[0] matches too"
                        + " (expected: one chain for a connection)");
        assertThat(problems(tcp("", "x") + ", " + tcp("server_names: [b]", "y") + ", " + tcp("", "z")))
                .containsExactly("filter_chains[2].filter_chain_match: matches what filter_chains[0] matches too"
                        + " (expected: one chain for a connection)");
    }

    @Test
    void everythingThatIsWrongIsToldAtOnce() {
        assertThat(problems(
                        tcp("server_names: ['*']", "x") + ", {filters: []}",
                        ", default_filter_chain: {filter_chain_match: {server_names: [a]}, filters: []}"))
                .containsExactly(
                        "filter_chains[0].filter_chain_match.server_names[0]: \"*\" (expected: a name, or \"*.\" and a"
                                + " name; none at all for any name)",
                        "filter_chains[1].filters: 0 (expected: 1)",
                        "default_filter_chain.filter_chain_match: set (expected: none, for this serves whom no other does)",
                        "default_filter_chain.filters: 0 (expected: 1)");
        assertThat(problems("", ", filter_chain_matcher: {}"))
                .containsExactly(
                        "filter_chain_matcher: not supported",
                        "filter_chains: none (expected: at least one, or default_filter_chain)");
    }

    @Test
    void theInspectionIsLimited() {
        String named = tcp("server_names: [a]", "x");

        assertThat(draft(named, "").config().inspection()).isEqualTo(Inspection.DEFAULT);
        assertThat(draft(
                                named,
                                ", listener_filters: [" + TLS_INSPECTOR
                                        + "], listener_filters_timeout: 3s, continue_on_listener_filters_timeout: true")
                        .config()
                        .inspection())
                .isEqualTo(new Inspection(Duration.ofSeconds(3), true));
        assertThat(draft(named, ", listener_filters_timeout: 0s").config().inspection())
                .isEqualTo(new Inspection(Duration.ZERO, false));
        assertThat(problems(named, ", listener_filters_timeout: -1s"))
                .containsExactly("listener_filters_timeout: -1000ms (expected: >= 0)");
    }

    @Test
    void aHandshakeHasTheTimeOfItsChain() {
        String chains = "{filters: [" + tcpFilter("a") + "], transport_socket_connect_timeout: %s}";

        assertThat(draft(tcp("", "a"), "").config().chains().getFirst().handshakeTimeout())
                .isEqualTo(Duration.ofSeconds(10));
        assertThat(draft(chains.formatted("3s"), "")
                        .config()
                        .chains()
                        .getFirst()
                        .handshakeTimeout())
                .isEqualTo(Duration.ofSeconds(3));
        assertThat(problems(chains.formatted("0s")))
                .containsExactly("filter_chains[0].transport_socket_connect_timeout: 0ms"
                        + " (expected: > 0, for a client that says nothing must not stay)");
    }

    @Test
    void aPROXYHeaderIsReadFirstAndNotPassedOver() {
        String named = tcp("server_names: [a]", "x");

        ListenerConfig both = draft(
                        named,
                        ", listener_filters: [" + PROXY_PROTOCOL + ", " + TLS_INSPECTOR
                                + "], listener_filters_timeout: 3s")
                .config();
        assertThat(both.proxyProtocol())
                .hasValueSatisfying(header ->
                        assertThat(header.timeout()).isEqualTo(both.inspection().timeout()));
        assertThat(problems(named, ", listener_filters: [" + TLS_INSPECTOR + ", " + PROXY_PROTOCOL + "]"))
                .containsExactly("listener_filters[1]: behind another listener filter (expected: the first)");
        assertThat(problems(
                        named,
                        ", listener_filters: [" + PROXY_PROTOCOL + "], continue_on_listener_filters_timeout: true"))
                .containsExactly("continue_on_listener_filters_timeout: true with a ProxyProtocol listener filter"
                        + " (expected: false, for clients without a header would pass)");
    }

    @Test
    void whatIsSentInPlainTextDoesNotChoose() {
        String inspectors = ", listener_filters: [" + TLS_INSPECTOR + ", " + HTTP_INSPECTOR + "]";

        assertThat(problems(tcp("application_protocols: [h2]", "x"), inspectors))
                .containsExactly("listener_filters[1]: beside application_protocols in"
                        + " filter_chains[0].filter_chain_match (expected: transport_protocol \"tls\" there, or no"
                        + " HttpInspector: what is sent in plain text does not choose)");
        assertThat(problems(tcp("application_protocols: [h2], transport_protocol: tls", "x"), inspectors))
                .isEmpty();
        assertThat(problems(tcp("server_names: [a]", "x"), inspectors)).isEmpty();
    }

    @Test
    void routesThatAreWrittenInAChainAreItsOwn() {
        String routes = "route_config: {virtual_hosts: [{name: v, domains: ['*'], routes: [{match: {prefix: /},"
                + " direct_response: {status: 200}}]}]}";
        ListenerDraft draft = draft(
                http("", routes) + ", " + http("server_names: [a]", routes),
                ", default_filter_chain: " + http("", routes).replace("filter_chain_match: {}, ", ""));

        assertThat(draft.sources())
                .extracting(source -> ((Inline) source.routes()).table().name())
                .containsExactly("inline:l", "inline:l/server_names [a]", "inline:l/default");
    }

    @Test
    void aDefaultChainAloneIsEnough() {
        assertThat(draft("", ", default_filter_chain: {filter_chain_match: {}, filters: [" + tcpFilter("x") + "]}")
                        .config()
                        .allChains())
                .hasSize(1);
    }

    private static ListenerConfig.Tcp opaque(String cluster) {
        return new ListenerConfig.Tcp(
                List.of(new ListenerConfig.TcpCluster(new ClusterName(cluster), 1)),
                TcpOptions.DEFAULT.withConnectAttempts(1));
    }
}
