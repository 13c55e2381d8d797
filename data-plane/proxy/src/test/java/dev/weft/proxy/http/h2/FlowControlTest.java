package dev.weft.proxy.http.h2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.http.Headers;
import dev.weft.proxy.model.HttpOptions;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Windows both ways (RFC 9113, section 5.2): end to end, bounded, and no stream at another's cost. */
final class FlowControlTest {
    private static final int STREAM_WINDOW = HttpOptions.DEFAULT.http2().streamWindowBytes();

    private final ServerFixture server = new ServerFixture();

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void creditIsGivenBackAsTheReceiverTakesData() {
        server.greeted().send(Wire.post(1, "/"));
        sendData(1, STREAM_WINDOW / 2 - 1);
        assertThat(server.received()).isEmpty();
        server.send(Wire.data(1, false, 1));
        assertThat(server.received()).containsExactly("WINDOW_UPDATE 1 " + STREAM_WINDOW / 2);
    }

    @Test
    void aPausedReceiverGetsNothingAndGivesNoCredit() {
        server.greeted().send(Wire.post(1, "/"));
        var request = server.accepted.getFirst();
        request.stream.pause();
        sendData(1, STREAM_WINDOW);
        assertThat(request.dataBytes).isZero();
        assertThat(server.received()).isEmpty();
        request.stream.resume();
        assertThat(request.dataBytes).isEqualTo(STREAM_WINDOW);
        assertThat(server.received())
                .containsExactly("WINDOW_UPDATE 1 " + STREAM_WINDOW / 2, "WINDOW_UPDATE 1 " + STREAM_WINDOW / 2);
    }

    @Test
    void dataBeyondTheStreamsWindowEndsTheStream() {
        server.greeted().send(Wire.post(1, "/"));
        server.accepted.getFirst().stream.pause();
        sendData(1, STREAM_WINDOW);
        server.send(Wire.data(1, false, 1));
        assertThat(server.received()).containsExactly("RST_STREAM 1 FLOW_CONTROL_ERROR");
        assertThat(server.accepted.getFirst().lines).endsWith("reset PROTOCOL_ERROR");
    }

    @Test
    void aSlowReceiverCostsOtherStreamsNothing() {
        server.greeted();
        for (int stream = 1; stream < 2 * 80; stream += 2) {
            server.send(Wire.post(stream, "/"));
            server.accepted.getLast().stream.pause();
            sendData(stream, STREAM_WINDOW);
        }
        assertThat(server.received())
                .as("the connection's credit comes back although no receiver took anything")
                .isNotEmpty()
                .allMatch(line -> line.startsWith("WINDOW_UPDATE 0 "));
        server.send(Wire.post(201, "/"), Wire.data(201, true, "quick"));
        assertThat(server.accepted.getLast().lines).endsWith("data \"quick\" end");
    }

    @Test
    void endAndTrailersWaitBehindHeldData() {
        server.greeted().send(Wire.post(1, "/"));
        var request = server.accepted.getFirst();
        request.stream.pause();
        server.send(Wire.data(1, false, "a"), Wire.data(1, false, "b"), Wire.headers(1, true, "t", "1"));
        assertThat(request.lines).hasSize(1);
        request.stream.resume();
        assertThat(request.lines).endsWith("data \"ab\"", "trailers [t=1]");
    }

    @Test
    void anEndWithoutDataWaitsBehindHeldData() {
        server.greeted().send(Wire.post(1, "/"));
        var request = server.accepted.getFirst();
        request.stream.pause();
        server.send(Wire.data(1, false, "a"), Wire.data(1, true, ""));
        request.stream.resume();
        assertThat(request.lines).endsWith("data \"a\" end");
    }

    @Test
    void paddingIsGivenBackToo() {
        server.greeted().send(Wire.post(1, "/"));
        byte[] padded = new byte[256];
        padded[0] = (byte) 255;
        for (int i = 0; i < STREAM_WINDOW / 2 / 256; i++) {
            server.send(Wire.frame(Frames.DATA, Frames.PADDED, 1, padded));
        }
        assertThat(server.received()).containsExactly("WINDOW_UPDATE 1 " + STREAM_WINDOW / 2);
    }

