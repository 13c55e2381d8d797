package dev.weft.proxy.http.h1;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** {@code Expect: 100-continue} is the origin's to answer (RFC 9110, section 10.1.1), and 1xx are passed on (section 15.2). */
class ExpectContinueTest {
    private static final String HEAD =
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n";

    @Test
    void theExpectationIsPassedOnAndNotAnsweredHere() {
        try (ServerFixture server = new ServerFixture().receive(HEAD)) {
            assertThat(server.request().headers).contains("expect: 100-continue\n");
            assertThat(server.sent()).isEmpty();
        }
    }

    @Test
    void several1xxAreSentBeforeTheResponse() {
        try (ServerFixture server = new ServerFixture().receive(HEAD)) {
            server.request().stream.informational(ServerFixture.head(100));
            server.request().stream.informational(ServerFixture.head(103, "link", "</a>", "content-length", "3"));
            server.receive("ok");
            server.request().respond(200);
            assertThat(server.sent())
                    .isEqualTo("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"
                            + "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
        }
    }

    @Test
    void aFinalAnswerWithoutTheBodyClosesSinceWhatComesNextCannotBeTold() {
        try (ServerFixture server = new ServerFixture().receive(HEAD)) {
            server.request().respond(417);
            assertThat(server.sent()).contains("HTTP/1.1 417 ").contains("connection: close");
        }
    }

    @Test
    void aBodyThatCameUnaskedKeepsTheConnection() {
        try (ServerFixture server = new ServerFixture().receive(HEAD + "ok")) {
            server.request().respond(200);
            assertThat(server.sent()).doesNotContain("connection: close");
        }
    }

    @Test
    void version10GetsNo1xx() {
        try (ServerFixture server = new ServerFixture().receive("GET / HTTP/1.0\r\n\r\n")) {
            server.request().stream.informational(ServerFixture.head(103));
            assertThat(server.sent()).isEmpty();
        }
    }
}
