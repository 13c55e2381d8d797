package dev.weft.proxy.http.h1;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Only CRLF ends a line, and no control character hides in one (RFC 9112, sections 2.2 and 5). */
class LineEndsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1\nHost: a\r\n\r\n",
                "GET / HTTP/1.1\rHost: a\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\n\n",
                "GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\n\rX",
                "GET / HTTP/1.1\r\nHost: a\r\n\n",
                "GET / HTTP/1.1\r\nHost: a\r\nX: a\u0000b\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nX: a\u0001b\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nX: a\u007fb\r\n\r\n",
                "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
            })
    void anythingElseIsRefused(String head) {
        try (ServerFixture server = new ServerFixture().answering()) {
            server.receive(head);
            assertThat(server.sent()).startsWith("HTTP/1.1 400 Bad Request\r\n");
            assertThat(server.requests).isEmpty();
        }
    }
}
