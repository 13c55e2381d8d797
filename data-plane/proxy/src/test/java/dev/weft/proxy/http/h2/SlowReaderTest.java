package dev.weft.proxy.http.h2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.http.Headers;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

/** A client that opens no window for the end of its response (CVE-2019-9517) holds it for a time, and not for ever. */
final class SlowReaderTest {
    private static ServerFixture withWindow(int bytes) {
        ServerFixture server = new ServerFixture();
        server.send(Unpooled.copiedBuffer(Wire.PREFACE), Wire.settings(Frames.SETTINGS_INITIAL_WINDOW_SIZE, bytes));
        server.received();
        return server;
    }

    @Test
    void anEndedResponseThatIsNotTakenIsGivenUp() {
        try (ServerFixture server = withWindow(0)) {
            server.send(Wire.get(1, "/"), Wire.get(3, "/"));
            server.accepted.getFirst().respond(200, false);
            server.accepted.getFirst().data(10_000, true);
            server.accepted.get(1).respond(200, false);
            server.accepted.get(1).data(10_000, false);
            server.received();
            server.pass(299);
            assertThat(server.received()).isEmpty();
            server.pass(2);
            assertThat(server.received()).containsExactly("RST_STREAM 1 CANCEL");
            assertThat(server.connection.activeStreams())
                    .as("what is not ended has an exchange that watches it")
                    .isOne();
        }
    }

    @Test
    void trailersThatWaitBehindItDoNotSaveIt() {
        try (ServerFixture server = withWindow(0)) {
            server.send(Wire.get(1, "/"));
            server.accepted.getFirst().respond(200, false);
            server.accepted.getFirst().data(10, false);
            server.accepted.getFirst().stream.trailers(new Headers());
            server.received();
            server.pass(301);
            assertThat(server.received()).containsExactly("RST_STREAM 1 CANCEL");
        }
    }

    @Test
    void aSlowOneThatGoesOnIsServed() {
        try (ServerFixture server = withWindow(0)) {
            server.send(Wire.get(1, "/"));
            server.accepted.getFirst().respond(200, false);
            server.accepted.getFirst().data(60_000, true);
            for (int i = 0; i < 3; i++) {
                server.pass(200);
                server.send(Wire.windowUpdate(1, 20_000));
                server.received();
            }
            assertThat(server.connection.activeStreams()).isZero();
            server.pass(400);
            assertThat(server.received()).isEmpty();
        }
    }

    @Test
    void oneThatTakesByteAfterByteIsNot() {
        try (ServerFixture server = withWindow(0)) {
            server.send(Wire.get(1, "/"));
            server.accepted.getFirst().respond(200, false);
            server.accepted.getFirst().data(60_000, true);
            server.received();
            for (int i = 0; i < 29; i++) {
                server.pass(10);
                server.send(Wire.windowUpdate(1, 1));
            }
            server.received();
            server.pass(11);
            assertThat(server.received()).contains("RST_STREAM 1 CANCEL");
        }
    }

    @Test
    void oneThatEndsLaterIsNotJudgedByTheTimeOfTheFirst() {
        try (ServerFixture server = withWindow(0)) {
            server.send(Wire.get(1, "/"), Wire.get(3, "/"));
            server.accepted.getFirst().respond(200, false);
            server.accepted.getFirst().data(10_000, true);
            server.accepted.get(1).respond(200, false);
            server.received();
            server.pass(290);
            server.accepted.get(1).data(10_000, true);
            server.pass(11);
            assertThat(server.received()).containsExactly("RST_STREAM 1 CANCEL");
            server.pass(300);
            assertThat(server.received()).as("its first whole time has begun").isEmpty();
            server.pass(300);
            assertThat(server.received()).containsExactly("RST_STREAM 3 CANCEL");
        }
    }

    @Test
    void aResponseInSingleBytesHoldsNoneOfTheBuffersThatItWasReadInto() {
        try (ServerFixture server = withWindow(0)) {
            server.send(Wire.get(1, "/"));
            var request = server.accepted.getFirst();
            request.respond(200, false);
            ByteBuf read = Unpooled.buffer(10_000).writeZero(10_000);
            while (read.isReadable()) {
                request.stream.data(read.readRetainedSlice(1), false);
            }
            assertThat(read.refCnt()).isLessThan(10);
            server.send(Wire.reset(1, ErrorCode.CANCEL));
            assertThat(read.refCnt()).isOne();
            read.release();
        }
    }
}
