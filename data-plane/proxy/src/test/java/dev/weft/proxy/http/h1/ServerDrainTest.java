package dev.weft.proxy.http.h1;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ServerDrainTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    @Test
    void theResponseInProgressSaysCloseAndIsTheLast() {
        try (ServerFixture server = new ServerFixture().receive(GET)) {
            server.connection.drain();
            assertThat(server.connection.activeStreams()).isEqualTo(1);
            server.request().respond(200);
            assertThat(server.sent()).contains("connection: close");
            server.receive(GET);
            assertThat(server.sent())
                    .as("what it sends before it knows is not served")
                    .isEmpty();
            server.pass(Duration.ofMillis(1100));
            assertThat(server.isOpen()).isFalse();
        }
    }

    @Test
    void aRequestThatWasOnItsWayToAnIdleConnectionIsServed() {
        try (ServerFixture server = new ServerFixture().answering()) {
            server.connection.drain();
            server.pass(Duration.ofMillis(200));
            server.receive(GET);
            assertThat(server.sent()).startsWith("HTTP/1.1 200 ").contains("connection: close");
        }
    }

    @Test
    void anIdleConnectionIsClosedAfterAQuietTime() {
        try (ServerFixture server = new ServerFixture().answering()) {
            server.connection.drain();
            assertThat(server.isOpen()).isTrue();
            server.pass(Duration.ofMillis(600));
            assertThat(server.isOpen()).isFalse();
        }
    }
}
