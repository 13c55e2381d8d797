package dev.weft.proxy.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.proxy.model.Balancing;
import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.HttpOptions.AccessLog;
import dev.weft.proxy.model.ListenerConfig;
import dev.weft.proxy.model.ListenerConfig.TcpCluster;
import dev.weft.proxy.model.ProxyProtocol;
import dev.weft.proxy.model.TcpOptions;
import dev.weft.proxy.testing.RawClient;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Which cluster and which endpoint a connection goes to. */
class DestinationTest {
    private static final ClusterName OTHER = new ClusterName("other");

    @RegisterExtension
    private final TcpFixture tcp = new TcpFixture();

    @Test
    void clustersGetTheirShares() throws IOException {
        tcp.cluster(tcp.saying("a").port())
                .cluster(OTHER, tcp.saying("b").port())
                .to(new TcpCluster(TcpFixture.DB, 3), new TcpCluster(OTHER, 1))
                .apply();

        int toTheFirst = 0;
        for (int i = 0; i < 200; i++) {
            try (RawClient client = tcp.client()) {
                toTheFirst += client.receiveToEnd().equals("a") ? 1 : 0;
            }
        }

        assertThat(toTheFirst).isBetween(115, 185); // 150, and more than five standard deviations either way
    }

    @Test
    void weightsThatAreAllZeroAreRefused() {
        assertThatThrownBy(() -> new ListenerConfig.Tcp(List.of(new TcpCluster(TcpFixture.DB, 0)), TcpOptions.DEFAULT))
                .hasMessage("weighted_clusters: all weights are 0 (expected: a positive sum)");
    }

    @Test
    void theClientsAddressMayDecideTheEndpoint() throws IOException {
        tcp.balancing(new Balancing.Maglev(65537))
                .proxyProtocol(ProxyProtocol.REQUIRED)
                .options(new TcpOptions(3, true, Duration.ofHours(1), Duration.ZERO, Duration.ZERO, AccessLog.OFF))
                .cluster(
                        tcp.saying("a").port(),
                        tcp.saying("b").port(),
                        tcp.saying("c").port())
                .apply();

        Set<String> all = new HashSet<>();
        for (int host = 1; host <= 20; host++) {
            Set<String> itsOwn = new HashSet<>();
            for (int port = 1; port <= 5; port++) {
                try (RawClient client = tcp.client()) {
                    client.send("PROXY TCP4 192.0.2." + host + " 198.51.100.1 " + port + " 443\r\n");
                    itsOwn.add(client.receiveToEnd());
                }
            }
            assertThat(itsOwn).as("192.0.2.%d", host).hasSize(1);
            all.addAll(itsOwn);
        }
        assertThat(all).containsExactlyInAnyOrder("a", "b", "c");
    }
}
