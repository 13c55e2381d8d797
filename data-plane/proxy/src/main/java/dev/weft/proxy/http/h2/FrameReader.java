package dev.weft.proxy.http.h2;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Cuts a connection's bytes into frames and checks what can be checked without knowing any stream (RFC 9113, sections 4 and 6):
 * lengths, padding, stream or no stream, the order of CONTINUATION.
 *
 * <p>Confined to its connection's event loop. DATA is handed on as it comes, in pieces, without waiting for its frame to be whole;
 * all other frames are small and waited for. Header blocks are gathered in one array that the connection keeps.
 */
final class FrameReader {
    /** Receives frames. A failure thrown with a stream leaves the reader ready for the next frame. */
    interface Listener {
        /** @param paddingBytes what the frame takes from the windows beside its data: padding and its length */
        void dataBegun(int streamId, int dataBytes, int paddingBytes) throws Http2Failure;

        /** @param data a slice of the input, to be retained by who keeps it */
        void data(int streamId, ByteBuf data, boolean endOfFrame, boolean endStream) throws Http2Failure;

        void headers(int streamId, byte[] block, int length, boolean endStream, boolean selfDependent)
                throws Http2Failure;

        void priority(int streamId) throws Http2Failure;

        void reset(int streamId, long code) throws Http2Failure;

        void setting(int id, long value) throws Http2Failure;

        /** The last setting of a frame was handed on. */
        void settingsEnd() throws Http2Failure;

        void settingsAck() throws Http2Failure;

        void ping(long opaque, boolean ack) throws Http2Failure;

        void goAway(int lastStreamId, long code, String debug) throws Http2Failure;

        void windowUpdate(int streamId, int increment) throws Http2Failure;

        void unknown() throws Http2Failure;
    }

    /** Frames of a block that a peer may send before it is whole; a real block needs one per 16 KiB (CVE-2024-27316). */
    private static final int MAX_CONTINUATIONS = 16;

    /** Settings in one frame, of which eight are known; each costs a look at every stream (CVE-2020-11080). */
    private static final int MAX_SETTINGS = 32;

    private final Listener listener;
    private final int maxFrameBytes;
    private final int maxBlockBytes;

    // The DATA frame that is passing through.
    private int dataStream;
    private int dataLeft;
    private int paddingLeft;
    private boolean dataEnds;

    // The header block that is being gathered; stream 0 for none.
    private int blockStream;
    private boolean blockEnds;
    private boolean blockSelfDependent;
    private int continuations;
    private byte[] block = new byte[512];
    private int blockLength;

    private int framesBegun;

    FrameReader(Listener listener, int maxFrameBytes, int maxBlockBytes) {
        this.listener = listener;
        this.maxFrameBytes = maxFrameBytes;
        this.maxBlockBytes = maxBlockBytes;
    }

    /** Whether bytes of a header block were read and its end was not. */
    boolean isWithinBlock() {
        return blockStream != 0;
    }

    /** Frames that came whole, or of DATA at least their beginning; it wraps round. */
    int framesBegun() {
        return framesBegun;
    }

    /**
     * Reads one frame, or a piece of DATA.
     *
     * @return false where more bytes are needed; those left in {@code in} are to be kept
     */
    boolean read(ByteBuf in) throws Http2Failure {
        if (dataLeft > 0 || paddingLeft > 0) {
            return readData(in);
        }
        if (in.readableBytes() < Frames.HEADER_BYTES) {
            return false;
        }
        int start = in.readerIndex();
        int length = in.getUnsignedMedium(start);
        int type = in.getUnsignedByte(start + 3);
        int flags = in.getUnsignedByte(start + 4);
        int stream = in.getInt(start + 5) & 0x7fffffff;
        if (length > maxFrameBytes) {
            throw Http2Failure.connection(
                    ErrorCode.FRAME_SIZE_ERROR, "frame of " + length + " bytes (expected: <= " + maxFrameBytes + ")");
        }
        if (blockStream != 0 && (type != Frames.CONTINUATION || stream != blockStream)) {
            throw protocol("frame of type " + type + " within the header block of stream " + blockStream);
        }
        if (type == Frames.DATA) {
            return beginData(in, length, flags, stream);
        }
        if (in.readableBytes() < Frames.HEADER_BYTES + length) {
            return false;
        }
        framesBegun++;
        in.skipBytes(Frames.HEADER_BYTES);
        int end = in.readerIndex() + length;
        try {
            whole(in, type, flags, stream, length);
        } finally {
            in.readerIndex(end);
        }
        return true;
    }

