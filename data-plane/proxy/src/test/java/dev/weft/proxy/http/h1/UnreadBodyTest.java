package dev.weft.proxy.http.h1;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A request body that nobody wants is drained within bounds, else the connection ends (RFC 9112, section 9.3). */
class UnreadBodyTest {
    @Test
    void aSmallRestIsReadAndTheConnectionServesOn() {
        try (ServerFixture server = new ServerFixture().answering()) {
            server.receive("POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhel");
            assertThat(server.sent()).isEqualTo("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
            server.receive("lo12345GET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(server.requests).extracting(r -> r.path).containsExactly("/1", "/2");
            assertThat(server.requests.getFirst().body).isEmpty();
        }
    }

    @Test
    void aRestTooLargeIsAnnouncedAsTheEnd() {
        try (ServerFixture server = new ServerFixture().answering()) {
            server.receive("POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\nhel");
            assertThat(server.sent()).contains("connection: close");
            server.receive("x".repeat(2_000_000));
            assertThat(server.isOpen())
                    .as("so that a reset does not overtake the answer")
                    .isTrue();
            server.pass(Duration.ofMillis(1100));
            assertThat(server.isOpen()).isFalse();
        }
    }

    @Test
    void chunksWithoutEndAreNotReadForever() {
        try (ServerFixture server = new ServerFixture().answering()) {
            server.receive("POST /1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
            for (int i = 0; i < 30 && server.isOpen(); i++) {
                server.receive("10000\r\n" + "x".repeat(65536) + "\r\n");
            }
            server.pass(Duration.ofSeconds(3));
            assertThat(server.isOpen()).isFalse();
        }
    }

    @Test
    void aRestThatDoesNotComeEndsTheConnection() {
        try (ServerFixture server = new ServerFixture().answering()) {
            server.receive("POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhel");
            server.pass(Duration.ofSeconds(16));
            assertThat(server.isOpen()).isFalse();
        }
    }

    @Test
    void brokenChunksInTheRestEndTheConnectionWithoutASecondResponse() {
        try (ServerFixture server = new ServerFixture().answering()) {
            server.receive("POST /1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
            server.sent();
            server.receive("zz\r\n");
            assertThat(server.sent()).isEmpty();
            server.pass(Duration.ofSeconds(3));
            assertThat(server.isOpen()).isFalse();
        }
    }
}
