package dev.weft.proxy.http.h1;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.http.StreamReset;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A client may end its side with its last request and still wants the answer; one that is gone looks the same for a while. */
class HalfCloseTest {
    private static final String GET = "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final String POST = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n";

    private static ServerFixture ended(String bytes) {
        return end(new ServerFixture().receive(bytes));
    }

    private static ServerFixture end(ServerFixture server) {
        server.channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        server.run();
        return server;
    }

    @Test
    void behindARequestWaitsForItsAnswerWhichIsTheLast() {
        try (ServerFixture server = ended(GET)) {
            assertThat(server.request().reset).isNull();
            server.request().respondStreaming(200, "content-length", "2");
            server.request().data("ok", true);
            assertThat(server.sent()).isEqualTo("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok");
            assertThat(server.isOpen()).isFalse();
        }
    }

    @Test
    void behindPipelinedRequestsWaitsForAllOfThem() {
        try (ServerFixture server = ended(GET + GET.replace("/1 ", "/2 "))) {
            server.request().respond(200);
            assertThat(server.sent()).isEqualTo("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
            assertThat(server.request().path).isEqualTo("/2");
            server.request().respond(200);
            assertThat(server.sent()).contains("connection: close");
            assertThat(server.isOpen()).isFalse();
        }
    }

    @Test
    void behindABodyThatIsHeldBackIsSeenOnceItIsTaken() {
        try (ServerFixture server = new ServerFixture().onRequest(request -> request.stream.pause())) {
            end(server.receive(POST + "body"));
            assertThat(server.isOpen()).isTrue();
            server.request().stream.resume();
            assertThat(server.request().body).hasToString("body");
            server.request().respond(200);
            assertThat(server.sent()).startsWith("HTTP/1.1 200 ");
            assertThat(server.isOpen()).isFalse();
        }
    }

    @Test
    void inTheMiddleOfABodyIsTheEndOfTheRequest() {
        try (ServerFixture server = ended(POST + "bo")) {
            assertThat(server.isOpen()).isFalse();
            assertThat(server.request().reset).isEqualTo(StreamReset.CANCELLED);
        }
    }

    @Test
    void inTheMiddleOfAHeadAndBetweenRequestsIsTheEnd() {
        try (ServerFixture server = ended("GET / HTTP/1.1\r\n")) {
            assertThat(server.requests).isEmpty();
            assertThat(server.isOpen()).isFalse();
        }
        try (ServerFixture server = ended("")) {
            assertThat(server.isOpen()).isFalse();
        }
    }

    @Test
    void afterAResponseThatIsNotTakenYetLosesNothingOfIt() {
        try (ServerFixture server = new ServerFixture().answering()) {
            server.stopTaking();
            end(server.receive(GET));
            assertThat(server.isOpen()).isTrue();
            server.takeAgain();
            assertThat(server.sent()).startsWith("HTTP/1.1 200 OK");
            assertThat(server.isOpen()).isFalse();
        }
    }

    @Test
    void inTheMiddleOfABodyThatNobodyWantsLosesNothingOfTheResponse() {
        try (ServerFixture server = new ServerFixture().answering()) {
            server.stopTaking();
            end(server.receive(POST + "bo"));
            assertThat(server.isOpen()).isTrue();
            server.takeAgain();
            assertThat(server.sent()).startsWith("HTTP/1.1 200 OK");
            assertThat(server.isOpen()).isFalse();
        }
    }

    @Test
    void ofWhomNobodyAnswersIsTakenForAnEndAfterAWhile() {
        try (ServerFixture server = ended(GET)) {
            server.pass(Duration.ofSeconds(2));
            assertThat(server.isOpen()).isTrue();
            server.pass(Duration.ofSeconds(2));
            assertThat(server.isOpen()).isFalse();
            assertThat(server.request().reset).isEqualTo(StreamReset.CANCELLED);
        }
    }

    @Test
    void mayWaitLongerForTheRestOfAnAnswerThatHasBegun() {
        try (ServerFixture server = ended(GET)) {
            server.request().respondStreaming(200);
            server.pass(Duration.ofSeconds(20));
            server.request().data("late", true);
            assertThat(server.sent()).endsWith("4\r\nlate\r\n0\r\n\r\n");
            assertThat(server.isOpen()).isFalse();
        }
    }

    @Test
    void beforeAnUpgradeIsTheEndOfTheTunnelsOneDirection() {
        try (ServerFixture server =
                ended("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nall")) {
            server.request().respondStreaming(101);
            server.run();
            assertThat(server.request().body).hasToString("all");
            assertThat(server.request().ends).isOne();
            server.request().data("down", true);
            assertThat(server.sent()).endsWith("down");
            assertThat(server.isOpen()).isFalse();
        }
    }
}
