package dev.weft.proxy.http.h1;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.http.StreamReset;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Chunked bodies (RFC 9112, section 7.1). */
class ChunkedBodyTest {
    private static final String HEAD = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

    @Test
    void chunksAreHandedOverWithoutTheirFraming() {
        try (ServerFixture server = new ServerFixture()) {
            server.receive(HEAD + "5\r\nhello\r\n00A;x=\"y\"\r\n0123456789\r\n0\r\n\r\n");
            assertThat(server.request().body).hasToString("hello0123456789");
            assertThat(server.request().ends).isOne();
        }
    }

    /** Some senders put white space there; it must be taken (RFC 9112, section 7.1.1). */
    @ParameterizedTest
    @ValueSource(strings = {"5 ;x=y", "5\t ; x = y", "5;", "5;x=\"a;b\"", "5;x=\"\u00e9\"", "005", "5;x;y;z"})
    void extensionsAreTakenAndForgotten(String size) {
        try (ServerFixture server = new ServerFixture()) {
            server.receiveByteByByte(HEAD + size + "\r\nhello\r\n0 ;last\r\n\r\n");
            assertThat(server.request().reset).isNull();
            assertThat(server.request().body).hasToString("hello");
            assertThat(server.request().ends).isOne();
        }
    }

    @Test
    void whiteSpaceBeforeAnExtensionIsBoundedToo() {
        try (ServerFixture server = new ServerFixture()) {
            server.receive(HEAD + "1" + " ".repeat(9000));
            assertThat(server.request().reset).isEqualTo(StreamReset.PROTOCOL_ERROR);
        }
    }

    @Test
    void byteByByteTheyAreTheSame() {
        try (ServerFixture server = new ServerFixture()) {
            server.receiveByteByByte(HEAD + "5\r\nhello\r\n00a;x\r\n0123456789\r\n0\r\nX-Sum: 1\r\n\r\n");
            assertThat(server.request().body).hasToString("hello0123456789");
            assertThat(server.request().trailers).isEqualTo("x-sum: 1\n");
            assertThat(server.request().ends).isOne();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "+5\r\nhello\r\n",
                "-5\r\nhello\r\n",
                "0x5\r\nhello\r\n",
                " 5\r\nhello\r\n",
                "5 \r\nhello\r\n",
                "5 x\r\nhello\r\n",
                "5 6\r\nhello\r\n",
                "5\u000b;x\r\nhello\r\n",
                "5;x\rhello\r\n",
                "5;x\r\rhello\r\n",
                "5\r\nhello0\r\n\r\n",
                "5,\r\nhello\r\n",
                "1_0\r\nhello\r\n",
                "0\r\nX: y\n\r\n",
                "0\r\nX: y\r\n z\r\n\r\n",
                "\r\nhello\r\n",
                "g\r\nhello\r\n",
                "5\nhello\r\n",
                "5\rhello\r\n",
                "5;a\nb\r\nhello\r\n",
                "5;a\u0000\r\nhello\r\n",
                "5\r\nhelloX\r\n",
                "5\r\nhello\n0\r\n\r\n",
                "5\r\nhello\rX",
                "10000000000000005\r\nhello\r\n",
                "ffffffffffffffff\r\nhello\r\n",
                "0\r\nX : y\r\n\r\n",
                "0\r\n\nX",
            })
    void brokenFramingIsAnsweredWith400AndEndsTheConnection(String chunks) {
        try (ServerFixture server = new ServerFixture()) {
            server.receive(HEAD + chunks);
            assertThat(server.request().reset).isEqualTo(StreamReset.PROTOCOL_ERROR);
            assertThat(server.sent()).startsWith("HTTP/1.1 400 ").contains("connection: close");
            server.request().respond(200);
            assertThat(server.sent()).isEmpty();
            server.pass(Duration.ofSeconds(3));
            assertThat(server.isOpen()).isFalse();
        }
    }

    @Test
    void brokenFramingAfterTheResponseBeganCutsItShort() {
        try (ServerFixture server = new ServerFixture()) {
            server.receive(HEAD + "1\r\na\r\n");
            server.request().respondStreaming(200);
            server.sent();
            server.receive("zz\r\n");
            assertThat(server.sent()).isEmpty();
            assertThat(server.isOpen()).isFalse();
        }
    }

    @Test
    void extensionsOfAllChunksTogetherAreBounded() {
        try (ServerFixture server = new ServerFixture()) {
            server.receive(HEAD);
            String chunk = "1;" + "x".repeat(1000) + "\r\na\r\n";
            for (int i = 0; i < 8; i++) {
                server.receive(chunk);
            }
            assertThat(server.request().reset).isNull();
            server.receive(chunk);
            assertThat(server.request().reset).isEqualTo(StreamReset.PROTOCOL_ERROR);
        }
    }

    @Test
    void trailersThatWouldChangeTheMessageAreLeftOut() {
        try (ServerFixture server = new ServerFixture()) {
            server.receive(
                    HEAD
                            + "0\r\nX-Sum: 1\r\nContent-Length: 7\r\nTransfer-Encoding: x\r\nHost: evil\r\nAuthorization: x\r\n\r\n");
            assertThat(server.request().trailers).isEqualTo("x-sum: 1\n");
        }
    }

    @Test
    void trailersBeyondTheLimitAreRefused() {
        try (ServerFixture server = new ServerFixture()) {
            server.receive(HEAD + "0\r\nX: " + "y".repeat(70_000) + "\r\n\r\n");
            assertThat(server.request().reset).isEqualTo(StreamReset.LIMIT);
            assertThat(server.sent()).startsWith("HTTP/1.1 431 ");
        }
    }

    @Test
    void trailersOfOneMessageAreNotThoseOfTheNext() {
        try (ServerFixture server = new ServerFixture()) {
            server.receive(HEAD + "0\r\nX: y\r\n\r\n");
            server.request().respond(200);
            server.receive(HEAD + "0\r\n\r\n");
            assertThat(server.requests).hasSize(2);
            assertThat(server.request().trailers).isEmpty();
            assertThat(server.request().ends).isOne();
        }
    }
}
