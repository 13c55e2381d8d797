package dev.weft.proxy.http.h2;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Graceful shutdown (RFC 9113, section 6.8): two GOAWAYs, and every request that was on its way is served. */
final class DrainTest {
    private static final int MAX = Integer.MAX_VALUE;

    private final ServerFixture server = new ServerFixture();

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void whatComesBetweenTheTwoGoAwaysIsServed() {
        server.greeted().send(Wire.get(1, "/"));
        server.connection.drain();
        server.connection.drain();
        String ping = assertFirstGoAway();
        server.send(Wire.get(3, "/in-flight"), Wire.ping(pingOf(ping), true));
        assertThat(server.received()).containsExactly("GOAWAY 3 NO_ERROR");
        server.send(Wire.get(5, "/too-late"));
        assertThat(server.accepted).hasSize(2);
        server.accepted.get(0).respond(200, true);
        assertThat(server.isOpen()).isTrue();
        server.accepted.get(1).respond(200, true);
        assertThat(server.received()).containsExactly("HEADERS 1 [:status=200] end", "HEADERS 3 [:status=200] end");
        assertThat(server.isOpen()).isFalse();
    }

    @Test
    void anIdleConnectionClosesAfterTheRoundTrip() {
        server.greeted();
        server.connection.drain();
        String ping = assertFirstGoAway();
        assertThat(server.isOpen()).isTrue();
        server.send(Wire.ping(pingOf(ping), true));
        assertThat(server.received()).containsExactly("GOAWAY 0 NO_ERROR");
        assertThat(server.isOpen()).isFalse();
    }

    @Test
    void aClientThatDoesNotAnswerThePingIsNotWaitedFor() {
        server.greeted();
        server.connection.drain();
        assertFirstGoAway();
        server.pass(2);
        assertThat(server.received()).containsExactly("GOAWAY 0 NO_ERROR");
        assertThat(server.isOpen()).isFalse();
    }

    @Test
    void anIdleConnectionIsDrainedAfterItsTime() {
        server.greeted().send(Wire.get(1, "/"));
        server.accepted.getFirst().respond(200, true);
        server.received();
        server.pass(3599);
        assertThat(server.received()).isEmpty();
        server.pass(2);
        assertFirstGoAway();
    }

    @Test
    void aBusyConnectionIsNotIdle() {
        server.greeted().send(Wire.get(1, "/"));
        server.pass(3700);
        assertThat(server.received()).isEmpty();
    }

    private String assertFirstGoAway() {
        var frames = server.received();
        assertThat(frames).hasSize(2).first().isEqualTo("GOAWAY " + MAX + " NO_ERROR");
        assertThat(frames.get(1)).matches("PING \\d+");
        return frames.get(1);
    }

    private static long pingOf(String line) {
        return Long.parseLong(line.substring("PING ".length()));
    }
}
