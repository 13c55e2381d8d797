package dev.weft.proxy.http.h1;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Requests that come before their predecessors are answered wait, in order (RFC 9112, section 9.3.2). */
class PipeliningTest {
    private static String get(int i) {
        return "GET /" + i + " HTTP/1.1\r\nHost: a\r\n\r\n";
    }

    @Test
    void theNextRequestIsSeenOnlyOnceTheOneBeforeIsAnswered() {
        try (ServerFixture server = new ServerFixture()) {
            server.receive(get(1) + get(2) + get(3));
            assertThat(server.requests).extracting(r -> r.path).containsExactly("/1");
            assertThat(server.channel.config().isAutoRead()).isFalse();
            server.request().respond(201);
            assertThat(server.sent()).startsWith("HTTP/1.1 201 ");
            assertThat(server.requests).extracting(r -> r.path).containsExactly("/1", "/2");
            server.request().respond(202);
            server.run();
            server.request().respond(203);
            assertThat(server.sent())
                    .contains("HTTP/1.1 202 ")
                    .endsWith("content-length: 0\r\n\r\n")
                    .contains(" 203 ");
            assertThat(server.channel.config().isAutoRead()).isTrue();
        }
    }

    @Test
    void manyThatAreAnsweredAtOnceDoNotPileUpOnTheStack() {
        try (ServerFixture server = new ServerFixture().answering()) {
            server.receive(
                    IntStream.range(0, 5000).mapToObj(PipeliningTest::get).collect(Collectors.joining()));
            assertThat(server.requests).hasSize(5000);
            assertThat(server.sent()).hasSize(5000 * "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".length());
        }
    }

    @Test
    void aBodyIsNotTakenForTheNextRequest() {
        try (ServerFixture server = new ServerFixture().answering()) {
            server.receive("POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 28\r\n\r\n" + get(9) + get(2));
            assertThat(server.requests).extracting(r -> r.path).containsExactly("/1", "/2");
        }
    }

    @Test
    void nothingBehindARequestThatClosesIsServed() {
        try (ServerFixture server = new ServerFixture().answering()) {
            server.receive("GET /1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" + get(2));
            assertThat(server.requests).hasSize(1);
            server.pass(Duration.ofSeconds(3));
            assertThat(server.isOpen()).isFalse();
        }
    }
}
