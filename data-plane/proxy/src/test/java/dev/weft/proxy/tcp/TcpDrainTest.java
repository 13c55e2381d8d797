package dev.weft.proxy.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.HttpOptions.AccessLog;
import dev.weft.proxy.model.ListenerConfig.TcpCluster;
import dev.weft.proxy.model.TcpOptions;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawOrigin;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Connections whose endpoint, cluster or listener goes. */
class TcpDrainTest {
    private static final ClusterName OTHER = new ClusterName("other");

    @RegisterExtension
    private final TcpFixture tcp = new TcpFixture();

    /** Says its name, then gives every byte back. */
    private RawOrigin echo(String name) throws IOException {
        return tcp.origin(wire -> {
            wire.send(name);
            for (String each = wire.receive(1); !each.isEmpty(); each = wire.receive(1)) {
                wire.send(each);
            }
        });
    }

    private static TcpOptions drainingFor(Duration time) {
        return new TcpOptions(3, false, Duration.ofHours(1), Duration.ZERO, time, AccessLog.TEXT);
    }

    private RawClient greeted(String by) throws IOException {
        RawClient client = tcp.client();
        assertThat(client.receive(by.length())).isEqualTo(by);
        return client;
    }

    private static void expectEcho(RawClient client) throws IOException {
        assertThat(client.send("!").receive(1)).isEqualTo("!");
    }

    @Test
    void anEndpointThatIsRemovedKeepsItsConnectionsAndGetsNoNewOnes() throws IOException {
        RawOrigin before = echo("before");
        tcp.cluster(before.port()).apply();
        RawClient old = greeted("before");

        tcp.cluster(echo("after").port()).apply();

        greeted("after");
        expectEcho(old);
        old.shutdownOutput();
        assertThat(old.receiveToEnd()).isEmpty();
    }

    @Test
    void otherWeightsLeaveConnectionsAlone() throws IOException {
        tcp.cluster(echo("one").port())
                .cluster(OTHER, echo("other").port())
                .options(drainingFor(Duration.ZERO))
                .to(new TcpCluster(TcpFixture.DB, 1), new TcpCluster(OTHER, 0))
                .apply();
        RawClient old = greeted("one");

        tcp.to(new TcpCluster(TcpFixture.DB, 0), new TcpCluster(OTHER, 1)).apply();

        greeted("other");
        expectEcho(old);
    }

    @Test
    void whereTheirClusterIsAnotherTheyHaveTheDrainTimeToEnd() throws IOException {
        tcp.cluster(echo("one").port())
                .cluster(OTHER, echo("other").port())
                .options(drainingFor(Duration.ofSeconds(2)))
                .apply();
        RawClient old = greeted("one");

        tcp.to(new TcpCluster(OTHER, 1)).apply();

        expectEcho(old);
        assertThat(old.receiveToEnd()).isIn("", "[reset]");
        assertThat(tcp.logged()).contains(" failure=DC \"cut off by our shutdown\"");
        tcp.expectNothingLeft();
    }

    @Test
    void aDrainOfTheProxyLetsThemEnd() throws Exception {
        tcp.cluster(echo("one").port()).apply();
        RawClient client = greeted("one");

        CompletableFuture<Void> drained = tcp.proxy().drain(Duration.ofSeconds(20));
        expectEcho(client);
        assertThat(drained).isNotDone();
        client.shutdownOutput();
        assertThat(client.receiveToEnd()).isEmpty();

        drained.get(10, TimeUnit.SECONDS);
        assertThat(tcp.logged()).endsWith(" failure=-");
    }

    @Test
    void andEndsThemWhenItsTimeIsOver() throws Exception {
        tcp.cluster(echo("one").port()).apply();
        RawClient client = greeted("one");

        tcp.proxy().drain(Duration.ofMillis(200)).get(10, TimeUnit.SECONDS);

        assertThat(client.receiveToEnd()).isIn("", "[reset]");
        assertThat(tcp.logged()).contains(" failure=DC \"cut off by our shutdown\"");
    }
}
