package dev.weft.proxy.http.h1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.handler.codec.ByteToMessageDecoder;
import org.jspecify.annotations.Nullable;

/**
 * The reading end of a connection: what was received and cannot be used yet (a pipelined request, a paused body) stays in one buffer,
 * and reading stops while it is there. A peer that sends more than is taken fills its own socket, not our memory.
 *
 * <p>Confined to its channel's event loop.
 */
final class Inbound {
    private final Channel channel;
    private @Nullable ByteBuf pending;
    private boolean autoRead = true;

    Inbound(Channel channel) {
        this.channel = channel;
    }

    /** Takes ownership. */
    void add(ByteBufAllocator allocator, ByteBuf in) {
        pending = pending == null ? in : ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(allocator, pending, in);
    }

    /** All that is unread; null where nothing is. */
    @Nullable
    ByteBuf next() {
        ByteBuf here = pending;
        if (here != null && !here.isReadable()) {
            here.release();
            pending = null;
            return null;
        }
        return here;
    }

    /** Takes so many bytes of what {@link #next} gave; hands over the whole buffer where it holds nothing else. */
    ByteBuf take(ByteBuf in, int length) {
        if (length == in.readableBytes()) {
            pending = null;
            return in;
        }
        return in.readRetainedSlice(length);
    }

    /** Whether all was taken. */
    boolean isEmpty() {
        return pending == null;
    }

    boolean hasUnread() {
        return pending != null && pending.isReadable();
    }

    long bytes() {
        return pending == null ? 0 : pending.readableBytes();
    }

    /** Lets the channel read on where all was taken, and stops it where not. Returns whether that was a change. */
    boolean regulate() {
        boolean read = pending == null;
        boolean changed = read != autoRead;
        if (changed) {
            autoRead = read;
            channel.config().setAutoRead(read);
        }
        return changed;
    }

    /** Whether the channel is not read. */
    boolean isPaused() {
        return !autoRead;
    }

    void release() {
        if (pending != null) {
            pending.release();
            pending = null;
        }
    }
}
