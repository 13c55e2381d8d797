package dev.weft.proxy.http.h1;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** What is written in one turn of the loop leaves in one piece, however often it was flushed: each piece is a segment and its ACK. */
class WritesOfATurnTest {
    @Test
    void aHeadAndItsBodyAreOneWrite() {
        try (ServerFixture server = new ServerFixture().receive("GET / HTTP/1.1\r\nHost: a\r\n\r\n")) {
            server.request().respondStreaming(200, "content-length", "5");
            server.request().stream.flush();
            server.request().data("hello", true);
            server.request().stream.flush();
            server.run();

            assertThat(next(server)).isEqualTo("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello");
            assertThat(server.channel.outboundMessages()).isEmpty();
        }
    }

    @Test
    void whatIsWrittenInTheNextTurnIsNotAwaited() {
        try (ServerFixture server = new ServerFixture().receive("GET / HTTP/1.1\r\nHost: a\r\n\r\n")) {
            server.request().respondStreaming(200, "content-length", "5");
            server.request().stream.flush();
            server.run();

            assertThat(next(server)).isEqualTo("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n");
        }
    }

    private static String next(ServerFixture server) {
        ByteBuf out = server.channel.readOutbound();
        String text = out.toString(StandardCharsets.ISO_8859_1);
        out.release();
        return text;
    }
}
