package dev.weft.proxy.http.h1;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.http.StreamReset;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Keep-alive and close by version and by {@code Connection} (RFC 9112, section 9.3). */
class ConnectionReuseTest {
    @Test
    void aConnectionServesRequestAfterRequest() {
        try (ServerFixture server = new ServerFixture().answering()) {
            server.receive("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(server.sent()).isEqualTo("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
            server.receive("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(server.sent()).isEqualTo("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
            assertThat(server.requests).extracting(r -> r.path).containsExactly("/1", "/2");
            assertThat(server.isOpen()).isTrue();
        }
    }

    @Test
    void closeOfTheClientIsAnsweredWithCloseAndTheConnectionEnds() {
        try (ServerFixture server = new ServerFixture().answering()) {
            server.receive("GET / HTTP/1.1\r\nHost: a\r\nConnection: Keep-Alive, CLOSE\r\n\r\n");
            assertThat(server.sent()).isEqualTo("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            assertThat(server.isOpen()).isFalse();
        }
    }

    @Test
    void version10ClosesUnlessAskedToKeepTheConnection() {
        try (ServerFixture server = new ServerFixture().answering()) {
            server.receive("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
            assertThat(server.sent())
                    .isEqualTo("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: keep-alive\r\n\r\n");
            server.receive("GET / HTTP/1.0\r\n\r\n");
            assertThat(server.sent()).isEqualTo("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            assertThat(server.isOpen()).isFalse();
        }
    }

    @Test
    void anIdleConnectionIsClosedAfterItsTimeAndABusyOneIsNot() {
        try (ServerFixture server = new ServerFixture()) {
            server.receive("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            server.pass(Duration.ofHours(2));
            assertThat(server.isOpen()).isTrue();
            server.request().respond(200);
            server.run(); // what is written leaves at the end of the turn, before time passes
            server.pass(Duration.ofMinutes(59));
            assertThat(server.isOpen()).isTrue();
            server.pass(Duration.ofMinutes(2));
            assertThat(server.isOpen()).isFalse();
        }
    }

    @Test
    void theClientsEndCancelsTheRequestInProgress() {
        try (ServerFixture server = new ServerFixture()) {
            server.receive("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            server.channel.close();
            assertThat(server.request().reset).isEqualTo(StreamReset.CANCELLED);
            server.request().respond(200);
            assertThat(server.sent()).isEmpty();
        }
    }
}
