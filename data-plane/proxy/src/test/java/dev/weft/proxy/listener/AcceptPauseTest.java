package dev.weft.proxy.listener;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.transport.Transport;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.uring.IoUring;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class AcceptPauseTest {
    private final EmbeddedChannel socket = new EmbeddedChannel(new AcceptPause(() -> "web"));

    @Test
    void waitsAfterAFailureAndThenAcceptsAgain() {
        socket.freezeTime();
        socket.pipeline().fireExceptionCaught(new IOException("Too many open files"));
        assertThat(socket.config().isAutoRead()).isFalse();

        socket.pipeline().fireExceptionCaught(new IOException("Too many open files"));
        socket.advanceTimeBy(AcceptPause.PAUSE_MILLIS, TimeUnit.MILLISECONDS);
        socket.runScheduledPendingTasks();

        assertThat(socket.config().isAutoRead()).isTrue();
        socket.checkException();
    }

    /** Such an accept would be tried again at once, whatever this handler says. */
    @Test
    void noMultishotAcceptIsUsed() {
        try (Transport transport = Transport.open(1)) {
            assertThat(transport.kind() == Transport.Kind.IO_URING && IoUring.isAcceptMultishotEnabled())
                    .isFalse();
        }
    }
}
