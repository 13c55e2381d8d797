package dev.weft.proxy.http.h2;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import org.jspecify.annotations.Nullable;

/**
 * Writes frames. Small ones gather in one buffer, so that a burst of answers is one write; large data goes by reference behind it.
 *
 * <p>Confined to its connection's event loop. Nothing leaves before {@link #flush}.
 */
final class FrameWriter {
    private static final int GATHER_BYTES = 4 * 1024;
    private static final int MOST_GATHERED_BYTES = 32 * 1024;

    /** Data up to this is copied: cheaper than one more buffer in the list that the kernel is given. */
    private static final int COPIED_BYTES = 1024;

    private final ChannelHandlerContext context;
    private @Nullable ByteBuf gathered;
    private boolean unflushed;
    private byte[] copy = new byte[0];

    FrameWriter(ChannelHandlerContext context) {
        this.context = context;
    }

    /** Bytes gathered, which the channel does not know of yet. */
    int gatheredBytes() {
        return gathered == null ? 0 : gathered.readableBytes();
    }

    /** Writes a block, cutting it where it is larger than the peer's frames. */
    void headers(HeaderBlock block, int stream, boolean endStream, int maxFrameBytes) {
        int left = block.length();
        int at = 0;
        int flags = endStream ? Frames.END_STREAM : 0;
        for (int type = Frames.HEADERS; type == Frames.HEADERS || left > 0; type = Frames.CONTINUATION) {
            int piece = Math.min(maxFrameBytes, left);
            left -= piece;
            ByteBuf out = room(Frames.HEADER_BYTES + piece);
            header(
                    out,
                    piece,
                    type,
                    (type == Frames.HEADERS ? flags : 0) | (left == 0 ? Frames.END_HEADERS : 0),
                    stream);
            out.writeBytes(block.array(), at, piece);
            at += piece;
        }
    }

    /** Takes ownership of {@code data}, which must fit one frame. */
    void data(int stream, ByteBuf data, boolean endStream) {
        int length = data.readableBytes();
        boolean copied = length <= COPIED_BYTES;
        ByteBuf out = room(Frames.HEADER_BYTES + (copied ? length : 0));
        header(out, length, Frames.DATA, endStream ? Frames.END_STREAM : 0, stream);
        if (copied) {
            out.writeBytes(bytesOf(data, length), 0, length);
            data.release();
        } else {
            passOn();
            context.write(data, context.voidPromise());
        }
    }

    /** Between two direct buffers an array is the shortest way: no view of either is made. */
    private byte[] bytesOf(ByteBuf data, int length) {
        if (copy.length < length) {
            copy = new byte[Math.max(length, Math.min(COPIED_BYTES, 2 * copy.length))];
        }
        data.readBytes(copy, 0, length);
        return copy;
    }

    void endStream(int stream) {
        header(room(Frames.HEADER_BYTES), 0, Frames.DATA, Frames.END_STREAM, stream);
    }

    void reset(int stream, ErrorCode code) {
        ByteBuf out = room(Frames.HEADER_BYTES + 4);
        header(out, 4, Frames.RST_STREAM, 0, stream);
        out.writeInt(code.number());
    }

    void windowUpdate(int stream, int increment) {
        ByteBuf out = room(Frames.HEADER_BYTES + 4);
        header(out, 4, Frames.WINDOW_UPDATE, 0, stream);
        out.writeInt(increment);
    }

    /** @param pairs id, value, id, value … */
    void settings(int... pairs) {
        ByteBuf out = room(Frames.HEADER_BYTES + pairs.length * 3);
        header(out, pairs.length * 3, Frames.SETTINGS, 0, 0);
        for (int i = 0; i < pairs.length; i += 2) {
            out.writeShort(pairs[i]);
            out.writeInt(pairs[i + 1]);
        }
    }

    void settingsAck() {
        header(room(Frames.HEADER_BYTES), 0, Frames.SETTINGS, Frames.ACK, 0);
    }

    void ping(long opaque, boolean ack) {
        ByteBuf out = room(Frames.HEADER_BYTES + 8);
        header(out, 8, Frames.PING, ack ? Frames.ACK : 0, 0);
        out.writeLong(opaque);
    }

    void goAway(int lastStream, ErrorCode code, String debug) {
        int length = Math.min(debug.length(), 256);
        ByteBuf out = room(Frames.HEADER_BYTES + 8 + length);
        header(out, 8 + length, Frames.GOAWAY, 0, 0);
        out.writeInt(lastStream);
        out.writeInt(code.number());
        for (int i = 0; i < length; i++) {
            char c = debug.charAt(i);
            out.writeByte(c < 0x7f ? c : '?');
        }
    }

    void bytes(byte[] bytes) {
        room(bytes.length).writeBytes(bytes);
    }

    /** Sends everything written so far. */
    void flush() {
        passOn();
        if (unflushed) {
            unflushed = false;
            context.flush();
        }
    }

    /** As {@link #flush}; the promise is done once it all is out. */
    void flush(ChannelPromise done) {
        ByteBuf out = gathered;
        gathered = null;
        unflushed = false;
        context.writeAndFlush(out == null ? Unpooled.EMPTY_BUFFER : out, done);
    }

    /** Drops what was not passed on. */
    void release() {
        if (gathered != null) {
            gathered.release();
            gathered = null;
        }
    }

    private ByteBuf room(int bytes) {
        ByteBuf out = gathered;
        if (out != null && out.readableBytes() + bytes > MOST_GATHERED_BYTES) {
            passOn();
            out = null;
        }
        if (out == null) {
            out = context.alloc().ioBuffer(Math.max(GATHER_BYTES, bytes));
            gathered = out;
        }
        unflushed = true;
        return out;
    }

    private void passOn() {
        ByteBuf out = gathered;
        if (out != null) {
            gathered = null;
            context.write(out, context.voidPromise());
        }
    }

    /** Length, type, flags and stream: nine bytes in two writes. */
    private static void header(ByteBuf out, int length, int type, int flags, int stream) {
        out.writeLong((long) length << 40 | (long) type << 32 | (long) flags << 24 | stream >>> 8);
        out.writeByte(stream);
    }
}
