package dev.weft.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.http.ClientConnection;
import dev.weft.proxy.http.Protocol;
import dev.weft.proxy.model.ClientTls;
import dev.weft.proxy.model.ClusterConfig.UpstreamProtocol;
import dev.weft.proxy.model.Lifetimes;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who gets which connection, and when there is a new one. */
final class EndpointPoolTest {
    private final PoolFixture fixture = new PoolFixture();

    @AfterEach
    void everyPermitIsReturnedInTheEnd() {
        fixture.pools.close();
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
        assertThat(fixture.pools.connections()).isZero();
        fixture.close();
    }

    @Test
    void anIdleConnectionIsUsedAgainTheLatestFirst() {
        var a = fixture.request();
        var b = fixture.request();
        var first = fixture.connect();
        var second = fixture.connect();
        assertThat(a.connection).isSameAs(first);
        assertThat(b.connection).isSameAs(second);
        first.endStream();
        second.endStream();
        assertThat(fixture.request().connection).isSameAs(second);
        assertThat(fixture.request().connection).isSameAs(first);
        assertThat(fixture.dials).isEmpty();
    }

    @Test
    void aWaitingRequestTakesWhateverIsFreeFirst() {
        fixture.request();
        var first = fixture.connect();
        var waiting = fixture.request();
        assertThat(waiting.state()).isEqualTo("waiting");
        first.endStream();
        assertThat(waiting.connection).isSameAs(first);
        var spare = fixture.connect();
        assertThat(spare.active).isZero();
        assertThat(fixture.request().connection).isSameAs(spare);
    }

    @Test
    void aConnectionThatDiedIdleIsNotHandedOut() {
        fixture.request();
        var first = fixture.connect();
        first.endStream();
        first.reusable = false; // its end is not yet told
        assertThat(fixture.request().state()).isEqualTo("waiting");
        first.die();
        assertThat(fixture.dials).hasSize(1);
    }

    @Test
    void aConnectionThatNobodyUsedGoesBack() {
        var shy = new PoolFixture.Request();
        shy.opens = false;
        fixture.acquire(shy);
        var connection = fixture.connect();
        assertThat(shy.connection).isSameAs(connection);
        var again = new PoolFixture.Request();
        again.opens = false;
        fixture.acquire(again);
        assertThat(again.connection).isSameAs(connection);
        assertThat(fixture.request().connection).isSameAs(connection);
    }

    @Test
    void aConnectionThatHasHadItsTimeEndsWithItsStreams() {
        fixture.lifetimes(new Lifetimes(Duration.ofSeconds(10), 0, Duration.ZERO));
        fixture.request();
        var old = fixture.connect();
        fixture.pass(11);
        assertThat(old.closing).isTrue();
        var next = fixture.request();
        assertThat(next.state()).isEqualTo("waiting");
        assertThat(old.active).as("what was under way").isEqualTo(1);
        assertThat(fixture.connect()).isSameAs(next.connection);
        old.endStream();
    }

    @Test
    void anIdleConnectionThatHasHadItsTimeIsNotHandedOut() {
        fixture.lifetimes(new Lifetimes(Duration.ofSeconds(10), 0, Duration.ZERO));
        fixture.request();
        var old = fixture.connect();
        old.endStream();
        fixture.pass(11);
        assertThat(old.closing).isTrue();
        assertThat(fixture.request().state()).isEqualTo("waiting");
    }

    @Test
    void aSharedOneThatHasHadItsTimeTakesNoMoreThoughItHasRoom() {
        fixture.speak(UpstreamProtocol.HTTP2);
        fixture.lifetimes(new Lifetimes(Duration.ofSeconds(10), 0, Duration.ZERO));
        fixture.request();
        var old = fixture.connect();
        fixture.pass(11);
        var next = fixture.request();
        assertThat(next.state()).isEqualTo("waiting");
        assertThat(fixture.connect()).isSameAs(next.connection);
        old.endStream();
        assertThat(fixture.request().connection).isSameAs(next.connection);
    }

    /** With one that is left for each stream, a burst is not served one after the other. */
    @Test
    void asManyAreDialedAsAreNeededWhereEachIsForFewRequests() {
        fixture.speak(UpstreamProtocol.HTTP2);
        fixture.lifetimes(new Lifetimes(Duration.ZERO, 2, Duration.ZERO));
        for (int i = 0; i < 5; i++) {
            fixture.request();
        }
        assertThat(fixture.dials).hasSize(3);
    }

