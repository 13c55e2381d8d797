package dev.weft.proxy.http.h1;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.model.HttpOptions;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import org.junit.jupiter.api.Test;

/** Upgrade and CONNECT (RFC 9110, sections 7.8 and 9.3.6): opaque bytes only after the switch. */
class ServerTunnelTest {
    private static final String UPGRADE =
            "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX: y\r\n\r\n";

    @Test
    void bytesThatCameWithTheHeadAreKeptUntilTheSwitch() {
        try (ServerFixture server = new ServerFixture().receive(UPGRADE + "early")) {
            assertThat(server.request().upgrade).isEqualTo("websocket");
            assertThat(server.request().endedByHead).isFalse();
            assertThat(server.request().headers).isEqualTo("x: y\n");
            assertThat(server.request().body).isEmpty();
            server.request().respondStreaming(101, "sec-websocket-accept", "z");
            assertThat(server.sent())
                    .isEqualTo("HTTP/1.1 101 Switching Protocols\r\nsec-websocket-accept: z\r\n"
                            + "connection: upgrade\r\nupgrade: websocket\r\n\r\n");
            assertThat(server.request().body).hasToString("early");
            server.receive(" late");
            server.request().data("down", false);
            assertThat(server.request().body).hasToString("early late");
            assertThat(server.sent()).isEqualTo("down");
        }
    }

    @Test
    void anotherAnswerEndsTheRequestAndTheBytesBehindAreTheNext() {
        try (ServerFixture server = new ServerFixture().receive(UPGRADE + "GET /2 HTTP/1.1\r\nHost: a\r\n\r\n")) {
            server.request().respond(403);
            assertThat(server.sent()).startsWith("HTTP/1.1 403 ");
            assertThat(server.request().path).isEqualTo("/2");
        }
    }

    @Test
    void halfCloseOfEitherSideLeavesTheOtherOpen() {
        try (ServerFixture server = new ServerFixture().receive(UPGRADE)) {
            server.request().respondStreaming(101);
            server.channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
            assertThat(server.request().ends).isOne();
            server.request().data("still", false);
            assertThat(server.sent()).endsWith("still");
            server.request().data("", true);
            assertThat(server.isOpen()).isFalse();
        }
    }

    @Test
    void ourEndFirstWaitsForTheClients() {
        try (ServerFixture server = new ServerFixture().receive(UPGRADE)) {
            server.request().respondStreaming(101);
            server.request().data("bye", true);
            server.receive("more");
            assertThat(server.request().body).hasToString("more");
            assertThat(server.isOpen()).isTrue();
            server.channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
            assertThat(server.request().ends).isOne();
            assertThat(server.isOpen()).isFalse();
        }
    }

    @Test
    void connectBecomesATunnelWith2xx() {
        HttpOptions options = HttpOptions.builder().allowConnect(true).build();
        try (ServerFixture server = new ServerFixture(options)) {
            server.receive("CONNECT db:5432 HTTP/1.1\r\nHost: db:5432\r\n\r\n");
            assertThat(server.request().authority).isEqualTo("db:5432");
            assertThat(server.request().path).isEmpty();
            assertThat(server.request().endedByHead).isFalse();
            server.request().respondStreaming(200, "content-length", "3");
            assertThat(server.sent()).isEqualTo("HTTP/1.1 200 OK\r\n\r\n");
            server.receive("hello");
            assertThat(server.request().body).hasToString("hello");
        }
    }

    @Test
    void anUpgradeWithABodyOrInVersion10IsAnOrdinaryRequest() {
        try (ServerFixture server = new ServerFixture()) {
            server.receive("POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                    + "Content-Length: 2\r\n\r\nok");
            assertThat(server.request().upgrade).isNull();
            assertThat(server.request().ends).isOne();
            server.request().respond(200);
            server.receive("GET / HTTP/1.0\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
            assertThat(server.request().upgrade).isNull();
        }
    }
}