    private void whole(ByteBuf in, int type, int flags, int stream, int length) throws Http2Failure {
        switch (type) {
            case Frames.HEADERS -> readHeaders(in, flags, stream, length);
            case Frames.CONTINUATION -> readContinuation(in, flags, stream, length);
            case Frames.PRIORITY -> readPriority(in, stream, length);
            case Frames.RST_STREAM -> {
                requireStream(stream, "RST_STREAM");
                requireLength(length == 4, "RST_STREAM", length);
                listener.reset(stream, in.readUnsignedInt());
            }
            case Frames.SETTINGS -> readSettings(in, flags, stream, length);
            case Frames.PUSH_PROMISE -> throw protocol("PUSH_PROMISE, which we never allow");
            case Frames.PING -> {
                requireNoStream(stream, "PING");
                requireLength(length == 8, "PING", length);
                listener.ping(in.readLong(), (flags & Frames.ACK) != 0);
            }
            case Frames.GOAWAY -> {
                requireNoStream(stream, "GOAWAY");
                requireLength(length >= 8, "GOAWAY", length);
                int last = in.readInt() & 0x7fffffff;
                long code = in.readUnsignedInt();
                String debug = in.toString(in.readerIndex(), Math.min(length - 8, 128), StandardCharsets.US_ASCII);
                listener.goAway(last, code, debug);
            }
            case Frames.WINDOW_UPDATE -> {
                requireLength(length == 4, "WINDOW_UPDATE", length);
                listener.windowUpdate(stream, in.readInt() & 0x7fffffff);
            }
            default -> listener.unknown();
        }
    }

    private boolean beginData(ByteBuf in, int length, int flags, int stream) throws Http2Failure {
        requireStream(stream, "DATA");
        boolean padded = (flags & Frames.PADDED) != 0;
        if (padded && in.readableBytes() < Frames.HEADER_BYTES + 1 && length > 0) {
            return false;
        }
        int padding = 0;
        if (padded) {
            if (length == 0) {
                throw Http2Failure.connection(ErrorCode.FRAME_SIZE_ERROR, "padded DATA of 0 bytes");
            }
            padding = in.getUnsignedByte(in.readerIndex() + Frames.HEADER_BYTES);
            if (padding >= length) {
                throw protocol("DATA of " + length + " bytes with " + padding + " of padding");
            }
        }
        framesBegun++;
        in.skipBytes(Frames.HEADER_BYTES + (padded ? 1 : 0));
        dataStream = stream;
        dataEnds = (flags & Frames.END_STREAM) != 0;
        dataLeft = length - padding - (padded ? 1 : 0);
        paddingLeft = padding;
        boolean empty = dataLeft == 0;
        listener.dataBegun(stream, dataLeft, length - dataLeft);
        if (empty) {
            listener.data(stream, in.slice(in.readerIndex(), 0), true, dataEnds);
        }
        return true;
    }

    private boolean readData(ByteBuf in) throws Http2Failure {
        if (dataLeft > 0) {
            int piece = Math.min(dataLeft, in.readableBytes());
            if (piece == 0) {
                return false;
            }
            dataLeft -= piece;
            listener.data(dataStream, in.readSlice(piece), dataLeft == 0, dataEnds);
            return true;
        }
        int skipped = Math.min(paddingLeft, in.readableBytes());
        in.skipBytes(skipped);
        paddingLeft -= skipped;
        return skipped > 0;
    }