    @Test
    void noMoreIsSentThanTheClientsWindowsAllow() {
        server.greeted().send(Wire.settings(Frames.SETTINGS_INITIAL_WINDOW_SIZE, 10), Wire.get(1, "/"));
        server.received();
        var request = server.accepted.getFirst();
        request.respond(200, false);
        request.data(25, true);
        assertThat(server.received()).containsExactly("HEADERS 1 [:status=200]", data(1, 10, false));
        server.send(Wire.windowUpdate(1, 4));
        assertThat(server.received()).containsExactly(data(1, 4, false));
        server.send(Wire.windowUpdate(1, 100));
        assertThat(server.received()).containsExactly(data(1, 11, true));
    }

    @Test
    void trailersWaitBehindUnsentData() {
        server.greeted().send(Wire.settings(Frames.SETTINGS_INITIAL_WINDOW_SIZE, 1), Wire.get(1, "/"));
        server.received();
        var request = server.accepted.getFirst();
        request.respond(200, false);
        request.data(2, false);
        Headers trailers = new Headers();
        trailers.add("t", "1");
        request.stream.trailers(trailers);
        trailers.clear();
        assertThat(server.received()).containsExactly("HEADERS 1 [:status=200]", data(1, 1, false));
        server.send(Wire.windowUpdate(1, 1));
        assertThat(server.received()).containsExactly(data(1, 1, false), "HEADERS 1 [t=1] end");
    }

    @Test
    void aSmallerInitialWindowCanMakeAWindowNegative() {
        server.greeted().send(Wire.settings(Frames.SETTINGS_INITIAL_WINDOW_SIZE, 20), Wire.get(1, "/"));
        server.received();
        var request = server.accepted.getFirst();
        request.respond(200, false);
        request.data(30, true);
        server.received();
        server.send(Wire.settings(Frames.SETTINGS_INITIAL_WINDOW_SIZE, 5), Wire.windowUpdate(1, 15));
        assertThat(server.received()).containsExactly("SETTINGS ack");
        server.send(Wire.windowUpdate(1, 1));
        assertThat(server.received()).containsExactly(data(1, 1, false));
    }

    @Test
    void theSenderIsAskedToWaitAndToldToGoOn() {
        server.greeted().send(Wire.settings(Frames.SETTINGS_INITIAL_WINDOW_SIZE, 0), Wire.get(1, "/"));
        var request = server.accepted.getFirst();
        request.respond(200, false);
        request.data(64 * 1024, false);
        assertThat(request.stream.isWritable()).isFalse();
        server.send(Wire.windowUpdate(1, 16 * 1024));
        assertThat(request.lines).doesNotContain("writable");
        server.send(Wire.windowUpdate(1, 16 * 1024 + 1));
        assertThat(request.lines).containsOnlyOnce("writable");
        assertThat(request.stream.isWritable()).isTrue();
    }

    @Test
    void streamsTakeTurnsOnTheConnectionsWindow() {
        server.greeted().send(Wire.get(1, "/"), Wire.get(3, "/"));
        for (var request : server.accepted) {
            request.respond(200, false);
            request.data(60_000, false);
        }
        server.received();
        var first = server.accepted.get(0);
        first.data(40_000, false);
        server.send(Wire.windowUpdate(1, 100_000), Wire.windowUpdate(3, 100_000), Wire.windowUpdate(0, 64 * 1024));
        List<String> turns = new ArrayList<>();
        for (String line : server.received()) {
            turns.add(line.substring(0, 6));
        }
        assertThat(turns).as("neither has all of it").contains("DATA 1", "DATA 3");
    }

    @Test
    void dataOfAbandonedStreamsIsReleased() {
        server.greeted().send(Wire.settings(Frames.SETTINGS_INITIAL_WINDOW_SIZE, 0), Wire.post(1, "/"));
        var request = server.accepted.getFirst();
        request.stream.pause();
        server.send(Wire.data(1, false, 5_000));
        request.respond(200, false);
        ByteBuf unsent = Unpooled.buffer().writeZero(100);
        request.stream.data(unsent, true);
        server.send(Wire.reset(1, ErrorCode.CANCEL));
        assertThat(unsent.refCnt()).isZero();
        assertThat(request.lines).endsWith("reset CANCELLED");
    }

    private void sendData(int stream, int bytes) {
        for (int left = bytes; left > 0; left -= 16_384) {
            server.send(Wire.data(stream, false, Math.min(left, 16_384)));
        }
    }

    private static String data(int stream, int bytes, boolean end) {
        return "DATA " + stream + " \"" + "\0".repeat(bytes) + "\"" + (end ? " end" : "");
    }
}
