package dev.weft.proxy.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TransportTest {
    @AfterEach
    void forget() {
        System.clearProperty(Transport.PROPERTY);
    }

    @Test
    void thePropertyForcesAKind() {
        System.setProperty(Transport.PROPERTY, "nio");
        try (Transport transport = Transport.open(1)) {
            assertThat(transport.kind()).isEqualTo(Transport.Kind.NIO);
            assertThat(transport).hasToString("nio");
        }
    }

    @Test
    void aKindThatDoesNotExistIsRefused() {
        System.setProperty(Transport.PROPERTY, "kqueue");
        assertThatThrownBy(() -> Transport.open(1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("dev.weft.transport: kqueue (expected: io_uring, epoll or nio)");
    }

    @Test
    void withoutItTheBestThatWorksIsTaken() {
        try (Transport transport = Transport.open(1)) {
            assertThat(transport.loops().isShuttingDown()).isFalse();
            assertThat(transport.kind()).isNotNull();
        }
    }

    @Test
    void closeEndsTheLoops() {
        Transport transport = Transport.open(Transport.Kind.NIO, 1);
        transport.close();
        assertThat(transport.loops().isTerminated()).isTrue();
    }

    @Test
    void noReadAsksForMoreThanABufferThatIsPooledHoweverMuchComes() {
        RecvByteBufAllocator.ExtendedHandle reads = (RecvByteBufAllocator.ExtendedHandle) Transport.READS.newHandle();
        EmbeddedChannel channel = new EmbeddedChannel();
        for (int i = 0; i < 20; i++) {
            reads.reset(channel.config());
            int asked = reads.guess();
            assertThat(asked).isLessThanOrEqualTo(Transport.MAX_READ_BYTES);
            reads.attemptedBytesRead(asked);
            reads.lastBytesRead(asked);
            reads.readComplete();
        }
        assertThat(reads.guess()).isEqualTo(Transport.MAX_READ_BYTES);
        channel.finishAndReleaseAll();
    }
}
