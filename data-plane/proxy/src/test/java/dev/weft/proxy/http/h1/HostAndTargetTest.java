package dev.weft.proxy.http.h1;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.model.HttpOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Host and the four forms of a target (RFC 9112, sections 3.2 and 3.3). */
class HostAndTargetTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET /a?b=c HTTP/1.1~Host: h:80 | h:80 | /a?b=c",
                "GET http://other:81/a HTTP/1.1~Host: h | other:81 | /a",
                "GET HTTP://other HTTP/1.1~Host: h | other | /",
                "GET http://other?q HTTP/1.1~Host: h | other | /?q",
                "GET https://other/ HTTP/1.1~Host: other | other | /",
                "OPTIONS * HTTP/1.1~Host: h | h | *",
                "OPTIONS http://h HTTP/1.1~Host: h | h | *",
                "GET / HTTP/1.0 | 127.0.0.1:1 | /",
                "GET / HTTP/1.0~Host: h | h | /",
                "GET / HTTP/1.1~Host: [::1]:8080 | [::1]:8080 | /",
                "GET / HTTP/1.1~Host: | 127.0.0.1:1 | /",
                "GET //evil/x HTTP/1.1~Host: h | h | //evil/x",
            })
    void authorityAndPathAreFound(String head, String authority, String path) {
        try (ServerFixture server = new ServerFixture().answering()) {
            server.receive(head.replace("~", "\r\n") + "\r\n\r\n");
            assertThat(server.refused).isEmpty();
            assertThat(server.request().authority).isEqualTo(authority);
            assertThat(server.request().path).isEqualTo(path);
            assertThat(server.request().headers).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1",
                "GET / HTTP/1.1~Host: a~Host: a",
                "GET / HTTP/1.0~Host: a~Host: b",
                "GET http://a/ HTTP/1.1",
                "GET http://a/ HTTP/1.1~Host: a~Host: b",
                "GET / HTTP/1.1~Host: a/b",
                "GET / HTTP/1.1~Host: a b",
                "GET / HTTP/1.1~Host: user@a",
                "GET / HTTP/1.1~Host: a,b@c",
                "GET / HTTP/1.1~Host: a:b:80",
                "GET / HTTP/1.1~Host: a:x",
                "GET / HTTP/1.1~Host: :80",
                "GET / HTTP/1.1~Host: [::1",
                "GET / HTTP/1.1~Host: a[b]",
                "GET / HTTP/1.1~Host: a\\b",
                "GET http://user@a/ HTTP/1.1~Host: a",
                "GET http:///x HTTP/1.1~Host: a",
                "GET ftp://a/ HTTP/1.1~Host: a",
                "GET a HTTP/1.1~Host: a",
                "GET a:80 HTTP/1.1~Host: a",
                "GET * HTTP/1.1~Host: a",
                "OPTIONS *x HTTP/1.1~Host: a",
            })
    void whatIsAmbiguousOrMalformedIsRefused(String head) {
        try (ServerFixture server = new ServerFixture().answering()) {
            server.receive(head.replace("~", "\r\n") + "\r\n\r\n");
            assertThat(server.sent()).startsWith("HTTP/1.1 400 ");
            assertThat(server.requests).isEmpty();
        }
    }

    @Test
    void connectIsRefusedUnlessAllowed() {
        try (ServerFixture server = new ServerFixture().answering()) {
            server.receive("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(server.sent()).startsWith("HTTP/1.1 405 ");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "CONNECT a HTTP/1.1",
                "CONNECT /x HTTP/1.1",
                "CONNECT http://a:1/ HTTP/1.1",
                "CONNECT :80 HTTP/1.1"
            })
    void connectNeedsHostAndPort(String line) {
        try (ServerFixture server =
                new ServerFixture(HttpOptions.builder().allowConnect(true).build()).answering()) {
            server.receive(line + "\r\nHost: a\r\n\r\n");
            assertThat(server.sent()).startsWith("HTTP/1.1 400 ");
        }
    }
}