    @Test
    void aFailedDialFailsOneRequestOfItsOwn() {
        var a = fixture.request();
        var b = fixture.request();
        fixture.refuse();
        assertThat(a.state()).isEqualTo("REFUSED");
        assertThat(b.state()).isEqualTo("waiting");
        fixture.connect();
        assertThat(b.state()).isEqualTo("connected");
    }

    @Test
    void theLastFailedDialFailsAllThatWait() {
        fixture.limit(1, 10);
        var a = fixture.request();
        var b = fixture.request();
        assertThat(fixture.dials).hasSize(1);
        fixture.refuse();
        assertThat(a.state()).isEqualTo("REFUSED");
        assertThat(b.state()).isEqualTo("REFUSED");
    }

    @Test
    void pastTheLimitOfConnectionsRequestsWait() {
        fixture.limit(1, 10);
        fixture.request();
        var only = fixture.connect();
        var waiting = fixture.request();
        assertThat(fixture.dials).isEmpty();
        only.endStream();
        assertThat(waiting.connection).isSameAs(only);
    }

    @Test
    void aPoolWithoutAnyConnectionMayHaveOneOverTheLimit() {
        fixture.limit(1, 10);
        fixture.cluster.connections = 1; // another loop's
        var request = fixture.request();
        fixture.connect().endStream();
        assertThat(request.state()).isEqualTo("connected");
        fixture.cluster.connections--;
    }

    @Test
    void pastTheLimitOfPendingRequestsIsAnOverflow() {
        fixture.limit(1, 1);
        fixture.request();
        assertThat(fixture.request().state()).isEqualTo("OVERFLOW");
    }

    @Test
    void aCancelledRequestLeavesItsConnectionToOthers() {
        var gone = new PoolFixture.Request();
        var acquisition = fixture.acquire(gone);
        acquisition.cancel();
        acquisition.cancel();
        assertThat(fixture.cluster.pending).isZero();
        var connection = fixture.connect();
        assertThat(gone.state()).isEqualTo("waiting");
        assertThat(fixture.request().connection).isSameAs(connection);
    }

    @Test
    void requestsThatWaitAreServedInTheirOrderWithoutThoseThatHaveLeft() {
        fixture.limit(1, 100);
        fixture.request();
        var only = fixture.connect();
        List<PoolFixture.Request> waiting = new ArrayList<>();
        List<Acquisition> acquisitions = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            waiting.add(new PoolFixture.Request());
            acquisitions.add(fixture.acquire(waiting.getLast()));
        }
        List<Integer> gone = List.of(9, 0, 4, 5);
        gone.forEach(i -> acquisitions.get(i).cancel());
        assertThat(fixture.cluster.pending).isEqualTo(6);

