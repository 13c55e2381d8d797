package dev.weft.proxy.http.h2;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Peers that make us work for nothing are cut off with ENHANCE_YOUR_CALM, and whatever they began is cancelled. */
final class FloodTest {
    private final ServerFixture server = new ServerFixture();

    @AfterEach
    void close() {
        server.close();
    }

    /** CVE-2023-44487. */
    @Test
    void rapidReset() {
        server.greeted();
        int requests = 0;
        while (server.isOpen() && requests < 10_000) {
            int stream = 2 * requests++ + 1;
            server.send(Wire.get(stream, "/"));
            if (server.isOpen()) {
                server.send(Wire.reset(stream, ErrorCode.CANCEL));
            }
        }
        assertThat(requests).isBetween(FloodGuard.RESET_BURST, FloodGuard.RESET_BURST + 2);
        assertThat(server.accepted).allMatch(request -> request.lines.getLast().startsWith("reset"));
        assertCalmed();
    }

    /** CVE-2025-8671, MadeYouReset: the client makes us reset, by faults of its own. */
    @ParameterizedTest
    @EnumSource(Fault.class)
    void resetsThatAFaultOfTheClientCauses(Fault fault) {
        server.greeted();
        int requests = 0;
        while (server.isOpen() && requests < 10_000) {
            int stream = 2 * requests++ + 1;
            server.send(Wire.post(stream, "/"));
            if (server.isOpen()) {
                server.send(fault.frame.apply(stream));
            }
        }
        assertThat(requests).isLessThan(FloodGuard.RESET_BURST + 3);
        assertThat(server.accepted).allMatch(request -> request.lines.getLast().startsWith("reset"));
        assertCalmed();
    }

    /** What makes a server reset a stream that is open. */
    enum Fault {
        WINDOW_UPDATE_BY_NOTHING(stream -> Wire.windowUpdate(stream, 0)),
        WINDOW_PAST_ITS_BOUND(stream -> Wire.windowUpdate(stream, Integer.MAX_VALUE)),
        SECOND_HEAD(stream -> Wire.headers(stream, false, "x", "y")),
        MALFORMED_TRAILERS(stream -> Wire.headers(stream, true, ":method", "GET")),
        DEPENDENCE_ON_ITSELF(stream -> Wire.frame(
                Frames.HEADERS,
                Frames.WITH_PRIORITY | Frames.END_HEADERS | Frames.END_STREAM,
                stream,
                (byte) (stream >> 24),
                (byte) (stream >> 16),
                (byte) (stream >> 8),
                (byte) stream,
                (byte) 1)),
        DATA_AFTER_THE_END(
                stream -> Unpooled.wrappedBuffer(Wire.data(stream, true, ""), Wire.data(stream, false, "x")));

        private final IntFunction<ByteBuf> frame;

        Fault(IntFunction<ByteBuf> frame) {
            this.frame = frame;
        }
    }

    @Test
    void clientsThatFinishMostOfTheirRequestsMayCancelMany() {
        server.greeted();
        for (int i = 0; i < 2_000; i++) {
            int stream = 4 * i + 1;
            server.send(Wire.get(stream, "/"), Wire.get(stream + 2, "/"));
            server.accepted.removeFirst().respond(200, true);
            server.send(Wire.reset(stream + 2, ErrorCode.CANCEL));
            server.accepted.clear();
            server.received();
        }
        assertThat(server.isOpen()).isTrue();
    }

    @Test
    void timeGivesSomeBack() {
        server.greeted();
        for (int i = 0; i < FloodGuard.CONTROL_BURST + 20 * FloodGuard.CONTROL_PER_SECOND; i++) {
            if (i % FloodGuard.CONTROL_PER_SECOND == 0) {
                server.pass(1);
            }
            server.send(Wire.ping(i, false));
        }
        assertThat(server.isOpen()).isTrue();
    }

    /** CVE-2019-9512. */
    @Test
    void pings() {
        flood(i -> Wire.ping(i, false));
    }

    /** CVE-2019-9515. */
    @Test
    void settings() {
        flood(i -> Wire.settings());
    }

    @Test
    void manySettingsInOneFrame() {
        int[] pairs = new int[2 * 2_000];
        for (int i = 0; i < pairs.length; i += 2) {
            pairs[i] = Frames.SETTINGS_INITIAL_WINDOW_SIZE;
            pairs[i + 1] = i;
        }
        server.greeted().send(Wire.get(1, "/"), Wire.settings(pairs));
        assertCalmed();
    }