    private void readHeaders(ByteBuf in, int flags, int stream, int length) throws Http2Failure {
        requireStream(stream, "HEADERS");
        int padding = 0;
        int left = length;
        if ((flags & Frames.PADDED) != 0) {
            requireLength(left >= 1, "HEADERS", length);
            padding = in.readUnsignedByte();
            left--;
        }
        blockSelfDependent = false;
        if ((flags & Frames.WITH_PRIORITY) != 0) {
            requireLength(left >= 5, "HEADERS", length);
            blockSelfDependent = (in.readInt() & 0x7fffffff) == stream;
            in.skipBytes(1);
            left -= 5;
        }
        if (padding > left) {
            throw protocol("HEADERS of " + length + " bytes with " + padding + " of padding");
        }
        blockStream = stream;
        blockEnds = (flags & Frames.END_STREAM) != 0;
        blockLength = 0;
        continuations = 0;
        gather(in, left - padding, flags);
    }

    private void readContinuation(ByteBuf in, int flags, int stream, int length) throws Http2Failure {
        requireStream(stream, "CONTINUATION");
        if (blockStream == 0) {
            throw protocol("CONTINUATION without HEADERS");
        }
        if (++continuations > MAX_CONTINUATIONS) {
            throw Http2Failure.connection(
                    ErrorCode.ENHANCE_YOUR_CALM, "more than " + MAX_CONTINUATIONS + " CONTINUATION frames");
        }
        gather(in, length, flags);
    }

    private void gather(ByteBuf in, int length, int flags) throws Http2Failure {
        if (blockLength + length > maxBlockBytes) {
            throw Http2Failure.connection(
                    ErrorCode.ENHANCE_YOUR_CALM, "header block of more than " + maxBlockBytes + " bytes");
        }
        if (block.length < blockLength + length) {
            block = Arrays.copyOf(block, Math.max(blockLength + length, block.length * 2));
        }
        in.readBytes(block, blockLength, length);
        blockLength += length;
        if ((flags & Frames.END_HEADERS) != 0) {
            int stream = blockStream;
            blockStream = 0;
            listener.headers(stream, block, blockLength, blockEnds, blockSelfDependent);
            if (block.length > 4096) {
                block = new byte[512];
            }
        }
    }

    private void readPriority(ByteBuf in, int stream, int length) throws Http2Failure {
        requireStream(stream, "PRIORITY");
        if (length != 5) {
            throw Http2Failure.stream(stream, ErrorCode.FRAME_SIZE_ERROR, "PRIORITY of " + length + " bytes");
        }
        if ((in.readInt() & 0x7fffffff) == stream) {
            throw Http2Failure.stream(stream, ErrorCode.PROTOCOL_ERROR, "a stream that depends on itself");
        }
        listener.priority(stream);
    }

    private void readSettings(ByteBuf in, int flags, int stream, int length) throws Http2Failure {
        requireNoStream(stream, "SETTINGS");
        if ((flags & Frames.ACK) != 0) {
            requireLength(length == 0, "SETTINGS ACK", length);
            listener.settingsAck();
            return;
        }
        requireLength(length % 6 == 0, "SETTINGS", length);
        if (length / 6 > MAX_SETTINGS) {
            throw Http2Failure.connection(
                    ErrorCode.ENHANCE_YOUR_CALM, "SETTINGS of " + length / 6 + " (expected: <= " + MAX_SETTINGS + ")");
        }
        for (int left = length; left > 0; left -= 6) {
            int id = in.readUnsignedShort();
            listener.setting(id, in.readUnsignedInt());
        }
        listener.settingsEnd();
    }

    private static void requireStream(int stream, String frame) throws Http2Failure {
        if (stream == 0) {
            throw protocol(frame + " on stream 0");
        }
    }

    private static void requireNoStream(int stream, String frame) throws Http2Failure {
        if (stream != 0) {
            throw protocol(frame + " on stream " + stream);
        }
    }

    private static void requireLength(boolean right, String frame, int length) throws Http2Failure {
        if (!right) {
            throw Http2Failure.connection(ErrorCode.FRAME_SIZE_ERROR, frame + " of " + length + " bytes");
        }
    }

    private static Http2Failure protocol(String what) {
        return Http2Failure.connection(ErrorCode.PROTOCOL_ERROR, what);
    }
}
