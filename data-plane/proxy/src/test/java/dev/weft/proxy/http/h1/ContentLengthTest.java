package dev.weft.proxy.http.h1;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies of known length (RFC 9112, section 6.2). */
class ContentLengthTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: +5",
                "Content-Length: -5",
                "Content-Length: 0x5",
                "Content-Length: 5 5",
                "Content-Length: 5, 5",
                "Content-Length: five",
                "Content-Length:",
                "Content-Length: 99999999999999999999",
                "Content-Length: 5\r\nContent-Length: 6",
                "Content-Length: 5\r\nContent-Length: 5",
            })
    void anythingButOneNumberIsRefused(String fields) {
        try (ServerFixture server = new ServerFixture().answering()) {
            server.receive("POST / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n\r\nhello");
            assertThat(server.sent()).startsWith("HTTP/1.1 400 Bad Request\r\n");
            assertThat(server.requests).isEmpty();
        }
    }

    @Test
    void theBodyIsHandedOverAsItComesAndEndsWithItsLastByte() {
        try (ServerFixture server = new ServerFixture()) {
            server.receive("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhel");
            assertThat(server.request().body).hasToString("hel");
            assertThat(server.request().endedByHead).isFalse();
            server.receive("lo");
            assertThat(server.request().ends).isZero();
            server.receive("worldGET /next HTTP/1.1\r\n");
            assertThat(server.request().body).hasToString("helloworld");
            assertThat(server.request().ends).isOne();
            assertThat(server.request().headers).isEqualTo("content-length: 10\n");
        }
    }

    @Test
    void lengthZeroEndsWithTheHead() {
        try (ServerFixture server = new ServerFixture()) {
            server.receive("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
            assertThat(server.request().endedByHead).isTrue();
        }
    }
}
