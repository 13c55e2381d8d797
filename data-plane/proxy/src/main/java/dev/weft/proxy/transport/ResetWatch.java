package dev.weft.proxy.transport;

import dev.weft.proxy.time.Deadline;
import dev.weft.proxy.time.LoopTimer;
import io.netty.channel.Channel;
import io.netty.channel.uring.IoUringSocketChannel;
import io.netty.channel.uring.IoUringTcpInfo;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Notices that a peer has reset a connection that is not read, because it is paused or its input has ended. With epoll the reset
 * wakes such a channel by itself; io_uring tells of it only to a read that is under way. So while this is on, the kernel is asked once
 * a second, which is a system call of a microsecond, and a reset is told through the pipeline as a failed read would tell it.
 *
 * <p>Confined to the channel's event loop. Does nothing for channels of other kinds.
 */
public final class ResetWatch {
    private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** TCP_CLOSE of {@code include/net/tcp_states.h}. */
    private static final int CLOSED = 7;

    private final LoopTimer timer;
    private final @Nullable IoUringSocketChannel channel;
    private @Nullable Look look;

    public ResetWatch(Channel channel, LoopTimer timer) {
        this.timer = timer;
        this.channel = channel instanceof IoUringSocketChannel uring ? uring : null;
    }

    /** Watches from now on. */
    public void begin() {
        IoUringSocketChannel watched = channel;
        if (watched == null) {
            return;
        }
        Look next = look;
        if (next == null) {
            next = new Look(watched);
            look = next;
        }
        if (!next.isArmed()) {
            timer.arm(next, INTERVAL_NANOS);
        }
    }

    /** The channel is read again, or closed. */
    public void end() {
        Look armed = look;
        if (armed != null) {
            timer.cancel(armed);
        }
    }

    /** Made when it is first needed: few connections are ever paused. */
    private final class Look extends Deadline {
        private final IoUringSocketChannel watched;
        private final IoUringTcpInfo info = new IoUringTcpInfo();

        Look(IoUringSocketChannel watched) {
            this.watched = watched;
        }

        @Override
        protected void expired() {
            if (!watched.isActive()) {
                return; // its end is told already, or about to be
            }
            watched.tcpInfo(info);
            if (info.state() == CLOSED) {
                watched.pipeline().fireExceptionCaught(new IOException("reset by the peer while it was not read"));
            } else {
                timer.arm(this, INTERVAL_NANOS);
            }
        }
    }
}
