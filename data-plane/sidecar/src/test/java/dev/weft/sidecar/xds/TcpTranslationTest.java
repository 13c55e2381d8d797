package dev.weft.sidecar.xds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.HttpOptions.AccessLog;
import dev.weft.proxy.model.ListenerConfig.Tcp;
import dev.weft.proxy.model.ListenerConfig.TcpCluster;
import dev.weft.proxy.model.LogFormat;
import dev.weft.proxy.model.TcpOptions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The TCP proxy, written as YAML. */
class TcpTranslationTest {
    private static final String TYPES = "'@type': type.googleapis.com/envoy.extensions.";
    private static final String AT = "filter_chains[0].filters[0].typed_config";
    private static final String STDOUT = "{name: stdout, typed_config: {" + TYPES
            + "access_loggers.stream.v3.StdoutAccessLog, log_format: {json_format: {}}}}";

    private static String listener(String fields) {
        return "{name: l, address: {socket_address: {address: 127.0.0.1, port_value: 80}}, filter_chains: [{filters:"
                + " [{name: t, typed_config: {" + TYPES + "filters.network.tcp_proxy.v3.TcpProxy, stat_prefix: t, "
                + fields + "}}]}]}";
    }

    private static Object tcp(String fields) {
        return ((ListenerDraft) Yaml.accepted(ResourceType.LISTENER, listener(fields)))
                .config()
                .chains()
                .getFirst()
                .handler();
    }

    private static List<String> problems(String fields) {
        return Yaml.problems(ResourceType.LISTENER, listener(fields));
    }

    @Test
    void theAccessLogMayBeInWordsOfOnesOwn() {
        Tcp tcp = (Tcp) tcp("cluster: db, access_log: [" + STDOUT.replace("{}}}}", "{to: '%UPSTREAM_HOST%'}}}}") + "]");

        assertThat(tcp.options().accessLog()).isEqualTo(AccessLog.OFF);
        assertThat(tcp.options().logs()).containsExactly(new LogFormat.Json(Map.of("to", "%UPSTREAM_HOST%"), false));
    }

    @Test
    void aClusterAloneIsEnoughAndThenOneEndpointIsTriedAsInEnvoy() {
        assertThat(tcp("cluster: db"))
                .isEqualTo(new Tcp(
                        List.of(new TcpCluster(new ClusterName("db"), 1)), TcpOptions.DEFAULT.withConnectAttempts(1)));
    }

    @Test
    void everySettingIsTaken() {
        assertThat(tcp("weighted_clusters: {clusters: [{name: a, weight: 3}, {name: b, weight: 1}]}, idle_timeout: 7s, "
                        + "max_connect_attempts: 2, hash_policy: [{source_ip: {}}], "
                        + "max_downstream_connection_duration: 60s, access_log: [" + STDOUT + "]"))
                .isEqualTo(new Tcp(
                        List.of(new TcpCluster(new ClusterName("a"), 3), new TcpCluster(new ClusterName("b"), 1)),
                        new TcpOptions(
                                2,
                                true,
                                Duration.ofSeconds(7),
                                Duration.ofSeconds(60),
                                TcpOptions.DEFAULT.drainTimeout(),
                                AccessLog.JSON)));
    }

    @Test
    void zeroTurnsTheIdleLimitOff() {
        assertThat(((Tcp) tcp("cluster: db, idle_timeout: 0s")).options().idleTimeout())
                .isEqualTo(Duration.ZERO);
    }

    @Test
    void whatCannotBeIsRefusedByItsPath() {
        assertThat(problems("cluster: db, max_connect_attempts: 0"))
                .containsExactly(AT + ".max_connect_attempts: 0 (expected: 1 to 2147483647)");
        assertThat(problems("weighted_clusters: {clusters: [{name: a, weight: 0}, {name: b, weight: 1}]}"))
                .containsExactly(AT + ".weighted_clusters.clusters[0].weight: 0 (expected: >= 1)");
        assertThat(problems("weighted_clusters: {}"))
                .containsExactly(AT + ".weighted_clusters.clusters: empty (expected: at least one)");
        assertThat(problems("cluster: db, hash_policy: [{source_ip: {}}, {source_ip: {}}]"))
                .containsExactly(AT + ".hash_policy: 2 (expected: at most 1)");
        assertThat(problems("cluster: db, hash_policy: [{filter_state: {key: k}}]"))
                .first()
                .asString()
                .startsWith(AT + ".hash_policy[0].filter_state: ");
        assertThat(problems("cluster: db, tunneling_config: {hostname: h}"))
                .singleElement()
                .asString()
                .startsWith(AT + ".tunneling_config: ");
        assertThat(problems("cluster: db, access_log: [" + STDOUT.replace("{}}}}", "{ip: '%NO_SUCH%'}}}}") + "]"))
                .singleElement()
                .asString()
                .startsWith(AT + ".access_log[0].typed_config.%NO_SUCH%: not supported");
        assertThat(problems("idle_timeout: 1s")).hasSize(1);
    }
}
