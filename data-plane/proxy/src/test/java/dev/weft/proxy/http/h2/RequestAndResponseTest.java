package dev.weft.proxy.http.h2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.http.StreamReset;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Messages through a server connection, as RFC 9113, section 8.1 lays them out. */
final class RequestAndResponseTest {
    private final ServerFixture server = new ServerFixture();

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void settingsComeFirstAndTheClientsAreAcknowledged() {
        assertThat(server.received())
                .containsExactly("SETTINGS 3=100 4=262144 5=16384 1=4096 6=61440 8=1", "WINDOW_UPDATE 0 16711681");
        server.send(Unpooled.copiedBuffer(Wire.PREFACE), Wire.settings(3, 10));
        assertThat(server.received()).containsExactly("SETTINGS ack");
    }

    @Test
    void aRequestReadByteByByteIsTheSame() {
        ByteBuf all = Unpooled.wrappedBuffer(
                Unpooled.copiedBuffer(Wire.PREFACE), Wire.settings(), Wire.post(1, "/a"), Wire.data(1, true, "hello"));
        while (all.isReadable()) {
            server.send(all.readRetainedSlice(1));
        }
        all.release();
        assertThat(server.accepted).hasSize(1);
        assertThat(server.accepted.getFirst().lines)
                .containsExactly(
                        "POST http://weft.test/a",
                        "data \"h\"",
                        "data \"e\"",
                        "data \"l\"",
                        "data \"l\"",
                        "data \"o\" end");
    }

    @Test
    void anAnswerHasHeadDataAndTrailers() {
        server.greeted().send(Wire.get(1, "/"));
        ServerFixture.Accepted request = server.accepted.getFirst();
        ResponseHead head = new ResponseHead().status(200);
        head.headers().add("content-type", "text/plain");
        request.stream.respond(head, false);
        request.data("hello", false);
        Headers trailers = new Headers();
        trailers.add("grpc-status", "0");
        request.stream.trailers(trailers);
        assertThat(server.received())
                .containsExactly(
                        "HEADERS 1 [:status=200, content-type=text/plain]",
                        "DATA 1 \"hello\"",
                        "HEADERS 1 [grpc-status=0] end");
        assertThat(server.connection.activeStreams()).isZero();
    }

    @Test
    void trailersOfARequestAreHandedOn() {
        server.greeted().send(Wire.post(1, "/"), Wire.data(1, false, "x"), Wire.headers(1, true, "checksum", "1"));
        assertThat(server.accepted.getFirst().lines)
                .containsExactly("POST http://weft.test/", "data \"x\"", "trailers [checksum=1]");
    }

    @Test
    void informationalResponsesPassAndTheFinalOneFollows() {
        server.greeted().send(Wire.post(1, "/"));
        ServerFixture.Accepted request = server.accepted.getFirst();
        request.stream.informational(new ResponseHead().status(100));
        request.stream.informational(new ResponseHead().status(103));
        request.respond(204, true);
        assertThat(server.received())
                .containsExactly(
                        "HEADERS 1 [:status=100]",
                        "HEADERS 1 [:status=103]",
                        "HEADERS 1 [:status=204] end",
                        "RST_STREAM 1 NO_ERROR");
    }

    @Test
    void cookieCrumbsAreJoined() {
        server.greeted()
                .send(Wire.headers(1, true, Wire.request("GET", "/", "cookie", "a=1", "x", "y", "cookie", "b=2")));
        assertThat(server.accepted.getFirst().lines)
                .containsExactly("GET http://weft.test/ [x=y, cookie=a=1; b=2] end");
    }

    @Test
    void anAnswerBeforeTheRequestsEndStopsTheRequest() {
        server.greeted().send(Wire.post(1, "/"));
        server.accepted.getFirst().respond(413, true);
        assertThat(server.received()).containsExactly("HEADERS 1 [:status=413] end", "RST_STREAM 1 NO_ERROR");
        server.send(Wire.data(1, true, "in flight"));
        assertThat(server.received()).as("what was in flight is no fault").isEmpty();
        assertThat(server.accepted.getFirst().lines).hasSize(1);
    }

    @Test
    void aClientsResetReachesTheHandlerAndNothingAfterIt() {
        server.greeted().send(Wire.post(1, "/"), Wire.reset(1, ErrorCode.CANCEL));
        ServerFixture.Accepted request = server.accepted.getFirst();
        assertThat(request.lines).containsExactly("POST http://weft.test/", "reset CANCELLED");
        request.respond(200, false);
        request.data("late", true);
        assertThat(server.received()).isEmpty();
    }

    @Test
    void aResetOfOursIsToldByItsCode() {
        server.greeted().send(Wire.get(1, "/"), Wire.get(3, "/"));
        server.accepted.get(0).stream.reset(StreamReset.REFUSED);
        server.accepted.get(1).stream.reset(StreamReset.TIMED_OUT);
        assertThat(server.received()).containsExactly("RST_STREAM 1 REFUSED_STREAM", "RST_STREAM 3 CANCEL");
    }

    @Test
    void theClientsEndOfConnectionCancelsItsRequests() {
        server.greeted().send(Wire.get(1, "/"));
        server.channel.close();
        server.channel.runPendingTasks();
        assertThat(server.accepted.getFirst().lines).endsWith("reset CANCELLED");
    }

    @Test
    void aHeaderBlockMayComeInManyFrames() {
        byte[] block = Wire.block(Wire.request("GET", "/long"));
        server.greeted();
        server.send(Wire.frame(Frames.HEADERS, Frames.END_STREAM, 1, Arrays.copyOf(block, 5)));
        server.send(Wire.frame(Frames.CONTINUATION, 0, 1, Arrays.copyOfRange(block, 5, 11)));
        assertThat(server.accepted).isEmpty();
        server.send(
                Wire.frame(Frames.CONTINUATION, Frames.END_HEADERS, 1, Arrays.copyOfRange(block, 11, block.length)));
        assertThat(server.accepted.getFirst().lines).containsExactly("GET http://weft.test/long end");
    }

    @Test
    void aHeadLargerThanThePeersFramesIsCut() {
        server.greeted().send(Wire.get(1, "/"));
        ResponseHead head = new ResponseHead().status(200);
        head.headers().add("x-large", "v".repeat(40_000));
        server.accepted.getFirst().stream.respond(head, true);
        assertThat(server.received())
                .containsExactly("HEADERS 1 continued end", "CONTINUATION 1 16384", "CONTINUATION 1 7246");
    }

    @Test
    void paddingIsDropped() {
        server.greeted().send(Wire.post(1, "/"));
        server.send(Wire.frame(
                Frames.DATA, Frames.PADDED | Frames.END_STREAM, 1, (byte) 3, (byte) 'a', (byte) 0, (byte) 0, (byte) 0));
        assertThat(server.accepted.getFirst().lines).containsExactly("POST http://weft.test/", "data \"a\" end");
    }
}