    /** CVE-2019-9513. */
    @Test
    void priorities() {
        flood(i -> Wire.frame(Frames.PRIORITY, 0, 1, (byte) 0, (byte) 0, (byte) 0, (byte) 3, (byte) 1));
    }

    @Test
    void unknownFrames() {
        flood(i -> Wire.frame(0xfa, 0, 0));
    }

    /** CVE-2019-9518. */
    @Test
    void emptyData() {
        server.greeted().send(Wire.post(1, "/"));
        floodOn(i -> Wire.data(1, false, ""));
        assertThat(server.accepted.getFirst().lines).hasSize(2).endsWith("reset PROTOCOL_ERROR");
    }

    @Test
    void windowUpdatesOfAByte() {
        server.greeted().send(Wire.get(1, "/"));
        floodOn(i -> Wire.windowUpdate(1, 1));
    }

    @Test
    void windowUpdatesForDataThatWasSentAreNoFlood() {
        server.greeted().send(Wire.get(1, "/"));
        var request = server.accepted.getFirst();
        request.respond(200, false);
        for (int i = 0; i < 3 * FloodGuard.CONTROL_BURST; i++) {
            request.data(10, false);
            server.send(Wire.windowUpdate(1, 10), Wire.windowUpdate(0, 10));
            server.received();
        }
        assertThat(server.isOpen()).isTrue();
    }

    /** What Go's HTTP client sends to a program that reads 4 KiB at a time, after our last frame too. */
    @Test
    void aReaderThatGivesBackEachLittleThatItTookIsNoFlood() {
        server.greeted()
                .send(Wire.settings(Frames.SETTINGS_INITIAL_WINDOW_SIZE, 4 << 20), Wire.windowUpdate(0, 1 << 28));
        server.send(Wire.get(1, "/"));
        var request = server.accepted.getFirst();
        request.respond(200, false);
        for (int sent = 0; sent < 4 << 20; sent += 16 * 1024) {
            request.data(16 * 1024, sent + 16 * 1024 == 4 << 20);
            server.received();
        }
        for (int taken = 0; taken < 4 << 20; taken += 4 * 1024) {
            server.send(Wire.windowUpdate(0, 4 * 1024), Wire.windowUpdate(1, 4 * 1024));
        }
        assertThat(server.isOpen()).isTrue();
    }

    /** CVE-2020-11080. */
    @Test
    void oneFrameOfManySettings() {
        server.greeted().send(Wire.settings(new int[2 * 33]));
        assertCalmed();
    }

    /** CVE-2024-27316. */
    @Test
    void continuationsWithoutEnd() {
        server.greeted().send(Wire.frame(Frames.HEADERS, 0, 1, Wire.block(Wire.request("GET", "/"))));
        int frames = 0;
        while (server.isOpen() && frames < 10_000) {
            server.send(Wire.frame(Frames.CONTINUATION, 0, 1, Wire.block("x", "y")));
            frames++;
        }
        assertThat(frames).isLessThan(20);
        assertCalmed();
    }

    @Test
    void aHeadThatTakesTooLong() {
        server.greeted().send(Wire.frame(Frames.HEADERS, 0, 1, Wire.block(Wire.request("GET", "/"))));
        server.pass(16);
        assertCalmed();
    }

    /** A few bytes that name a large field of the table again and again, as CVE-2026-105297 does. */
    @Test
    void aHeaderBombCostsItsLimitAndNoMore() {
        server.greeted();
        byte[] large = Wire.block(Wire.request("GET", "/"));
        byte[] indexed = new byte[large.length + 4 + 4000 + 15_000];
        System.arraycopy(large, 0, indexed, 0, large.length);
        int at = large.length;
        indexed[at++] = 0x40;
        indexed[at++] = 1;
        indexed[at++] = 'x';
        indexed[at++] = 127;
        int rest = 4000 - 127;
        indexed[at++] = (byte) ((rest & 127) | 128);
        indexed[at++] = (byte) (rest >> 7);
        for (int i = 0; i < 4000; i++) {
            indexed[at++] = 'v';
        }
        while (at < large.length + 4 + 4000 + 12_000) {
            indexed[at++] = (byte) (0x80 | 62);
        }
        byte[] block = Arrays.copyOf(indexed, at);
        server.send(Wire.frame(Frames.HEADERS, Frames.END_HEADERS | Frames.END_STREAM, 1, block));
        assertThat(server.received()).containsExactly(ServerFixture.tooLarge(1));
        assertThat(server.accepted).isEmpty();
    }

