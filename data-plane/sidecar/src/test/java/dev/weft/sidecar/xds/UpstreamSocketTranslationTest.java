package dev.weft.sidecar.xds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.model.ClientTls;
import dev.weft.proxy.model.ClusterConfig;
import dev.weft.proxy.model.ProxyProtocol.Version;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The transport sockets of clusters, written as YAML. */
class UpstreamSocketTranslationTest {
    private static final String TYPES = "'@type': type.googleapis.com/envoy.extensions.transport_sockets.";
    private static final String PLAIN = "{name: raw, typed_config: {" + TYPES + "raw_buffer.v3.RawBuffer}}";
    private static final String TLS =
            "{name: tls, typed_config: {" + TYPES + "tls.v3.UpstreamTlsContext, sni: db.example}}";

    private static String cluster(String socket) {
        return "{name: c, type: STATIC, transport_socket: " + socket + "}";
    }

    private static ClusterConfig accepted(String socket) {
        return ((ClusterDraft) Yaml.accepted(ResourceType.CLUSTER, cluster(socket))).config();
    }

    private static String proxied(String fields) {
        return "{name: p, typed_config: {" + TYPES + "proxy_protocol.v3.ProxyProtocolUpstreamTransport, " + fields
                + "}}";
    }

    @Test
    void aPROXYHeaderMayStandBeforePlainTextAndBeforeTLS() {
        ClusterConfig plain = accepted(proxied("config: {version: V1}, transport_socket: " + PLAIN));
        ClusterConfig tls = accepted(proxied("config: {version: V2}, transport_socket: " + TLS));

        assertThat(plain.proxyProtocol()).contains(Version.V1);
        assertThat(plain.tls()).isEmpty();
        assertThat(tls.proxyProtocol()).contains(Version.V2);
        assertThat(tls.tls().map(ClientTls::serverName)).contains("db.example");
    }

    @Test
    void theVersionIsEnvoysDefaultWhereNoneIsSaid() {
        assertThat(accepted(proxied("transport_socket: " + PLAIN)).proxyProtocol())
                .contains(Version.V1);
    }

    @Test
    void withoutIsWithout() {
        assertThat(accepted(TLS).proxyProtocol()).isEmpty();
        assertThat(accepted(PLAIN).proxyProtocol()).isEmpty();
        assertThat(accepted(PLAIN).tls()).isEmpty();
    }

    @Test
    void whatIsNotSupportedIsRefusedByItsPath() {
        assertThat(problems(proxied("config: {version: V1}")))
                .containsExactly(
                        "transport_socket.typed_config.transport_socket: missing (expected: raw_buffer or tls)");
        assertThat(problems(proxied("config: {pass_through_tlvs: {}}, transport_socket: " + PLAIN)))
                .singleElement()
                .asString()
                .startsWith("transport_socket.typed_config.config.pass_through_tlvs: ");
        assertThat(problems(proxied("config: {}, transport_socket: " + proxied("transport_socket: " + PLAIN))))
                .singleElement()
                .asString()
                .startsWith("transport_socket.typed_config.transport_socket.typed_config: ");
    }

    private static List<String> problems(String socket) {
        return Yaml.problems(ResourceType.CLUSTER, cluster(socket));
    }
}
