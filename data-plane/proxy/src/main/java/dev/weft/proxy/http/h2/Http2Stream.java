package dev.weft.proxy.http.h2;

import dev.weft.proxy.http.ChunkQueue;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.StreamHandler;
import dev.weft.proxy.http.StreamReset;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/**
 * A stream of either side: what it still has to send, what it holds back from a receiver that paused, and its two windows.
 *
 * <p>Confined to its connection's event loop. Both directions are bounded: received data that the receiver does not take stays
 * within the stream's window, since credit is given back only as it is handed over; data to send is the sender's to bound, by
 * {@link #isWritable}. Handlers may re-enter any method.
 */
abstract class Http2Stream {
    /** Unsent bytes above which the sender is asked to wait, and below which it is told to go on. */
    private static final int HIGH_WATER_BYTES = 64 * 1024;

    private static final int LOW_WATER_BYTES = 32 * 1024;

    /** What a peer has to take of an ended message in each of its times, where that much is left. */
    private static final int LEAST_FLUSHED_BYTES = 16 * 1024;

    private static final int UNCOPIED_CHUNKS = 4;

    /** 0 for a client's stream that waits to be opened. */
    int id;

    final Http2Connection connection;

    // Sending.
    private @Nullable ChunkQueue unsent;
    private int unsentBytes;
    private int unsentAtCheck;
    private int sendWindow;
    private boolean endUnsent;
    private @Nullable Headers trailersUnsent;
    private boolean localEnded;
    private boolean starved;
    boolean queuedForPump;

    // Receiving.
    private int receiveWindow;
    private int uncredited;
    private boolean remoteEnded;
    private boolean paused;
    private boolean handingOver;
    private @Nullable ChunkQueue held;
    private boolean endHeld;
    private @Nullable Headers trailersHeld;
    private long expectedLength = -1;
    private long receivedLength;

    private boolean over;

    Http2Stream(int id, Http2Connection connection, int sendWindow, int receiveWindow) {
        this.id = id;
        this.connection = connection;
        this.sendWindow = sendWindow;
        this.receiveWindow = receiveWindow;
    }

    /** Who receives; null before there is one. */
    abstract @Nullable StreamHandler handler();

    /** A complete header block of this stream has come. */
    abstract void receiveHeaders(byte[] block, int length, boolean end) throws Http2Failure;

    /** The peer reset the stream. */
    void resetReceived(ErrorCode code) {
        endedByPeer(code.received());
    }

    /** Whether data may come now. */
    abstract boolean isHeadReceived();

    // ---- The application's side ----

    public final boolean isWritable() {
        if (over || localEnded) {
            return true;
        }
        boolean writable = unsentBytes < HIGH_WATER_BYTES && connection.isChannelWritable();
        if (!writable && !starved) {
            starved = true;
            connection.starved(this);
        }
        return writable;
    }

    /** Bytes that wait here, to be sent or to be handed over. */
    public final long heldBytes() {
        return unsentBytes + (held == null ? 0 : held.bytes());
    }

    public final void data(ByteBuf data, boolean end) {
        if (over || localEnded || isEnding()) {
            data.release();
            return;
        }
        int bytes = data.readableBytes();
        if (bytes == 0) {
            data.release();
        } else if (unsentBytes == 0 && bytes <= connection.sendable(sendWindow)) {
            sendWindow -= bytes;
            connection.writeData(this, data, end);
            if (end) {
                localEnd();
            }
            return;
        } else {
            if (unsent == null) {
                unsent = new ChunkQueue(UNCOPIED_CHUNKS);
            }
            unsent.add(data);
            unsentBytes += bytes;
            connection.pumpLater(this);
        }
        if (end) {
            endUnsent = true;
            endIfSent();
            awaitFlush();
        }
    }

    public final void trailers(Headers trailers) {
        if (over || localEnded || isEnding()) {
            return;
        }
        if (unsentBytes == 0 && id != 0) {
            connection.writeTrailers(this, trailers);
            localEnd();
        } else {
            Headers copy = new Headers(); // the caller's is good for this call only
            copy.addAll(trailers);
            trailersUnsent = copy;
            awaitFlush();
        }
    }

    private void awaitFlush() {
        if (!localEnded && !over) {
            // A time that began with another stream is too short to judge this one by.
            unsentAtCheck = flushAwaited() ? unsentBytes : Integer.MAX_VALUE;
        }
    }

    /**
     * Whoever made the message has ended it, and is not there any more when the peer does not take what is left.
     *
     * @return whether the time until the next check begins now, and not earlier
     */
    boolean flushAwaited() {
        return true;
    }

