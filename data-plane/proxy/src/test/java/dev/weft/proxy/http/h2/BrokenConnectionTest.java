package dev.weft.proxy.http.h2;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Frames that RFC 9113 answers by ending the connection: GOAWAY with the right code, nothing handed on, the channel closed. */
final class BrokenConnectionTest {
    private final ServerFixture server = new ServerFixture();

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void aPrefaceThatIsNone() {
        server.received();
        server.send(Unpooled.copiedBuffer("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII)));
        assertEnded("GOAWAY 0 PROTOCOL_ERROR");
    }

    @Test
    void aFirstFrameOtherThanSettings() {
        server.received();
        server.send(Unpooled.copiedBuffer(Wire.PREFACE), Wire.ping(1, false));
        assertEnded("GOAWAY 0 PROTOCOL_ERROR");
    }

    @Test
    void noPrefaceInTime() {
        server.received();
        server.pass(16);
        assertEnded("GOAWAY 0 ENHANCE_YOUR_CALM");
    }

    @Test
    void aFrameLargerThanAllowed() {
        assertBreaks(Wire.frame(Frames.DATA, 0, 1, new byte[16_385]), ErrorCode.FRAME_SIZE_ERROR);
    }

    @Test
    void dataOnStreamZero() {
        assertBreaks(Wire.data(0, false, "x"), ErrorCode.PROTOCOL_ERROR);
    }

    @Test
    void dataOnAnIdleStream() {
        assertBreaks(Wire.data(1, false, "x"), ErrorCode.PROTOCOL_ERROR);
    }

    @Test
    void aResetOfAnIdleStream() {
        assertBreaks(Wire.reset(1, ErrorCode.CANCEL), ErrorCode.PROTOCOL_ERROR);
    }

    @Test
    void aWindowUpdateOfAnIdleStream() {
        assertBreaks(Wire.windowUpdate(1, 1), ErrorCode.PROTOCOL_ERROR);
    }

    @Test
    void anEvenStreamFromAClient() {
        assertBreaks(Wire.get(2, "/"), ErrorCode.PROTOCOL_ERROR);
    }

    @Test
    void aStreamThatWasUsedBefore() {
        server.greeted().send(Wire.get(3, "/"));
        server.accepted.getFirst().respond(200, true);
        server.received();
        server.send(Wire.get(1, "/"));
        assertEnded("GOAWAY 3 STREAM_CLOSED");
    }

    @Test
    void pushPromise() {
        assertBreaks(Wire.frame(Frames.PUSH_PROMISE, 4, 1, new byte[4]), ErrorCode.PROTOCOL_ERROR);
    }

    @Test
    void continuationWithoutHeaders() {
        assertBreaks(Wire.frame(Frames.CONTINUATION, 4, 1), ErrorCode.PROTOCOL_ERROR);
    }

    @Test
    void anotherFrameWithinAHeaderBlock() {
        server.greeted().send(Wire.frame(Frames.HEADERS, 0, 1, Wire.block(Wire.request("GET", "/"))));
        server.send(Wire.ping(1, false));
        assertEnded("GOAWAY 0 PROTOCOL_ERROR");
    }

    @Test
    void paddingLongerThanTheFrame() {
        assertBreaks(
                Wire.frame(Frames.HEADERS, Frames.PADDED | Frames.END_HEADERS, 1, (byte) 9, (byte) 1),
                ErrorCode.PROTOCOL_ERROR);
    }

    @Test
    void aHeaderBlockThatDoesNotDecode() {
        server.greeted().send(Wire.frame(Frames.HEADERS, Frames.END_HEADERS, 1, (byte) 0x80));
        assertEnded("GOAWAY 1 COMPRESSION_ERROR");
    }

    @Test
    void framesOfTheWrongLength() {
        assertBreaks(Wire.frame(Frames.SETTINGS, 0, 0, new byte[5]), ErrorCode.FRAME_SIZE_ERROR);
    }

    @Test
    void aPingOfTheWrongLength() {
        assertBreaks(Wire.frame(Frames.PING, 0, 0, new byte[7]), ErrorCode.FRAME_SIZE_ERROR);
    }

    @Test
    void settingsWithValuesThatAreNone() {
        assertBreaks(Wire.settings(Frames.SETTINGS_ENABLE_PUSH, 2), ErrorCode.PROTOCOL_ERROR);
    }

    @Test
    void anInitialWindowPastItsBound() {
        assertBreaks(
                Wire.settings(Frames.SETTINGS_INITIAL_WINDOW_SIZE, Integer.MIN_VALUE), ErrorCode.FLOW_CONTROL_ERROR);
    }

    @Test
    void aFrameSizeBelowItsBound() {
        assertBreaks(Wire.settings(Frames.SETTINGS_MAX_FRAME_SIZE, 16_383), ErrorCode.PROTOCOL_ERROR);
    }

    @Test
    void aConnectionWindowPastItsBound() {
        assertBreaks(Wire.windowUpdate(0, Integer.MAX_VALUE), ErrorCode.FLOW_CONTROL_ERROR);
    }

    @Test
    void aConnectionWindowUpdateByNothing() {
        assertBreaks(Wire.windowUpdate(0, 0), ErrorCode.PROTOCOL_ERROR);
    }

    @Test
    void whoeverHasAStreamIsTold() {
        server.greeted().send(Wire.get(1, "/"), Wire.data(0, false, "x"));
        assertThat(server.accepted.getFirst().lines).endsWith("reset PROTOCOL_ERROR");
        assertEnded("GOAWAY 1 PROTOCOL_ERROR");
    }

    private void assertBreaks(ByteBuf frame, ErrorCode code) {
        server.greeted().send(frame);
        assertEnded("GOAWAY 0 " + code);
        assertThat(server.accepted).isEmpty();
    }

    private void assertEnded(String goAway) {
        assertThat(server.received()).containsExactly(goAway);
        assertThat(server.isOpen()).isFalse();
    }
}
