package dev.weft.sidecar.xds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.model.ClientTls;
import dev.weft.proxy.model.PeerName;
import dev.weft.proxy.model.PeerValidation;
import dev.weft.proxy.model.RouteMatch.ValueMatch;
import dev.weft.proxy.model.ServerTls;
import dev.weft.proxy.model.TlsPolicy;
import dev.weft.proxy.model.TlsPolicy.Group;
import dev.weft.proxy.model.TlsPolicy.Suite;
import dev.weft.proxy.model.TlsPolicy.Version;
import java.util.List;
import org.junit.jupiter.api.Test;

/** From TLS contexts, written as YAML, to the model. */
class TlsTranslationTest {
    private static final String TYPES = "'@type': type.googleapis.com/envoy.extensions.";
    private static final String CLIENT = "transport_socket.typed_config.common_tls_context.";
    private static final String SERVER = "filter_chains[0].transport_socket.typed_config.common_tls_context.";

    private static String cluster(String common) {
        return "{name: c, type: STATIC, transport_socket: {name: tls, typed_config: {" + TYPES
                + "transport_sockets.tls.v3.UpstreamTlsContext, common_tls_context: {" + common + "}}}}";
    }

    private static String listener(String fields, String common) {
        return "{name: l, address: {socket_address: {address: 127.0.0.1, port_value: 80}}, filter_chains:"
                + " [{transport_socket: {name: tls, typed_config: {" + TYPES
                + "transport_sockets.tls.v3.DownstreamTlsContext, " + fields + "common_tls_context: {tls_certificates:"
                + " [{certificate_chain: {filename: c}, private_key: {filename: k}}], " + common
                + "}}}, filters: [{name: t, typed_config: {" + TYPES
                + "filters.network.tcp_proxy.v3.TcpProxy, stat_prefix: t, cluster: db}}]}]}";
    }

    private static ClientTls client(String common) {
        return ((ClusterDraft) Yaml.accepted(ResourceType.CLUSTER, cluster(common)))
                .config()
                .tls()
                .orElseThrow();
    }

    private static ServerTls server(String fields, String common) {
        return ((ListenerDraft) Yaml.accepted(ResourceType.LISTENER, listener(fields, common)))
                .config()
                .chains()
                .getFirst()
                .tls()
                .orElseThrow();
    }

    private static List<String> clientProblems(String common) {
        return Yaml.problems(ResourceType.CLUSTER, cluster(common));
    }

    @Test
    void whereNothingIsSaidThePolicyIsTheSafeOne() {
        assertThat(client("").policy()).isEqualTo(TlsPolicy.DEFAULT);
        assertThat(server("", "tls_params: {tls_minimum_protocol_version: TLS_AUTO}")
                        .policy())
                .isEqualTo(TlsPolicy.DEFAULT);
    }

    @Test
    void versionsSuitesAndCurvesAreReadOnBothSides() {
        String params = "tls_params: {tls_minimum_protocol_version: TLSv1_2, tls_maximum_protocol_version: TLSv1_2,"
                + " cipher_suites: ['[ECDHE-ECDSA-AES128-GCM-SHA256|ECDHE-ECDSA-CHACHA20-POLY1305]',"
                + " TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384], ecdh_curves: [P-256, X25519]}";
        TlsPolicy read = new TlsPolicy(
                Version.TLS_1_2,
                Version.TLS_1_2,
                List.of(Suite.ECDHE_ECDSA_AES128_GCM, Suite.ECDHE_ECDSA_CHACHA20, Suite.ECDHE_RSA_AES256_GCM),
                List.of(Group.P256, Group.X25519));

        assertThat(client(params).policy()).isEqualTo(read);
        assertThat(server("", params).policy()).isEqualTo(read);
    }

