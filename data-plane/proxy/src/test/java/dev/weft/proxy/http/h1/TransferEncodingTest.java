package dev.weft.proxy.http.h1;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Transfer-Encoding is one {@code chunked}, alone (RFC 9112, section 6.1): the ground on which requests are smuggled. */
class TransferEncodingTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Transfer-Encoding: chunked~Content-Length: 5 | 400",
                "Content-Length: 5~Transfer-Encoding: chunked | 400",
                "Content-Length: 5~Transfer-Encoding: identity | 400",
                "Transfer-Encoding: identity | 501",
                "Transfer-Encoding: gzip, chunked | 501",
                "Transfer-Encoding: chunked, chunked | 501",
                "Transfer-Encoding: chunked~Transfer-Encoding: chunked | 501",
                "Transfer-Encoding: chunked~Transfer-Encoding: identity | 501",
                "Transfer-Encoding: ,chunked | 501",
                "Transfer-Encoding: xchunked | 501",
                "Transfer-Encoding: chunked;q=1 | 501",
                "Transfer-Encoding: | 501",
                "Transfer-Encoding : chunked | 400",
            })
    void anythingElseIsRefused(String fields, int status) {
        try (ServerFixture server = new ServerFixture().answering()) {
            server.receive("POST / HTTP/1.1\r\nHost: a\r\n" + fields.replace("~", "\r\n") + "\r\n\r\n0\r\n\r\n");
            assertThat(server.sent()).startsWith("HTTP/1.1 " + status + " ").contains("connection: close");
            assertThat(server.requests).isEmpty();
        }
    }

    @Test
    void itIsRefusedInVersion10() {
        try (ServerFixture server = new ServerFixture().answering()) {
            server.receive("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
            assertThat(server.sent()).startsWith("HTTP/1.1 400 ");
        }
    }

    @Test
    void theNameOfTheCodingHasNoCase() {
        try (ServerFixture server = new ServerFixture()) {
            server.receive("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n");
            assertThat(server.request().body).hasToString("ok");
            assertThat(server.request().headers).isEmpty();
        }
    }
}
