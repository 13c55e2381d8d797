package dev.weft.proxy.filter.coding;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever is put in is let go of, once both ends are closed. */
class BufferOwnershipTest {
    private static final byte[] TEXT = "0123456789".repeat(1000).getBytes(StandardCharsets.US_ASCII);

    @ParameterizedTest
    @EnumSource
    void whatWasPutInIsReleased(ContentCoding coding) {
        ByteBuf plain = Unpooled.copiedBuffer(TEXT);
        ByteBuf coded;
        try (BodyEncoder encoder = BodyEncoder.of(coding, coding.defaultLevel())) {
            coded = encoder.encode(plain, true);
        }
        assertThat(plain.refCnt()).isZero();

        ByteBuf trailing = coded.copy().writeBytes(new byte[10]);
        for (ByteBuf input : new ByteBuf[] {coded, trailing}) {
            try (BodyDecoder decoder = BodyDecoder.of(coding, UnpooledByteBufAllocator.DEFAULT)) {
                try {
                    decoder.decode(input, true).release();
                } catch (RuntimeException garbageBehind) {
                    assertThat(input).isSameAs(trailing);
                }
            }
            assertThat(input.refCnt()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatIsNotEvenCodedIsReleasedToo(ContentCoding coding) {
        ByteBuf garbage = Unpooled.copiedBuffer(TEXT);
        try (BodyDecoder decoder = BodyDecoder.of(coding, UnpooledByteBufAllocator.DEFAULT)) {
            try {
                decoder.decode(garbage, true).release();
            } catch (RuntimeException expected) {
                assertThat(expected).isNotNull();
            }
        }
        assertThat(garbage.refCnt()).isZero();
    }
}
