package dev.weft.proxy.http.h1;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** A slow reader stops its writer: what cannot be taken is not read. */
class BackPressureTest {
    @Test
    void aPausedBodyIsHeldBackAndReadingStops() {
        try (ServerFixture server = new ServerFixture()) {
            server.receive("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhel");
            server.request().stream.pause();
            assertThat(server.channel.config().isAutoRead()).isTrue();
            server.receive("lo");
            assertThat(server.request().body).hasToString("hel");
            assertThat(server.channel.config().isAutoRead()).isFalse();
            server.request().stream.resume();
            assertThat(server.request().body).hasToString("hello");
            assertThat(server.channel.config().isAutoRead()).isTrue();
            server.receive("world");
            assertThat(server.request().ends).isOne();
        }
    }

    @Test
    void aPauseDoesNotOutliveItsRequest() {
        try (ServerFixture server = new ServerFixture()) {
            server.receive("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nok");
            server.request().stream.pause();
            server.receive("ok");
            server.request().respond(200);
            server.run();
            server.receive("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok");
            assertThat(server.requests).hasSize(2);
            assertThat(server.request().body).hasToString("ok");
        }
    }

    @Test
    void whoWroteTooMuchIsToldWhenItMayGoOn() {
        try (ServerFixture server = new ServerFixture()) {
            server.receive("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            server.channel.unsafe().outboundBuffer().setUserDefinedWritability(1, false);
            assertThat(server.request().stream.isWritable()).isFalse();
            server.channel.unsafe().outboundBuffer().setUserDefinedWritability(1, true);
            server.run();
            assertThat(server.request().writables).isPositive();
        }
    }
}
