package dev.weft.proxy.http.h1;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Field lines (RFC 9112, section 5). */
class HeaderFieldsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "X : b",
                ": b",
                "X\t: b",
                "X",
                "X(Y): b",
                "X\u00e9: b",
                " X: b",
                "X: a\r\n folded",
                "X: a\r\n\tfolded",
                "X\u0000: b",
                "X Y: b",
            })
    void aMalformedFieldIsRefused(String field) {
        try (ServerFixture server = new ServerFixture().answering()) {
            server.receive("GET / HTTP/1.1\r\nHost: a\r\n" + field + "\r\n\r\n");
            assertThat(server.sent()).startsWith("HTTP/1.1 400 Bad Request\r\n");
            assertThat(server.requests).isEmpty();
        }
    }

    @Test
    void namesAreLowerCasedAndValuesAreTrimmedAndOtherwiseKept() {
        try (ServerFixture server = new ServerFixture().answering()) {
            server.receive(
                    "GET / HTTP/1.1\r\nHost: a\r\nX-One:\t a b \t\r\nx-TWO:\u00e9\"\r\nX-Empty:\r\nX-One: c\r\n\r\n");
            assertThat(server.request().headers).isEqualTo("x-one: a b\nx-two: \u00e9\"\nx-empty: \nx-one: c\n");
        }
    }
}
