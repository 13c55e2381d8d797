package dev.weft.proxy.listener;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.http.Protocol;
import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.time.LoopTimer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One plaintext port speaks both versions: the first byte that is not the preface's decides. */
class ProtocolDetectionTest {
    private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

    private final MockTicker ticker = Ticker.newMockTicker();
    private final EmbeddedChannel channel =
            EmbeddedChannel.builder().ticker(ticker).build();
    private final StringBuilder passed = new StringBuilder();
    private @Nullable Protocol detected;

    ProtocolDetectionTest() {
        channel.pipeline()
                .addLast(new ProtocolDetector(HttpOptions.DEFAULT, new LoopTimer(channel.eventLoop()), protocol -> {
                    detected = protocol;
                    return new Collector();
                }));
    }

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    private void receive(String bytes) {
        channel.writeInbound(Unpooled.copiedBuffer(bytes, StandardCharsets.ISO_8859_1));
    }

    @Test
    void thePrefaceAtOnceIsHttp2AndAllBytesArePassedOn() {
        receive(PREFACE + "frames");
        assertThat(detected).isEqualTo(Protocol.HTTP_2);
        assertThat(passed).hasToString(PREFACE + "frames");
    }

    @Test
    void thePrefaceByteByByteIsHttp2OnlyAtItsLastByte() {
        for (int i = 0; i < PREFACE.length(); i++) {
            assertThat(detected).isNull();
            receive(PREFACE.substring(i, i + 1));
        }
        assertThat(detected).isEqualTo(Protocol.HTTP_2);
        assertThat(passed).hasToString(PREFACE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"G", "PO", "PU", "PRI * HTTP/1", "PRI * HTTP/2.0\r\n\r\nSM\r\nX", "\r", "PRIX"})
    void anythingElseIsHttp1AtTheFirstByteThatDiffers(String bytes) {
        for (int i = 0; i < bytes.length(); i++) {
            assertThat(detected).isNull();
            receive(bytes.substring(i, i + 1));
        }
        assertThat(detected).isEqualTo(Protocol.HTTP_1_1);
        assertThat(passed).hasToString(bytes);
    }

    @Test
    void halfAPrefaceIsNotWaitedForLongerThanForAHead() {
        receive("PRI");
        ticker.advance(16, TimeUnit.SECONDS);
        channel.runPendingTasks();
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void aConnectionThatSendsNothingIsClosedOnceItsIdleTimeHasPassed() {
        ticker.advance(59, TimeUnit.MINUTES);
        channel.runPendingTasks();
        assertThat(channel.isOpen()).isTrue();
        ticker.advance(2, TimeUnit.MINUTES);
        channel.runPendingTasks();
        assertThat(channel.isOpen()).isFalse();
    }

    private final class Collector extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ByteBuf bytes = (ByteBuf) message;
            passed.append(bytes.toString(StandardCharsets.ISO_8859_1));
            bytes.release();
        }
    }
}
