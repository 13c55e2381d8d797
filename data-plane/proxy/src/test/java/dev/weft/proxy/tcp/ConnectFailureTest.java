package dev.weft.proxy.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.model.ClientTls;
import dev.weft.proxy.model.TcpOptions;
import dev.weft.proxy.testing.RawClient;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Endpoints that cannot be connected to. */
class ConnectFailureTest {
    private static final TcpOptions USUAL = TcpOptions.DEFAULT;

    @RegisterExtension
    private final TcpFixture tcp = new TcpFixture();

    private TcpFixture attempts(int most) {
        return tcp.options(most, USUAL.idleTimeout(), USUAL.maxDuration());
    }

    @Test
    void theNextIsTried() throws IOException {
        tcp.cluster(
                        TcpFixture.unusedPort(),
                        TcpFixture.unusedPort(),
                        tcp.saying("me").port())
                .apply();

        for (int i = 0; i < 6; i++) {
            RawClient client = tcp.client();
            assertThat(client.receiveToEnd()).isEqualTo("me");
            client.close();
            assertThat(tcp.logged()).endsWith(" failure=-");
        }
        assertThat(tcp.metric("weft_upstream_tcp_connect_failures_total", "cluster", "db"))
                .isPositive();
        tcp.expectNothingLeft();
    }

    @Test
    void afterTheLastAttemptTheConnectionIsGivenUp() throws IOException {
        int[] ports = {TcpFixture.unusedPort(), TcpFixture.unusedPort(), TcpFixture.unusedPort()};
        attempts(2).cluster(ports).apply();

        assertThat(tcp.client().receiveToEnd()).isIn("", "[reset]");

        assertThat(tcp.logged())
                .contains(" tries=2 failure=UF \"connection refused by 127.0.0.1:")
                .contains(" of cluster db: ");
        assertThat(tcp.metric("weft_upstream_tcp_connect_failures_total", "cluster", "db"))
                .isEqualTo(2);
        assertThat(tcp.metric("weft_upstream_tcp_connections_total", "cluster", "db"))
                .isZero();
        assertThat(tcp.metric("weft_failures_total", "reason", "connect_failed"))
                .isEqualTo(1);
        tcp.expectNothingLeft();
    }

    @Test
    void oneAttemptIsOne() throws IOException {
        attempts(1).cluster(TcpFixture.unusedPort()).apply();

        assertThat(tcp.client().receiveToEnd()).isIn("", "[reset]");

        assertThat(tcp.logged()).contains(" tries=1 failure=UF ");
    }

    @Test
    void aHandshakeThatFailsIsOneToo() throws IOException {
        tcp.upstreamTls(new ClientTls("db", Optional.empty(), List.of(), List.of(), Optional.empty()))
                .cluster(tcp.saying("no TLS here").port())
                .apply();

        assertThat(tcp.client().receiveToEnd()).isIn("", "[reset]");

        assertThat(tcp.logged()).contains(" failure=UF \"TLS handshake failed with 127.0.0.1:");
        assertThat(tcp.metric("weft_failures_total", "reason", "tls_failed")).isEqualTo(1);
    }

    @Test
    void withoutEndpointsThereIsNothingToTry() throws IOException {
        tcp.cluster().apply();

        assertThat(tcp.client().receiveToEnd()).isIn("", "[reset]");

        tcp.expectFailure("UH", "no_healthy_endpoint");
    }

    @Test
    void withoutTheClusterNeither() throws IOException {
        tcp.apply();

        assertThat(tcp.client().receiveToEnd()).isIn("", "[reset]");

        tcp.expectFailure("NC", "no_cluster");
    }
}