    @Test
    void whatIsOldOrUnknownIsRefusedByItsPath() {
        assertThat(clientProblems("tls_params: {tls_minimum_protocol_version: TLSv1_0,"
                        + " cipher_suites: [ECDHE-RSA-AES128-SHA, '[ECDHE-RSA-AES128-GCM-SHA256|AES128-SHA]', ''],"
                        + " ecdh_curves: [P-224]}"))
                .hasSize(5)
                .anySatisfy(p -> assertThat(p)
                        .isEqualTo(CLIENT + "tls_params.tls_minimum_protocol_version: TLSv1_0"
                                + " (expected: TLSv1_2 or TLSv1_3)"))
                .anySatisfy(p -> assertThat(p)
                        .startsWith(CLIENT + "tls_params.cipher_suites[0]: ECDHE-RSA-AES128-SHA (expected: one of "))
                .anySatisfy(p ->
                        assertThat(p).startsWith(CLIENT + "tls_params.cipher_suites[1]: AES128-SHA (expected: one of "))
                .anySatisfy(
                        p -> assertThat(p).startsWith(CLIENT + "tls_params.cipher_suites[2]: empty (expected: one of "))
                .anySatisfy(p -> assertThat(p)
                        .isEqualTo(CLIENT + "tls_params.ecdh_curves[0]: P-224"
                                + " (expected: one of X25519, P-256, P-384, P-521)"));
        assertThat(clientProblems("tls_params: {tls_minimum_protocol_version: TLSv1_3,"
                        + " tls_maximum_protocol_version: TLSv1_2}"))
                .containsExactly(CLIENT + "tls_params.tls_maximum_protocol_version: TLSv1_2"
                        + " (expected: not older than the minimum)");
        assertThat(Yaml.problems(
                        ResourceType.LISTENER, listener("", "tls_params: {tls_maximum_protocol_version: TLSv1_1}")))
                .containsExactly(SERVER + "tls_params.tls_maximum_protocol_version: TLSv1_1"
                        + " (expected: TLSv1_2 or TLSv1_3)");
    }

    @Test
    void namesOfPeersAreReadWithTheirKindAndPattern() {
        String names = "validation_context: {trusted_ca: {filename: ca}, match_typed_subject_alt_names: ["
                + "{san_type: URI, matcher: {prefix: 'spiffe://mesh/'}}, {san_type: DNS, matcher: {suffix: .example}},"
                + "{san_type: EMAIL, matcher: {exact: a@b.example}}, {san_type: IP_ADDRESS, matcher: {exact: 10.0.0.1}}]}";
        List<PeerName> read = List.of(
                new PeerName(PeerName.Kind.URI, new ValueMatch.Prefix("spiffe://mesh/", false)),
                new PeerName(PeerName.Kind.DNS, new ValueMatch.Suffix(".example", false)),
                new PeerName(PeerName.Kind.EMAIL, new ValueMatch.Exact("a@b.example", false)),
                new PeerName(PeerName.Kind.IP, new ValueMatch.Exact("10.0.0.1", false)));

        assertThat(client(names).peer()).contains(new PeerValidation(Pem.AUTHORITY, read));
        assertThat(server("require_client_certificate: true, ", names).clients())
                .contains(new ServerTls.Clients(Pem.AUTHORITY, read, true));
        assertThat(server("", names).clients()).contains(new ServerTls.Clients(Pem.AUTHORITY, read, false));
    }

    @Test
    void aNameThatCannotBeMatchedIsRefused() {
        assertThat(clientProblems("validation_context: {trusted_ca: {filename: ca}, match_typed_subject_alt_names: ["
                        + "{san_type: OTHER_NAME, matcher: {exact: x}}, {san_type: DNS, matcher: {}}]}"))
                .containsExactly(
                        CLIENT + "validation_context.match_typed_subject_alt_names[0].san_type: OTHER_NAME"
                                + " (expected: DNS, URI, EMAIL or IP_ADDRESS)",
                        CLIENT + "validation_context.match_typed_subject_alt_names[1].matcher: empty"
                                + " (expected: exact, prefix, suffix, contains or safe_regex)");
    }

    @Test
    void clientsCannotBeAskedForACertificateThatNobodyChecks() {
        assertThat(Yaml.problems(ResourceType.LISTENER, listener("require_client_certificate: true, ", "")))
                .containsExactly(SERVER + "validation_context: missing"
                        + " (expected: trusted_ca, to check client certificates by)");
    }
}
