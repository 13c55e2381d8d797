package dev.weft.proxy.http.h1;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The request line (RFC 9112, section 3): one space, known version, nothing else. */
class RequestLineTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET  / HTTP/1.1",
                "GET /  HTTP/1.1",
                " GET / HTTP/1.1",
                "GET\t/ HTTP/1.1",
                "GET /",
                "GET HTTP/1.1",
                "GET / HTTP/1.1 ",
                "GET / http/1.1",
                "GET / HTTP/1",
                "GET / HTTP/1.1.1",
                "GET / HTTP/x.1",
                "GET / HTTPS/1.1",
                "G(T / HTTP/1.1",
                "GET /a b HTTP/1.1",
                "GET /a#b HTTP/1.1",
                "GET /\u00e9 HTTP/1.1",
                "GET /\u0000 HTTP/1.1",
                "GET /\u007f HTTP/1.1",
            })
    void aMalformedLineIsRefused(String line) {
        try (ServerFixture server = new ServerFixture().answering()) {
            server.receive(line + "\r\nHost: a\r\n\r\n");
            assertThat(server.sent()).startsWith("HTTP/1.1 400 Bad Request\r\n").contains("connection: close\r\n");
            assertThat(server.requests).isEmpty();
            assertThat(server.refused).hasSize(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/2.0", "HTTP/0.9", "HTTP/3.0"})
    void anotherMajorVersionIsNotSupported(String version) {
        try (ServerFixture server = new ServerFixture().answering()) {
            server.receive("GET / " + version + "\r\nHost: a\r\n\r\n");
            assertThat(server.sent()).startsWith("HTTP/1.1 505 ");
        }
    }

    @Test
    void theReasonIsGivenInWordsAndTheConnectionEnds() {
        try (ServerFixture server = new ServerFixture()) {
            server.receive("GET /\r\n\r\n");
            assertThat(server.sent())
                    .isEqualTo("HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\ncontent-length: 23\r\n"
                            + "connection: close\r\n\r\nmalformed request line\n");
            server.pass(Duration.ofSeconds(3));
            assertThat(server.isOpen()).isFalse();
        }
    }

    @Test
    void emptyLinesBeforeARequestAreIgnored() {
        try (ServerFixture server = new ServerFixture().answering()) {
            server.receive("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(server.sent()).startsWith("HTTP/1.1 200 ");
        }
    }

    @Test
    void anUnknownMethodIsPassedOnAsItIs() {
        try (ServerFixture server = new ServerFixture().answering()) {
            server.receive("PURGE-it /x HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(server.request().method).isEqualTo("PURGE-it");
        }
    }
}
