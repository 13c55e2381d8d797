package dev.weft.proxy.http.h1;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Fields about the connection stay on it (RFC 9110, section 7.6.1). */
class HopByHopTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Connection: keep-alive | ''",
                "Keep-Alive: timeout=5 | ''",
                "Proxy-Connection: close | ''",
                "Upgrade: h2c~HTTP2-Settings: x~Connection: Upgrade, HTTP2-Settings | ''",
                "Upgrade: websocket | ''",
                "Upgrade: H2C~Connection: Upgrade | ''",
                "TE: gzip | ''",
                "TE: trailers | te: trailers",
                "TE: gzip;q=0.5, Trailers | te: trailers",
                "X-Hop: 1~Connection: x-hop~X-End: 2 | x-end: 2",
                "X-Hop: 1~Connection: close~Connection: X-HOP , x-other | ''",
                "Connection: close, Host | ''",
                "Connection: content-type, x-forwarded-for, cookie~Content-Type: t~X-Forwarded-For: 1~Cookie: c |"
                        + " content-type: t~x-forwarded-for: 1~cookie: c",
            })
    void theyAreTakenOutAndWhatIsEndToEndStays(String fields, String kept) {
        try (ServerFixture server = new ServerFixture().answering()) {
            server.receive("GET / HTTP/1.1\r\nHost: a\r\n" + fields.replace("~", "\r\n") + "\r\n\r\n");
            assertThat(server.refused).isEmpty();
            assertThat(server.request().headers.strip()).isEqualTo(kept.replace("~", "\n"));
            assertThat(server.request().authority).isEqualTo("a");
        }
    }

    @Test
    void contentLengthCannotBeTakenAway() {
        try (ServerFixture server = new ServerFixture()) {
            server.receive("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: Content-Length\r\n\r\nok");
            assertThat(server.request().headers).isEqualTo("content-length: 2\n");
            assertThat(server.request().body).hasToString("ok");
        }
    }

    @Test
    void whatTheResponseHoldsOfThemIsNotSent() {
        try (ServerFixture server = new ServerFixture()) {
            server.receive("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            server.request()
                    .respond(
                            200,
                            "connection",
                            "close",
                            "keep-alive",
                            "x",
                            "transfer-encoding",
                            "chunked",
                            "upgrade",
                            "x",
                            "proxy-connection",
                            "x",
                            "proxy-authenticate",
                            "Basic",
                            "x",
                            "y");
            assertThat(server.sent()).isEqualTo("HTTP/1.1 200 OK\r\nx: y\r\ncontent-length: 0\r\n\r\n");
        }
    }
}
