package dev.weft.proxy.http.h1;

import dev.weft.proxy.http.TurnFlusher;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import org.jspecify.annotations.Nullable;

/**
 * The writing end of a connection: heads, framing and small pieces of bodies are gathered in one buffer, so that a small message is
 * one write; all is flushed once at the end of the loop's turn.
 *
 * <p>Confined to its event loop.
 */
final class Outbound implements TurnFlusher.Target {
    private static final int BUFFER = 2048;

    /** Beyond it a copy costs more than another entry in the write. */
    private static final int COPIED_AT_MOST = 1024;

    private final Channel channel;
    private final TurnFlusher flusher;
    private @Nullable ByteBuf gathered;
    private boolean dirty;
    private boolean registered;

    Outbound(Channel channel) {
        this.channel = channel;
        this.flusher = TurnFlusher.of(channel.eventLoop());
    }

    boolean isWritable() {
        return channel.isWritable();
    }

    /** Bytes that the peer has not taken yet. */
    long unsentBytes() {
        ChannelOutboundBuffer waiting = channel.unsafe().outboundBuffer();
        return waiting == null ? 0 : waiting.totalPendingWriteBytes();
    }

    /** Whether bytes that were written have not found room in the peer's window yet; what is still gathered does not count. */
    boolean hasUnsent() {
        return unsentBytes() > 0;
    }

    void bytes(byte[] from, int length) {
        ByteBuf buffer = gathered;
        if (buffer == null || buffer.writableBytes() < length) {
            buffer = startBuffer(length);
        }
        buffer.writeBytes(from, 0, length);
    }

    /** What a writer holds. */
    void head(HeadWriter writer) {
        bytes(writer.bytes(), writer.length());
    }

    /** Takes ownership. */
    void data(ByteBuf data) {
        int length = data.readableBytes();
        ByteBuf buffer = gathered;
        if (buffer != null && length <= COPIED_AT_MOST && buffer.writableBytes() >= length) {
            buffer.writeBytes(data);
            data.release();
        } else if (length == 0) {
            data.release();
        } else {
            writeGathered();
            markDirty();
            channel.write(data, channel.voidPromise());
        }
    }

    private ByteBuf startBuffer(int length) {
        writeGathered();
        markDirty();
        ByteBuf buffer = channel.alloc().buffer(Math.max(BUFFER, length + COPIED_AT_MOST));
        gathered = buffer;
        return buffer;
    }

    private void markDirty() {
        dirty = true;
        if (!registered) {
            registered = true;
            flusher.register(this);
        }
    }

    private void writeGathered() {
        ByteBuf buffer = gathered;
        if (buffer != null) {
            gathered = null;
            channel.write(buffer, channel.voidPromise());
        }
    }

    void flush() {
        if (dirty) {
            dirty = false;
            writeGathered();
            channel.flush();
        }
    }

    @Override
    public void flushTurn() {
        registered = false;
        flush();
    }

    /** Sends what is here and ends our direction: FIN, or close_notify under TLS. */
    void finishOutput() {
        writeGathered();
        dirty = false;
        SslHandler tls = channel.pipeline().get(SslHandler.class);
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(written -> {
            if (!written.isSuccess()) {
                channel.close();
            } else if (tls != null) {
                tls.closeOutbound();
            } else if (channel instanceof DuplexChannel duplex) {
                duplex.shutdownOutput();
            }
        });
    }

    /** Sends what is here, then closes. */
    void finishAndClose() {
        writeGathered();
        dirty = false;
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }

    /** Forgets what was not written. */
    void discard() {
        ByteBuf buffer = gathered;
        if (buffer != null) {
            gathered = null;
            buffer.release();
        }
        dirty = false;
    }
}
