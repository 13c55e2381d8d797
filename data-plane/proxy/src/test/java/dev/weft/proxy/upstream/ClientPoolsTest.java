package dev.weft.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.http.Connection;
import dev.weft.proxy.http.Protocol;
import dev.weft.proxy.model.ClusterConfig.UpstreamProtocol;
import dev.weft.proxy.model.ProxyProtocol;
import dev.weft.proxy.upstream.PoolFixture.Request;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Connections of clusters whose endpoints are told by a PROXY header who the client is. */
final class ClientPoolsTest {
    private final PoolFixture fixture = new PoolFixture();
    private final List<EmbeddedChannel> clients = new ArrayList<>();

    ClientPoolsTest() {
        announce();
    }

    /** Again after the fixture has made another configuration. */
    private void announce() {
        fixture.cluster.config = fixture.cluster.config.toBuilder()
                .proxyProtocol(ProxyProtocol.Version.V2)
                .build();
    }

    @AfterEach
    void everyPermitIsReturnedInTheEnd() {
        clients.forEach(EmbeddedChannel::close);
        while (!fixture.dials.isEmpty()) {
            fixture.refuse();
        }
        for (var connection : List.copyOf(fixture.made)) {
            while (connection.active > 0 && connection.reusable) {
                connection.endStream();
            }
        }
        assertThat(fixture.cluster.connections).isZero();
        assertThat(fixture.cluster.pending).isZero();
        assertThat(fixture.pools.connections())
                .as("without any close of the pools")
                .isZero();
        fixture.close();
    }

    private Connection client(int port) {
        EmbeddedChannel channel = new EmbeddedChannel();
        clients.add(channel);
        return new Connection(
                channel,
                new InetSocketAddress("192.0.2.1", port),
                new InetSocketAddress("192.0.2.2", 80),
                Protocol.HTTP_1_1,
                false,
                null,
                null);
    }

    private Request request(Connection client) {
        Request request = new Request();
        var _ = fixture.pools.acquire(fixture.cluster, fixture.endpoint, client, request);
        return request;
    }

    @Test
    void eachClientHasConnectionsOfItsOwn() {
        Connection one = client(1);
        Connection other = client(2);
        request(one);
        var first = fixture.connect();
        first.endStream();

        assertThat(request(other).state()).isEqualTo("waiting");
        assertThat(request(one).connection).isSameAs(first);
        assertThat(fixture.dials.getFirst().client()).isEqualTo(new Announcement(other.remote(), other.local()));
    }

    @Test
    void whatTheProxyDoesForItselfUsesNoClientsConnection() {
        request(client(1));
        fixture.connect().endStream();

        assertThat(fixture.request().state()).isEqualTo("waiting");
        assertThat(fixture.dials.getFirst().client()).isNull();
        fixture.refuse();
    }

    @Test
    void overHTTP2AClientsRequestsShareAConnection() {
        fixture.speak(UpstreamProtocol.HTTP2);
        announce();
        Connection one = client(1);
        request(one);
        var shared = fixture.connect();

        assertThat(request(one).connection).isSameAs(shared);
        assertThat(request(client(2)).state()).isEqualTo("waiting");
    }

    @Test
    void theyCloseOnceTheClientHasGone() {
        Connection one = client(1);
        request(one);
        var busy = fixture.connect();
        request(one);
        var idle = fixture.connect();
        idle.endStream();

        one.channel().close();

        assertThat(idle.reusable).isFalse();
        assertThat(busy.reusable).as("has a stream still").isTrue();
        busy.endStream();
        assertThat(busy.reusable).isFalse();
    }

    @Test
    void aCopyThatIsSentAfterTheClientHasGoneLeavesNoConnectionBehind() {
        Connection one = client(1);
        one.channel().close();

        Request late = request(one);
        var made = fixture.connect();

        assertThat(late.connection).isSameAs(made);
        made.endStream();
        assertThat(made.reusable).isFalse();
    }

    @Test
    void aRetiredEndpointLosesThemToo() {
        request(client(1));
        var idle = fixture.connect();
        idle.endStream();

        fixture.pools.retire(fixture.endpoint);

        assertThat(idle.reusable).isFalse();
    }

    @Test
    void anotherHeaderNeedsAnotherConnection() {
        Connection one = client(1);
        request(one);
        var before = fixture.connect();
        before.endStream();

        fixture.cluster.config = fixture.cluster.config.toBuilder()
                .proxyProtocol(ProxyProtocol.Version.V1)
                .build();

        assertThat(request(one).state()).isEqualTo("waiting");
        assertThat(before.reusable).isFalse();
    }

    @Test
    void whereAllAreTakenTheOneThatIsIdleLongestMakesRoom() {
        fixture.limit(2, 100);
        announce();
        Connection first = client(1);
        request(first);
        var oldest = fixture.connect();
        request(client(2));
        var newer = fixture.connect();
        oldest.endStream();
        newer.endStream();

        Request third = request(client(3));

        assertThat(oldest.reusable).isFalse();
        assertThat(newer.reusable).isTrue();
        var made = fixture.connect();
        assertThat(third.connection).isSameAs(made);
        assertThat(fixture.cluster.connections).isEqualTo(2);
    }

    @Test
    void whereAllAreBusyThereIsNoneOverTheLimit() {
        fixture.limit(1, 100);
        announce();
        request(client(1));
        var busy = fixture.connect();
        Request refused = request(client(2));

        assertThat(refused.state()).isEqualTo("OVERFLOW");
        assertThat(Optional.ofNullable(refused.failure).map(ConnectFailure::detail))
                .contains("max_connections: all 1 taken");
        busy.endStream();
        assertThat(request(client(3)).state()).isEqualTo("waiting");
    }

    @Test
    void aTunnelHasAConnectionForItselfAloneAndKeepsToTheLimit() {
        fixture.limit(1, 100);
        announce();
        Connection one = client(1);
        Request tunnel = new Request();
        fixture.pools.acquireOpaque(fixture.cluster, fixture.endpoint, one, tunnel);
        assertThat(fixture.dials.getFirst().wanted()).isEqualTo(Dialer.Wanted.OPAQUE);
        assertThat(fixture.dials.getFirst().client()).isEqualTo(Announcement.of(one));
        var connection = fixture.connect();

        Request another = new Request();
        fixture.pools.acquireOpaque(fixture.cluster, fixture.endpoint, one, another);

        assertThat(tunnel.connection).isSameAs(connection);
        assertThat(another.state()).isEqualTo("OVERFLOW");
        connection.endStream();
        assertThat(connection.reusable).isFalse();
    }

    @Test
    void aConnectionWhoseTunnelWasGivenUpMeanwhileIsClosed() {
        Request tunnel = new Request();
        fixture.pools
                .acquireOpaque(fixture.cluster, fixture.endpoint, client(1), tunnel)
                .cancel();

        assertThat(fixture.connect().reusable).isFalse();
        assertThat(tunnel.state()).isEqualTo("waiting");
    }
}