    /**
     * Gives the stream up where since the last call hardly any of what waits for the peer's window has gone out.
     *
     * @return whether some is still waiting
     */
    final boolean checkFlush() {
        if (over || localEnded || !isEnding()) {
            return false;
        }
        if (unsentAtCheck - unsentBytes < LEAST_FLUSHED_BYTES) {
            resetByUs(ErrorCode.CANCEL);
            return false;
        }
        unsentAtCheck = unsentBytes;
        return true;
    }

    public final void reset(StreamReset cause) {
        resetByUs(ErrorCode.toSend(cause));
    }

    public final void flush() {
        connection.flushLater();
    }

    public final void pause() {
        paused = true;
    }

    public final void resume() {
        if (paused) {
            paused = false;
            handOver();
        }
    }

    // ---- Sending ----

    /** A client's stream has got its id and its head has gone out. */
    final void open(int window) {
        sendWindow = window;
        if (unsentBytes > 0) {
            connection.pumpLater(this);
        } else {
            endIfSent();
        }
    }

    /** Sends what windows and the channel allow, at most {@code quantum} bytes; returns whether more waits only for its turn. */
    final boolean pump(int quantum) {
        int left = quantum;
        while (unsent != null && !over) {
            ByteBuf first = unsent.peek();
            int allowed = Math.min(left, connection.sendable(sendWindow));
            if (first == null || allowed <= 0) {
                break;
            }
            int bytes = Math.min(allowed, first.readableBytes());
            ByteBuf piece = first;
            if (bytes == first.readableBytes()) {
                unsent.poll();
            } else {
                piece = first.readRetainedSlice(bytes);
            }
            unsentBytes -= bytes;
            sendWindow -= bytes;
            left -= bytes;
            boolean end = endUnsent && unsentBytes == 0;
            connection.writeData(this, piece, end);
            if (end) {
                localEnd();
                return false;
            }
        }
        endIfSent();
        return unsentBytes > 0 && sendWindow > 0 && !over;
    }

    /** Tells a sender that had to wait that it may go on, where that is so. */
    final void tellWritable() {
        if (!starved || over) {
            return;
        }
        if (unsentBytes >= LOW_WATER_BYTES || !connection.isChannelWritable()) {
            connection.starved(this);
            return;
        }
        starved = false;
        StreamHandler receiver = handler();
        if (receiver != null && !localEnded) {
            receiver.writable();
        }
    }

    /** @throws Http2Failure of the stream where the window would pass 2^31-1 */
    final void growSendWindow(int by) throws Http2Failure {
        if (by > 0 && sendWindow > Integer.MAX_VALUE - by) {
            throw Http2Failure.stream(id, ErrorCode.FLOW_CONTROL_ERROR, "stream window past 2^31-1");
        }
        boolean blocked = sendWindow <= 0;
        sendWindow += by;
        if (blocked && sendWindow > 0 && unsentBytes > 0) {
            connection.pumpLater(this);
        }
    }

    final boolean isLocalEnded() {
        return localEnded;
    }

    final void localEnd() {
        localEnded = true;
        if (!remoteEnded) {
            localEndedFirst();
        }
        finishIfEnded();
    }

    /** We have sent all while the peer is still sending. */
    void localEndedFirst() {}

    private boolean isEnding() {
        return endUnsent || trailersUnsent != null;
    }

    private void endIfSent() {
        if (over || localEnded || unsentBytes > 0 || id == 0) {
            return;
        }
        if (trailersUnsent != null) {
            connection.writeTrailers(this, trailersUnsent);
            localEnd();
        } else if (endUnsent) {
            connection.writeEnd(this);
            localEnd();
        }
    }

    // ---- Receiving ----

    /** What the message's head says of its body: a length, or -1. */
    final void expectLength(long bytes) {
        expectedLength = bytes;
        receivedLength = 0;
    }

    final void receiveFlow(int flowBytes) throws Http2Failure {
        if (isRemoteEnding()) {
            throw Http2Failure.stream(id, ErrorCode.STREAM_CLOSED, "DATA after the end");
        }
        if (!isHeadReceived()) {
            throw Http2Failure.stream(id, ErrorCode.PROTOCOL_ERROR, "DATA before the head");
        }
        receiveWindow -= flowBytes;
        if (receiveWindow < 0) {
            throw Http2Failure.stream(id, ErrorCode.FLOW_CONTROL_ERROR, "DATA beyond the stream's window");
        }
    }

    /** What the peer may still send. */
    final int receiveWindow() {
        return receiveWindow;
    }

