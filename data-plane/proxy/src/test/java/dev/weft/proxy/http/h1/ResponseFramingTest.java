package dev.weft.proxy.http.h1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.StreamReset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How responses are framed (RFC 9112, section 6). */
class ResponseFramingTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    private static ServerFixture requested(String request) {
        return new ServerFixture().receive(request);
    }

    @Test
    void aKnownLengthIsKept() {
        try (ServerFixture server = requested(GET)) {
            server.request().respondStreaming(200, "content-length", "5");
            server.request().data("he", false);
            server.request().data("llo", true);
            assertThat(server.sent()).isEqualTo("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello");
            assertThat(server.isOpen()).isTrue();
        }
    }

    @Test
    void anUnknownLengthIsChunkedAndTrailersFollow() {
        try (ServerFixture server = requested(GET)) {
            server.request().respondStreaming(200);
            server.request().data("hello, world of sixteen", false);
            server.request().data("", false);
            Headers trailers = new Headers();
            trailers.add("grpc-status", "0");
            trailers.add("content-length", "7");
            server.request().stream.trailers(trailers);
            assertThat(server.sent())
                    .isEqualTo("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
                            + "17\r\nhello, world of sixteen\r\n0\r\ngrpc-status: 0\r\n\r\n");
        }
    }

    @Test
    void theLastChunkAndTheEndLeaveTogether() {
        try (ServerFixture server = requested(GET)) {
            server.request().respondStreaming(200);
            server.request().data("x", true);
            assertThat(server.sent()).endsWith("\r\n\r\n1\r\nx\r\n0\r\n\r\n");
            server.receive(GET);
            server.request().respondStreaming(200);
            server.request().data("", true);
            assertThat(server.sent()).endsWith("transfer-encoding: chunked\r\n\r\n0\r\n\r\n");
        }
    }

    @Test
    void version10GetsNoChunksButTheConnectionsEnd() {
        try (ServerFixture server = requested("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")) {
            server.request().respondStreaming(200);
            server.request().data("hello", true);
            assertThat(server.sent()).isEqualTo("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nhello");
            assertThat(server.isOpen()).isFalse();
        }
    }

    @Test
    void theAnswerToHeadHasTheLengthAndNoBody() {
        try (ServerFixture server = requested("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")) {
            server.request().respondStreaming(200, "content-length", "5");
            server.request().data("hello", true);
            assertThat(server.sent()).isEqualTo("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n");
            assertThat(server.isOpen()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {204, 304})
    void statusesWithoutABodyHaveNone(int status) {
        try (ServerFixture server = requested(GET)) {
            server.request().respondStreaming(status);
            server.request().data("hello", true);
            assertThat(server.sent())
                    .endsWith("\r\n\r\n")
                    .doesNotContain("content-length")
                    .doesNotContain("hello");
        }
    }

    @Test
    void moreThanWasPromisedIsNotSentAndEndsTheConnection() {
        try (ServerFixture server = requested(GET)) {
            server.request().respondStreaming(200, "content-length", "2");
            server.request().data("hello", false);
            assertThat(server.request().reset).isEqualTo(StreamReset.PROTOCOL_ERROR);
            assertThat(server.sent()).isEqualTo("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n");
            assertThat(server.isOpen()).isFalse();
        }
    }

    @Test
    void lessThanWasPromisedEndsTheConnection() {
        try (ServerFixture server = requested(GET)) {
            server.request().respondStreaming(200, "content-length", "9");
            server.request().data("hello", true);
            assertThat(server.isOpen()).isFalse();
        }
    }

    @Test
    void aResetCutsTheResponseShort() {
        try (ServerFixture server = requested(GET)) {
            server.request().respondStreaming(200);
            server.request().data("x", false);
            server.request().stream.reset(StreamReset.PEER_ERROR);
            assertThat(server.sent()).endsWith("1\r\nx\r\n");
            assertThat(server.isOpen()).isFalse();
            assertThat(server.request().reset).isNull();
        }
    }

    @Test
    void aLargeBodyIsNotCopied() {
        try (ServerFixture server = requested(GET)) {
            server.request().respondStreaming(200);
            server.request().data("y".repeat(5000), true);
            assertThat(server.sent())
                    .isEqualTo("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1388\r\n" + "y".repeat(5000)
                            + "\r\n0\r\n\r\n");
        }
    }

    @Test
    void aSmallResponseIsOneWrite() {
        try (ServerFixture server = requested(GET)) {
            server.request().respondStreaming(200, "content-length", "5");
            server.request().data("hello", true);
            server.run();
            assertThat(server.channel.outboundMessages()).hasSize(1);
        }
    }

    @Test
    void headersWithLineBreaksCannotBeMade() {
        assertThatThrownBy(() -> new Headers().add("x", "a\r\nb: c")).isInstanceOf(IllegalArgumentException.class);
    }
}