    /** Joined they are one field, so their number is no bound. */
    @Test
    void cookieCrumbsWithoutMeasureCostTheirLimitAndNoMore() {
        server.greeted();
        byte[] head = Wire.block(Wire.request("GET", "/", "cookie", "a"));
        byte[] block = Arrays.copyOf(head, head.length + 9 + 12_000);
        byte[] crumb = {0x40, 6, 'c', 'o', 'o', 'k', 'i', 'e', 0};
        System.arraycopy(crumb, 0, block, head.length, crumb.length);
        Arrays.fill(block, head.length + crumb.length, block.length, (byte) (0x80 | 62));
        server.send(Wire.frame(Frames.HEADERS, Frames.END_HEADERS | Frames.END_STREAM, 1, block));
        assertThat(server.received()).containsExactly(ServerFixture.tooLarge(1));
        assertThat(server.accepted).isEmpty();
    }

    @Test
    void streamsPastTheLimitAreRefused() {
        server.greeted();
        for (int i = 0; i < 102; i++) {
            server.send(Wire.get(2 * i + 1, "/"));
        }
        assertThat(server.accepted).hasSize(100);
        assertThat(server.received()).containsExactly("RST_STREAM 201 REFUSED_STREAM", "RST_STREAM 203 REFUSED_STREAM");
    }

    /** Until it has read our SETTINGS a client may open as many as it likes (RFC 9113, section 6.5.2). */
    @Test
    void aClientThatCannotKnowTheLimitYetKeepsItsConnection() {
        server.greeted();
        for (int i = 0; i < 1000; i++) {
            server.send(Wire.get(2 * i + 1, "/"));
        }
        assertThat(server.accepted).hasSize(100);
        assertThat(server.received()).hasSize(900).allMatch(frame -> frame.endsWith(" REFUSED_STREAM"));

        server.send(Wire.settingsAck());
        for (int i = 1000; server.isOpen() && i < 2000; i++) {
            server.send(Wire.get(2 * i + 1, "/"));
        }
        assertCalmed();
    }

    @Test
    void norMayItGoOnForEver() {
        server.greeted();
        int streams = 0;
        while (server.isOpen() && streams < 10_000) {
            server.send(Wire.get(2 * streams++ + 1, "/"));
        }
        assertThat(streams).isEqualTo(100 + FloodGuard.UNKNOWING_REFUSALS + FloodGuard.RESET_BURST + 1);
        assertCalmed();
    }

    @Test
    void aFrameOfAHeadThatTakesTooLong() {
        server.greeted();
        ByteBuf head = Wire.get(1, "/");
        server.send(head.readRetainedSlice(head.readableBytes() - 1));
        server.pass(14);
        assertThat(server.isOpen()).isTrue();
        server.pass(2);
        assertCalmed();
        head.release();
    }

    @Test
    void readsThatEndWithinAFrameAreNoFaultWhereItIsAnotherEachTime() {
        server.greeted();
        ByteBuf frames = Unpooled.buffer();
        for (int i = 0; i < 10; i++) {
            frames.writeBytes(Wire.get(2 * i + 1, "/"));
        }
        int frame = frames.readableBytes() / 10;
        server.send(frames.readRetainedSlice(5));
        for (int i = 0; i < 9; i++) {
            server.send(frames.readRetainedSlice(frame));
            server.pass(10);
        }
        server.send(frames);
        assertThat(server.isOpen()).isTrue();
        assertThat(server.accepted).hasSize(10);
    }

    private void flood(IntFunction<ByteBuf> frame) {
        server.greeted();
        floodOn(frame);
    }

    private void floodOn(IntFunction<ByteBuf> frame) {
        int frames = 0;
        while (server.isOpen() && frames < 10 * FloodGuard.CONTROL_BURST) {
            server.send(frame.apply(frames++));
        }
        assertThat(frames).isBetween(FloodGuard.CONTROL_BURST - 5, FloodGuard.CONTROL_BURST + 5);
        assertCalmed();
    }

    private void assertCalmed() {
        List<String> received = server.received();
        assertThat(received.getLast()).matches("GOAWAY \\d+ ENHANCE_YOUR_CALM");
        assertThat(server.isOpen()).isFalse();
    }
}
