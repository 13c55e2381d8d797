package dev.weft.proxy.http.h1;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client that does not take the end of its response holds a connection for a time, and not for ever. */
class SlowReaderTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    @ParameterizedTest
    @ValueSource(
            strings = {
                GET,
                "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
                "GET / HTTP/1.0\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" + GET,
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\nConnection: close\r\n\r\nx",
            })
    void itsConnectionIsClosedAfterTheStreamIdleTimeout(String request) {
        try (ServerFixture server = new ServerFixture()) {
            server.stopTaking();
            server.receive(request);
            server.request().respondStreaming(200, "content-length", "5");
            server.request().data("hello", true);
            server.pass(Duration.ofMinutes(4));
            assertThat(server.isOpen()).isTrue();
            server.pass(Duration.ofSeconds(62));
            assertThat(server.isOpen()).isFalse();
        }
    }

    @Test
    void aConnectionWhoseResponseWasTakenMayStayIdleForLonger() {
        try (ServerFixture server = new ServerFixture().answering()) {
            server.receive(GET);
            server.sent();
            server.pass(Duration.ofMinutes(6));
            assertThat(server.isOpen()).isTrue();
            server.pass(Duration.ofMinutes(55));
            assertThat(server.isOpen()).isFalse();
        }
    }

    @Test
    void whatIsTakenLateIsNotCutOff() {
        try (ServerFixture server = new ServerFixture()) {
            server.stopTaking();
            server.receive("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" + GET);
            server.request().respondStreaming(200, "content-length", "5");
            server.request().data("hello", true);
            server.pass(Duration.ofSeconds(30));
            assertThat(server.isOpen()).isTrue();
            server.takeAgain();
            assertThat(server.sent()).endsWith("hello");
            server.pass(Duration.ofSeconds(3));
            assertThat(server.isOpen()).isFalse();
        }
    }
}