    final void receiveData(ByteBuf data, boolean end) throws Http2Failure {
        int bytes = data.readableBytes();
        receivedLength += bytes;
        if (expectedLength >= 0 && (receivedLength > expectedLength || (end && receivedLength < expectedLength))) {
            throw Http2Failure.stream(
                    id, ErrorCode.PROTOCOL_ERROR, "content-length " + expectedLength + ", data " + receivedLength);
        }
        if (paused || held != null || handingOver) {
            hold(data, bytes);
            endHeld = end;
            return;
        }
        remoteEnded = end; // before the receiver answers, which may end the other side
        StreamHandler receiver = handler();
        if (receiver != null && (bytes > 0 || end)) {
            receiver.data(data.retain(), end);
        }
        credit(bytes);
        finishIfEnded();
    }

    final void receiveTrailers(Headers trailers) throws Http2Failure {
        checkLengthAtEnd();
        if (paused || held != null || handingOver) {
            Headers copy = new Headers();
            copy.addAll(trailers);
            trailersHeld = copy;
            return;
        }
        giveTrailers(trailers);
    }

    private void giveTrailers(Headers trailers) {
        remoteEnded = true;
        StreamHandler receiver = handler();
        if (receiver != null) {
            receiver.trailers(trailers);
        }
        finishIfEnded();
    }

    /** A message that ends with its head, or by trailers, still owes the length it told. */
    final void checkLengthAtEnd() throws Http2Failure {
        if (expectedLength > 0 && receivedLength != expectedLength) {
            throw Http2Failure.stream(
                    id, ErrorCode.PROTOCOL_ERROR, "content-length " + expectedLength + ", data " + receivedLength);
        }
    }

    /** The peer's head was also its end; to be called before the head is handed on. */
    final void remoteEndedWithHead() {
        remoteEnded = true;
    }

    final void finishIfEnded() {
        if (localEnded && remoteEnded && !over) {
            over = true;
            connection.remove(this);
            connection.flood().streamCompleted();
        }
    }

    /** Whether the peer has said that it will send no more; part of that may still be held here. */
    final boolean isRemoteEnding() {
        return remoteEnded || endHeld || trailersHeld != null;
    }

    final boolean isRemoteEnded() {
        return remoteEnded;
    }

    private void hold(ByteBuf data, int bytes) {
        if (held == null) {
            held = new ChunkQueue(0);
        }
        if (bytes > 0) {
            held.add(data.retain());
        }
    }

    private void handOver() {
        if (handingOver) {
            return;
        }
        handingOver = true;
        try {
            while (held != null && !paused && !over) {
                ByteBuf next = held.poll();
                boolean last = held.isEmpty();
                boolean end = last && endHeld;
                if (last) {
                    held = null;
                }
                if (next == null && !end) {
                    break;
                }
                handOver(next == null ? Unpooled.EMPTY_BUFFER : next, end);
            }
        } finally {
            handingOver = false;
        }
        Headers trailers = trailersHeld;
        if (trailers != null && held == null && !paused && !over) {
            trailersHeld = null;
            giveTrailers(trailers);
        }
    }

    private void handOver(ByteBuf data, boolean end) {
        if (end) {
            endHeld = false;
            remoteEnded = true;
        }
        int bytes = data.readableBytes();
        StreamHandler receiver = handler();
        if (receiver == null) {
            data.release();
        } else {
            receiver.data(data, end);
        }
        credit(bytes);
        finishIfEnded();
    }

    /** Gives the peer back what the receiver has taken, in halves of the window. */
    final void credit(int bytes) {
        uncredited += bytes;
        if (uncredited >= connection.streamWindow() / 2 && !isRemoteEnding() && !over) {
            connection.writeWindowUpdate(id, uncredited);
            receiveWindow += uncredited;
            uncredited = 0;
        }
    }

    // ---- The end ----

    final boolean isOver() {
        return over;
    }

    /** We give it up, and tell the peer so; the handler is not called. */
    final void resetByUs(ErrorCode code) {
        if (!over) {
            connection.writeReset(this, code);
            abandon();
        }
    }

    /** It ended by the peer's doing or with the connection. */
    final void endedByPeer(StreamReset why) {
        if (!over) {
            StreamHandler receiver = handler();
            abandon();
            if (receiver != null) {
                receiver.reset(why);
            } else {
                endedUntold(why);
            }
        }
    }

    /** It ended while there was nobody to tell. */
    void endedUntold(StreamReset why) {}

    /** The peer wants no more of what we send, and has said or will say all that it has to say. */
    final void stopSending() {
        dropUnsent();
        endUnsent = false;
        trailersUnsent = null;
        localEnded = true;
        finishIfEnded();
    }

    private void dropUnsent() {
        if (unsent != null) {
            unsent.release();
            unsent = null;
            unsentBytes = 0;
        }
    }

    private void abandon() {
        over = true;
        connection.remove(this);
        dropUnsent();
        if (held != null) {
            held.release();
            held = null;
        }
    }
}
