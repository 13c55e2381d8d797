package dev.weft.proxy.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.weft.proxy.http.ServerStream;
import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.transport.Transport;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ListenersTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    @ParameterizedTest
    @EnumSource(Transport.Kind.class)
    void everyTransportServes(Transport.Kind kind) throws IOException {
        try (ListenerFixture fixture = new ListenerFixture(Transport.open(kind, 2), 0)) {
            fixture.listeners.apply(List.of(ListenerFixture.http("web")));
            for (int i = 0; i < 4; i++) {
                try (RawClient client = fixture.connect("web")) {
                    assertThat(client.send(GET).response().body()).isEqualTo("routes of web HTTP/1.1 http null null");
                    assertThat(client.send(GET).response().status()).isEqualTo(200);
                }
            }
        }
    }

    @Test
    void anUpdateKeepsTheSocketAndItsConnectionsWhichSeeTheNewConfiguration() throws IOException {
        try (ListenerFixture fixture = new ListenerFixture()) {
            fixture.listeners.apply(List.of(ListenerFixture.http("web")));
            InetSocketAddress address = fixture.address("web");
            try (RawClient client = fixture.connect("web")) {
                client.send(GET).response();
                fixture.listeners.apply(List.of(
                        ListenerFixture.http("other"),
                        ListenerFixture.http(
                                "web", 0, HttpOptions.builder().via("new").build(), null)));
                assertThat(fixture.listeners.addresses())
                        .containsEntry("web", address)
                        .containsKey("other");
                assertThat(client.send(GET).response().status()).isEqualTo(200);
            }
        }
    }

    @Test
    void aListenerOfAnotherNameTakesOverTheSocketOfItsAddress() throws IOException {
        try (ListenerFixture fixture = new ListenerFixture()) {
            int port = freePort();
            fixture.listeners.apply(List.of(ListenerFixture.http("old", port, HttpOptions.DEFAULT, null)));
            try (RawClient client = RawClient.connect(new InetSocketAddress("127.0.0.1", port))) {
                client.send(GET).response();
                fixture.listeners.apply(List.of(ListenerFixture.http("new", port, HttpOptions.DEFAULT, null)));
                assertThat(client.send(GET).response().body()).startsWith("routes of new ");
            }
            assertThat(fixture.listeners.addresses()).containsOnlyKeys("new");
        }
    }

    /** The kernel has made them already: closing the socket would reset them, after their clients have sent requests. */
    @ParameterizedTest
    @EnumSource(Transport.Kind.class)
    void clientsThatWaitToBeAcceptedWhenADrainBeginsAreServed(Transport.Kind kind) throws Exception {
        try (ListenerFixture fixture = new ListenerFixture(Transport.open(kind, 1), 0)) {
            fixture.listeners.apply(List.of(ListenerFixture.http("web")));
            CountDownLatch busy = new CountDownLatch(1);
            fixture.transport.loops().next().submit(() -> {
                busy.await();
                return null;
            });
            List<RawClient> clients = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                clients.add(fixture.connect("web").send(GET));
            }

            CompletableFuture<Void> drained = fixture.listeners.drain(Duration.ofMinutes(1));
            busy.countDown();

            for (RawClient client : clients) {
                assertThat(client.response().header("connection")).isEqualTo("close");
                client.close();
            }
            drained.get(1, TimeUnit.MINUTES);
        }
    }

    @Test
    void aRemovedListenerFinishesWhatItHasBegunAndAcceptsNoMore() throws Exception {
        try (ListenerFixture fixture = new ListenerFixture()) {
            fixture.listeners.apply(List.of(ListenerFixture.http("web"), ListenerFixture.http("kept")));
            InetSocketAddress address = fixture.address("web");
            try (RawClient client = fixture.connect("web")) {
                client.send("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
                ServerStream held = fixture.held.poll(10, TimeUnit.SECONDS);
                fixture.listeners.apply(List.of(ListenerFixture.http("kept")));
                assertThat(fixture.listeners.addresses()).containsOnlyKeys("kept");
                await().untilAsserted(() ->
                        assertThatThrownBy(() -> RawClient.connect(address)).isInstanceOf(ConnectException.class));
                ListenerFixture.answer(held);
                assertThat(client.response().header("connection")).isEqualTo("close");
                assertThat(client.receiveToEnd()).isEmpty();
            }
        }
    }

    @Test
    void aTakenAddressIsNamedAndTheOtherListenersServe() throws IOException {
        try (ListenerFixture fixture = new ListenerFixture();
                ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            assertThatThrownBy(() -> fixture.listeners.apply(List.of(
                            ListenerFixture.http("web", taken.getLocalPort(), HttpOptions.DEFAULT, null),
                            ListenerFixture.http("other"))))
                    .isInstanceOf(ListenerException.class)
                    .hasMessage("listener web: 127.0.0.1:" + taken.getLocalPort() + ": address already in use");
            assertThat(fixture.listeners.addresses()).containsOnlyKeys("other");
        }
    }

    @Test
    void drainCompletesOnceTheLastRequestIsAnsweredAndIdleConnectionsAreClosedAfterAQuietTime() throws Exception {
        try (ListenerFixture fixture = new ListenerFixture()) {
            fixture.listeners.apply(List.of(ListenerFixture.http("web")));
            try (RawClient idle = fixture.connect("web");
                    RawClient busy = fixture.connect("web")) {
                idle.send(GET).response();
                busy.send("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
                ServerStream held = fixture.held.poll(10, TimeUnit.SECONDS);
                CompletableFuture<Void> drained = fixture.listeners.drain(Duration.ofSeconds(30));
                assertThat(idle.receiveToEnd()).isEmpty();
                assertThat(drained).isNotDone();
                ListenerFixture.answer(held);
                assertThat(busy.response().header("connection")).isEqualTo("close");
                drained.get(10, TimeUnit.SECONDS);
                assertThat(fixture.listeners.connections()).isZero();
            }
        }
    }

    @Test
    void whatIsNotFinishedAtTheDeadlineOfADrainIsClosed() throws Exception {
        try (ListenerFixture fixture = new ListenerFixture()) {
            fixture.listeners.apply(List.of(ListenerFixture.http("web")));
            try (RawClient busy = fixture.connect("web")) {
                busy.send("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
                fixture.held.poll(10, TimeUnit.SECONDS);
                fixture.listeners.drain(Duration.ofMillis(50)).get(10, TimeUnit.SECONDS);
                assertThat(busy.receiveToEnd()).isEmpty();
            }
        }
    }

    @Test
    void connectionsBeyondTheLimitAreClosedUnserved() throws IOException {
        try (ListenerFixture fixture = new ListenerFixture(Transport.open(Transport.Kind.NIO, 1), 1)) {
            fixture.listeners.apply(List.of(ListenerFixture.http("web")));
            try (RawClient first = fixture.connect("web")) {
                first.send(GET).response();
                try (RawClient second = fixture.connect("web")) {
                    assertThat(second.receiveToEnd()).isIn("", "[reset]");
                }
                assertThat(first.send(GET).response().status()).isEqualTo(200);
            }
        }
    }

    @Test
    void opaqueBytesGoToTheTcpHandler() throws IOException {
        try (ListenerFixture fixture = new ListenerFixture()) {
            fixture.listeners.apply(List.of(ListenerFixture.tcp("echo")));
            try (RawClient client = fixture.connect("echo")) {
                assertThat(client.send("hello").receive(5)).isEqualTo("hello");
            }
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            return socket.getLocalPort();
        }
    }
}
