package dev.weft.proxy.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.opentest4j.TestAbortedException;

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

    private static Transport openOrSkip(Transport.Kind kind) {
        try {
            return Transport.open(kind, 1);
        } catch (IllegalStateException unavailable) {
            System.err.println("*** SKIPPED: " + unavailable.getMessage());
            throw new TestAbortedException(unavailable.getMessage(), unavailable);
        }
    }

    /** With io_uring Netty takes the buffer for a read where an Error ends the loop. */
    @ParameterizedTest
    @EnumSource
    void aReadThatFindsNoMemoryDoesNotEndTheLoop(Transport.Kind kind) throws Exception {
        CountDownLatch failed = new CountDownLatch(1);
        try (Transport transport = openOrSkip(kind)) {
            Channel listener = new ServerBootstrap()
                    .group(transport.loops())
                    .channel(transport.serverChannel())
                    .childOption(ChannelOption.RECVBUF_ALLOCATOR, new WithoutMemory(failed))
                    .childHandler(new ChannelInboundHandlerAdapter() {
                        @Override
                        public boolean isSharable() {
                            return true;
                        }

                        @Override
                        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
                            context.close();
                        }
                    })
                    .bind("127.0.0.1", 0)
                    .sync()
                    .channel();
            InetSocketAddress address = (InetSocketAddress) listener.localAddress();
            try (Socket client = new Socket(address.getAddress(), address.getPort())) {
                client.getOutputStream().write(1);
                assertThat(failed.await(10, TimeUnit.SECONDS)).isTrue();
                assertThat(transport.loops().submit(() -> "alive").get(10, TimeUnit.SECONDS))
                        .isEqualTo("alive");
                assertThat(transport.loops().isShuttingDown()).isFalse();
            }
        }
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

    private static final class WithoutMemory extends DefaultMaxMessagesRecvByteBufAllocator {
        private final CountDownLatch failed;

        WithoutMemory(CountDownLatch failed) {
            this.failed = failed;
        }

        @Override
        public RecvByteBufAllocator.ExtendedHandle newHandle() {
            return new MaxMessageHandle() {
                @Override
                public ByteBuf allocate(ByteBufAllocator from) {
                    failed.countDown();
                    throw new OutOfMemoryError("test");
                }

                @Override
                public int guess() {
                    return 64;
                }
            };
        }
    }
}