        for (int i = 0; i < 10; i++) {
            if (gone.contains(i)) {
                assertThat(waiting.get(i).state()).isEqualTo("waiting");
            } else {
                assertThat(waiting.get(i).state()).isEqualTo("waiting");
                only.endStream();
                assertThat(waiting.get(i).connection).as("request %d", i).isSameAs(only);
            }
        }
    }

    @Test
    void aRequestThatLeavesMakesRoomForOneThatWaits() {
        fixture.limit(1, 2);
        fixture.request();
        fixture.connect();
        var first = fixture.acquire(new PoolFixture.Request());
        var second = fixture.acquire(new PoolFixture.Request());
        assertThat(fixture.request().state()).isEqualTo("OVERFLOW");
        first.cancel();
        var third = new PoolFixture.Request();
        var last = fixture.acquire(third);
        assertThat(third.state()).isEqualTo("waiting");
        assertThat(fixture.request().state()).isEqualTo("OVERFLOW");
        second.cancel();
        last.cancel();
    }

    @Test
    void whoIsCancelledByTheOneBeforeIsNotServed() {
        fixture.limit(1, 100);
        fixture.speak(UpstreamProtocol.HTTP2);
        List<Acquisition> later = new ArrayList<>();
        var selfish = new PoolFixture.Request() {
            @Override
            public void connected(ClientConnection given) {
                super.connected(given);
                later.forEach(Acquisition::cancel);
            }
        };
        fixture.acquire(selfish);
        var gone = new PoolFixture.Request();
        later.add(fixture.acquire(gone));
        var last = fixture.request();
        var connection = fixture.connect();

        assertThat(selfish.connection).isSameAs(connection);
        assertThat(gone.state()).isEqualTo("waiting");
        assertThat(last.connection).isSameAs(connection);
    }

    @Test
    void whoWaitsAnewWhileOthersAreFailedIsNotFailedWithThem() {
        var again = new PoolFixture.Request();
        var failing = new PoolFixture.Request() {
            @Override
            public void failed(ConnectFailure why) {
                super.failed(why);
                fixture.acquire(again);
            }
        };
        fixture.acquire(failing);
        fixture.refuse();

        assertThat(failing.state()).isEqualTo("REFUSED");
        assertThat(again.state()).isEqualTo("waiting");
        assertThat(again.connection).isNull();
        var connection = fixture.connect();
        assertThat(again.connection).isSameAs(connection);
    }

    @Test
    void ofManyHttp2ConnectionsOneIsFilledBeforeTheNext() {
        fixture.speak(UpstreamProtocol.HTTP2);
        List<PoolFixture.FakeConnection> connections = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            fixture.request();
            fixture.request();
            connections.add(fixture.connect());
        }
        assertThat(connections).allMatch(connection -> connection.active == 2);
        connections.get(1).endStream();
        connections.get(3).endStream();
        connections.get(3).endStream();

        assertThat(fixture.request().connection).isSameAs(connections.get(3));
        assertThat(fixture.request().connection).isSameAs(connections.get(3));
        assertThat(fixture.request().connection).isSameAs(connections.get(1));
        assertThat(fixture.request().state()).isEqualTo("waiting");
        connections.get(4).endStream();
        assertThat(fixture.dials).hasSize(1);
    }

    @Test
    void anHttp2ConnectionThatDiesBusyIsNotHandedOut() {
        fixture.speak(UpstreamProtocol.HTTP2);
        fixture.request();
        var first = fixture.connect();
        first.die();
        assertThat(fixture.request().state()).isEqualTo("waiting");
        assertThat(fixture.connect()).isNotSameAs(first);
    }

    @Test
    void anIdleConnectionIsClosedAfterItsTime() {
        fixture.request();
        var connection = fixture.connect();
        fixture.pass(120);
        assertThat(connection.closing).as("busy").isFalse();
        connection.endStream();
        fixture.pass(59);
        assertThat(connection.closing).isFalse();
        fixture.pass(2);
        assertThat(connection.closing).isTrue();
        assertThat(fixture.pools.connections()).isZero();
    }

    @Test
    void beingUsedPutsTheIdleTimeOff() {
        fixture.request();
        var connection = fixture.connect();
        connection.endStream();
        fixture.pass(50);
        fixture.request();
        connection.endStream();
        fixture.pass(50);
        assertThat(connection.closing).isFalse();
    }

    @Test
    void http2ConnectionsAreShared() {
        fixture.speak(UpstreamProtocol.HTTP2);
        var a = fixture.request();
        var b = fixture.request();
        assertThat(fixture.dials).hasSize(1);
        var shared = fixture.connect();
        assertThat(a.connection).isSameAs(shared);
        assertThat(b.connection).isSameAs(shared);
        var third = fixture.request();
        assertThat(fixture.dials).as("all streams taken").hasSize(1);
        assertThat(third.state()).isEqualTo("waiting");
        var second = fixture.connect();
        assertThat(third.connection).isSameAs(second);
        shared.endStream();
        assertThat(fixture.request().connection).as("as few as possible").isSameAs(shared);
    }

    @Test
    void withoutTlsAutoFollowsTheRequest() {
        fixture.speak(UpstreamProtocol.AUTO);
        fixture.pools.acquire(fixture.cluster, fixture.endpoint, Protocol.HTTP_2, new PoolFixture.Request());
        fixture.pools.acquire(fixture.cluster, fixture.endpoint, Protocol.HTTP_1_1, new PoolFixture.Request());
        assertThat(fixture.dials)
                .extracting(PoolFixture.Dial::wanted)
                .containsExactly(Dialer.Wanted.HTTP2, Dialer.Wanted.HTTP1);
    }

    @Test
    void overTlsAutoTakesWhatIsNegotiated() {
        ClientTls tls = new ClientTls("o", Optional.empty(), List.of(), List.of(), Optional.empty());
        fixture.cluster.config = fixture.clusterConfig(UpstreamProtocol.AUTO, Optional.of(tls));
        var a = fixture.request();
        var b = fixture.request();
        var dial = fixture.dials.removeFirst();
        assertThat(dial.wanted()).isEqualTo(Dialer.Wanted.NEGOTIATED);
        assertThat(fixture.dials).as("HTTP/2 is hoped for").isEmpty();
        fixture.connect(dial, Protocol.HTTP_1_1, 1);
        assertThat(a.state()).isEqualTo("connected");
        assertThat(b.state()).isEqualTo("waiting");
        assertThat(fixture.dials).as("and now known not to be").hasSize(1);
    }

    @Test
    void aRetiredEndpointKeepsBusyConnectionsUntilTheirLastStream() {
        fixture.request();
        var busy = fixture.connect();
        fixture.request();
        var idle = fixture.connect();
        idle.endStream();
        fixture.pools.retire(fixture.endpoint);
        assertThat(idle.reusable).isFalse();
        assertThat(busy.reusable).isTrue();
        busy.endStream();
        assertThat(fixture.pools.connections()).isZero();
    }

    @Test
    void whoWaitsOnARetiredEndpointIsServedStill() {
        var request = fixture.request();
        fixture.pools.retire(fixture.endpoint);
        var connection = fixture.connect();
        assertThat(request.connection).isSameAs(connection);
        connection.endStream();
        assertThat(connection.reusable).isFalse();
    }

    /** A pick and an update may cross, and then nobody would tell the pool that its endpoint has left. */
    @Test
    void whoIsSentToARetiredEndpointIsServedAndLeavesNoConnection() {
        UpstreamEndpoint gone = new UpstreamEndpoint() {
            @Override
            public InetSocketAddress address() {
                return fixture.endpoint.address();
            }

            @Override
            public boolean isRetired() {
                return true;
            }
        };
        PoolFixture.Request request = new PoolFixture.Request();
        fixture.pools.acquire(fixture.cluster, gone, Protocol.HTTP_1_1, request);
        var connection = fixture.connect();
        assertThat(request.connection).isSameAs(connection);

        connection.endStream();

        assertThat(connection.reusable).isFalse();
        assertThat(fixture.pools.connections()).isZero();
        assertThat(fixture.cluster.connections).isZero();
    }

    @Test
    void otherTlsMeansOtherConnections() {
        fixture.request();
        var before = fixture.connect();
        before.endStream();
        ClientTls tls = new ClientTls("o", Optional.empty(), List.of(), List.of(), Optional.empty());
        fixture.cluster.config = fixture.clusterConfig(UpstreamProtocol.HTTP1, Optional.of(tls));
        assertThat(fixture.request().state()).isEqualTo("waiting");
        assertThat(before.reusable).isFalse();
    }

    @Test
    void aChangeOfOtherThingsKeepsConnections() {
        fixture.request();
        var before = fixture.connect();
        before.endStream();
        fixture.limit(7, 7);
        assertThat(fixture.request().connection).isSameAs(before);
    }

    @Test
    void closedPoolsRefuse() {
        fixture.pools.close();
        assertThat(fixture.request().state()).isEqualTo("CLOSED");
    }

    @Test
    void aNewConnectionIsGivenNoMoreStreamsThanTheOneBeforeItTook() {
        fixture.speak(UpstreamProtocol.HTTP2);
        fixture.request();
        fixture.connect(fixture.dials.removeFirst(), Protocol.HTTP_2, 100).tell(1);
        var second = fixture.request();
        var third = fixture.request();
        assertThat(fixture.dials).hasSize(2);
        var next = fixture.connect(fixture.dials.removeFirst(), Protocol.HTTP_2, 100);
        assertThat(second.connection).isSameAs(next);
        assertThat(third.state()).isEqualTo("waiting");
        next.tell(1);
        var last = fixture.connect(fixture.dials.removeFirst(), Protocol.HTTP_2, 100);
        assertThat(third.connection).isSameAs(last);
    }

    @Test
    void requestsThatWaitGoOnWhenThePeerTakesMoreStreams() {
        fixture.limit(1, 100);
        fixture.speak(UpstreamProtocol.HTTP2);
        fixture.request();
        var only = fixture.connect(fixture.dials.removeFirst(), Protocol.HTTP_2, 100);
        only.tell(1);
        var waiting = fixture.request();
        assertThat(waiting.state()).isEqualTo("waiting");
        only.tell(2);
        assertThat(waiting.connection).isSameAs(only);
    }

    @Test
    void aPeerThatTakesNoStreamsAtAllIsLeft() {
        fixture.speak(UpstreamProtocol.HTTP2);
        fixture.request();
        var closed = fixture.connect(fixture.dials.removeFirst(), Protocol.HTTP_2, 100);
        closed.tell(0);
        assertThat(closed.reusable).isTrue();
        closed.endStream();
        assertThat(closed.reusable).isFalse();
        assertThat(fixture.pools.connections()).isZero();
    }
}
