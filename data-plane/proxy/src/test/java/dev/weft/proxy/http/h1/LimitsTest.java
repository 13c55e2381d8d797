package dev.weft.proxy.http.h1;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Heads are bounded in size, number of fields and time. */
class LimitsTest {
    @Test
    void aLongRequestLineIsRefusedWith414BeforeItsEnd() {
        try (ServerFixture server = new ServerFixture()) {
            server.receive("GET /" + "x".repeat(8300));
            assertThat(server.sent()).startsWith("HTTP/1.1 414 ").contains("connection: close");
        }
    }

    @Test
    void aRequestLineAtTheLimitIsServed() {
        try (ServerFixture server = new ServerFixture().answering()) {
            server.receive("GET /" + "x".repeat(8192 - 14) + " HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(server.sent()).startsWith("HTTP/1.1 200 ");
        }
    }

    @Test
    void largeFieldsAreRefusedWith431BeforeTheirEnd() {
        try (ServerFixture server = new ServerFixture()) {
            server.receive("GET / HTTP/1.1\r\nHost: a\r\nX: " + "x".repeat(62_000));
            assertThat(server.sent()).startsWith("HTTP/1.1 431 ");
        }
    }

    @Test
    void manyLargeFieldsAreServedUpToTheLimit() {
        try (ServerFixture server = new ServerFixture().answering()) {
            server.receive("GET / HTTP/1.1\r\nHost: a\r\n" + ("X: " + "x".repeat(1000) + "\r\n").repeat(50) + "\r\n");
            assertThat(server.sent()).startsWith("HTTP/1.1 200 ");
            assertThat(server.request().headers).hasSize(50 * (3 + 1000 + 1));
        }
    }

    @Test
    void moreThanAHundredFieldsAreRefusedWith431() {
        try (ServerFixture server = new ServerFixture().answering()) {
            server.receive("GET / HTTP/1.1\r\nHost: a\r\n" + "X: y\r\n".repeat(99) + "\r\n");
            assertThat(server.sent()).startsWith("HTTP/1.1 200 ");
            server.receive("GET / HTTP/1.1\r\nHost: a\r\n" + "X: y\r\n".repeat(100) + "\r\n");
            assertThat(server.sent()).startsWith("HTTP/1.1 431 ");
        }
    }

    @Test
    void aHeadThatTricklesInIsRefusedWith408AtItsDeadline() {
        try (ServerFixture server = new ServerFixture()) {
            server.receive("GET / HTTP/1.1\r\n");
            for (int i = 0; i < 14; i++) {
                server.pass(Duration.ofSeconds(1));
                server.receive("X: y\r\n");
            }
            assertThat(server.sent()).isEmpty();
            server.pass(Duration.ofSeconds(2));
            assertThat(server.sent()).startsWith("HTTP/1.1 408 ");
            server.pass(Duration.ofSeconds(3));
            assertThat(server.isOpen()).isFalse();
            assertThat(server.refused).containsExactly("408 request head took too long");
        }
    }

    @Test
    void aConnectionHoldsNoBufferWhileItWaitsForTheRestOfAHead() {
        try (ServerFixture server = new ServerFixture()) {
            server.receive("GET / HTTP/1.1\r\nHost: a\r\nX: ");
            assertThat(server.channel.config().isAutoRead()).isTrue();
        }
    }
}
