package dev.weft.proxy.http.h2;

import dev.weft.proxy.http.CodecFields;
import dev.weft.proxy.http.HeadRoom;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.StreamReset;
import dev.weft.proxy.http.TurnFlusher;
import dev.weft.proxy.model.Http2Options;
import dev.weft.proxy.time.LoopTimer;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.collection.IntObjectHashMap;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What both sides of an HTTP/2 connection have in common: frames in and out, settings, the connection's windows, its streams and
 * its end.
 *
 * <p>Confined to the channel's event loop. What a burst of reads causes to be written is flushed once at the end of the burst;
 * what others write on a stream is flushed when the loop has done what it is at, together with what else comes meanwhile.
 *
 * <p>Why one class: these are the things that each frame touches together. Reading bytes ({@link FrameReader}), writing them
 * ({@link FrameWriter}), messages ({@link IncomingFields}) and the state of a stream ({@link Http2Stream}) are elsewhere.
 */
abstract class Http2Connection extends ChannelInboundHandlerAdapter
        implements FrameReader.Listener, TurnFlusher.Target {
    private static final Logger LOG = LoggerFactory.getLogger(Http2Connection.class);
    /** What one stream may send before the next has its turn. */
    private static final int PUMP_QUANTUM = 16 * 1024;

    /** The connection's streams share its buffer, so it is larger than a channel's usual one. */
    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(64 * 1024, 256 * 1024);

    /** Unsent bytes at which a peer that does not read is cut off: answers to its control frames pile up there. */
    private static final long MOST_UNSENT_BYTES = 4L * 1024 * 1024;

    /** How long a peer may leave our last words untaken where it is not waited for after them. */
    private static final long UNTAKEN_MILLIS = 500;

    /** Of the first frame, as much as tells type and flags. */
    private static final int FIRST_FRAME_BYTES = 5;

    final Http2Options options;
    final LoopTimer timer;
    final HeadRoom headRoom = new HeadRoom();
    final HpackDecoder decoder;
    final HpackEncoder encoder = new HpackEncoder();
    final PeerSettings peer;
    private final FrameReader reader;
    private final FloodGuard flood;
    final IntObjectHashMap<Http2Stream> streams = new IntObjectHashMap<>(8);
    private final ArrayDeque<Http2Stream> waitingToSend = new ArrayDeque<>(4);
    private final ArrayDeque<Http2Stream> starved = new ArrayDeque<>(4);
    private final ResetStreams resets = new ResetStreams();

    private @Nullable ChannelHandlerContext context;
    private @Nullable FrameWriter writer;
    private @Nullable ByteBuf unread;
    private @Nullable Http2Stream dataStream;
    private boolean reading;
    private boolean flushPlanned;
    private boolean prefaceSent;
    private boolean firstFrameSeen;
    private boolean broken;

    /** All is said; what the peer still sends is dropped. */
    private boolean finished;

    private boolean gone;

    private int sendWindow = Frames.DEFAULT_WINDOW;
    private int receiveWindow;
    private int uncredited;

    /** The largest stream of the peer's that we have seen, or for a client of our own. */
    int lastStream;

    Http2Connection(Http2Options options, LoopTimer timer, boolean server, int maxListBytes) {
        this.options = options;
        this.timer = timer;
        this.decoder = new HpackDecoder(options.headerTableBytes());
        this.peer = new PeerSettings(!server);
        // A block can be longer than its limit in fields that we then refuse by status 431; that much longer is an
        // attack.
        this.reader = new FrameReader(this, options.maxFrameBytes(), 2 * maxListBytes);
        this.flood = new FloodGuard(timer);
        this.receiveWindow = options.connectionWindowBytes();
    }

    // ---- What the sides do differently ----

    /** The first bytes we send, up to and including SETTINGS. */
    abstract void writePreface(FrameWriter out);

    /** A header block of a stream that is not open. */
    abstract void headersOfUnknownStream(int stream, byte[] block, int length, boolean end) throws Http2Failure;

    /** Whether a stream with that number was never opened. */
    abstract boolean isIdle(int stream);

    /** A stream has left. */
    abstract void streamRemoved(Http2Stream stream);

    abstract void settingsReceived() throws Http2Failure;

    abstract void goAwayReceived(int lastStreamId, ErrorCode code, String debug);

    abstract void pongReceived(long opaque);

    /** A stream ended by the peer's doing before its message was whole. */
    abstract void endedEarly() throws Http2Failure;

    /** How long a connection that we end is still read, so that our last words are not lost to a reset; 0 for not at all. */
    abstract long lingerMillis();

    /** What a stream that dies with the connection is told. */
    abstract StreamReset lossOf(Http2Stream stream);

    /** The channel is closed and all streams were told. */
    abstract void connectionGone();

    /**
     * Reads what stands before the first frame, and looks at that: it must be SETTINGS, of either side (RFC 9113, section 3.4), so that
     * another protocol's bytes are never taken for frames.
     *
     * @return false where more bytes are needed
     */
    boolean readPreface(ByteBuf in) throws Http2Failure {
        if (firstFrameSeen || in.readableBytes() < FIRST_FRAME_BYTES) {
            return firstFrameSeen;
        }
        int at = in.readerIndex();
        if (in.getByte(at + 3) != Frames.SETTINGS || (in.getByte(at + 4) & Frames.ACK) != 0) {
            throw Http2Failure.connection(ErrorCode.PROTOCOL_ERROR, "a first frame other than SETTINGS");
        }
        firstFrameSeen = true;
        return true;
    }

    /**
     * The bytes of a read were worked through.
     *
     * @param withinBlock a header block has begun and not ended
     * @param withinFrame part of a frame is here that is used whole or not at all
     */
    void readDone(boolean withinBlock, boolean withinFrame) {}

    /** The peer knows our settings. */
    void settingsAcknowledged() {}

    /** Frames so far; where it stands still, none was completed. */
    final int framesBegun() {
        return reader.framesBegun();
    }

    // ---- The channel ----

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
        writer = new FrameWriter(added);
        added.channel().config().setOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK);
        if (added.channel().isActive()) {
            sendPreface();
        }
    }

    @Override
    public void channelActive(ChannelHandlerContext active) {
        sendPreface();
        active.fireChannelActive();
    }

    /** Once: a handler that is added while its channel is about to be told active meets both occasions. */
    private void sendPreface() {
        if (prefaceSent) {
            return;
        }
        prefaceSent = true;
        FrameWriter out = writer();
        writePreface(out);
        int more = options.connectionWindowBytes() - Frames.DEFAULT_WINDOW;
        if (more > 0) {
            out.windowUpdate(0, more);
        }
        flushLater();
    }

    @Override
    public void channelRead(ChannelHandlerContext from, Object message) {
        if (!(message instanceof ByteBuf bytes) || finished || gone) {
            ReferenceCountUtil.release(message);
            return;
        }
        ByteBuf in = unread == null ? bytes : joined(unread, bytes);
        unread = null;
        reading = true;
        try {
            readFrames(in);
        } finally {
            if (in.isReadable() && !finished && !gone) {
                unread = keep(in);
            } else {
                in.release();
            }
        }
        readDone(reader.isWithinBlock(), unread != null);
    }

    private void readFrames(ByteBuf in) {
        boolean more = true;
        while (more && !finished && !gone) {
            try {
                more = readPreface(in) && reader.read(in);
            } catch (Http2Failure failure) {
                failed(failure);
            }
        }
    }

    private ByteBuf joined(ByteBuf kept, ByteBuf bytes) {
        if (kept.maxWritableBytes() >= bytes.readableBytes() && kept.refCnt() == 1 && kept.unwrap() == null) {
            kept.writeBytes(bytes);
            bytes.release();
            return kept;
        }
        ByteBuf both = allocate(kept.readableBytes() + bytes.readableBytes());
        both.writeBytes(kept).writeBytes(bytes);
        kept.release();
        bytes.release();
        return both;
    }

    /** What is left is a piece of a frame: copied, so that it does not hold a whole read buffer. */
    private ByteBuf keep(ByteBuf in) {
        ByteBuf kept = context().alloc().buffer(Math.max(256, in.readableBytes()));
        kept.writeBytes(in);
        in.release();
        return kept;
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext from) {
        reading = false;
        pump();
        flushNow();
        if (!broken && context().channel().unsafe().outboundBuffer() != null && isOverfull()) {
            failed(Http2Failure.connection(ErrorCode.ENHANCE_YOUR_CALM, "the peer does not read"));
        }
        from.fireChannelReadComplete();
    }

    private boolean isOverfull() {
        return context().channel().bytesBeforeWritable() > MOST_UNSENT_BYTES;
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext from) {
        if (from.channel().isWritable()) {
            pump();
            flushLater();
        }
        from.fireChannelWritabilityChanged();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext from, Throwable cause) {
        if (cause instanceof IOException || cause instanceof DecoderException) { // a broken socket or TLS record
            LOG.debug("connection with {}: {}", from.channel().remoteAddress(), cause.toString());
        } else {
            LOG.warn(
                    "connection with {}: closed by an unexpected failure",
                    from.channel().remoteAddress(),
                    cause);
        }
        from.close(); // the streams are told by channelInactive
    }

    @Override
    public void channelInactive(ChannelHandlerContext from) {
        goneNow();
        from.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext from) {
        goneNow();
    }

    private void goneNow() {
        if (gone) {
            return;
        }
        gone = true;
        loseStreams();
        if (unread != null) {
            unread.release();
            unread = null;
        }
        writer().release();
        connectionGone();
    }

    private void loseStreams() {
        for (Http2Stream stream : snapshot()) {
            stream.endedByPeer(lossOf(stream));
        }
    }

    final List<Http2Stream> snapshot() {
        return new ArrayList<>(streams.values());
    }

    // ---- Frames ----

    @Override
    public final void dataBegun(int stream, int dataBytes, int paddingBytes) throws Http2Failure {
        dataStream = null;
        int flowBytes = dataBytes + paddingBytes;
        receiveWindow -= flowBytes;
        if (receiveWindow < 0) {
            throw Http2Failure.connection(ErrorCode.FLOW_CONTROL_ERROR, "DATA beyond the connection's window");
        }
        creditConnection(flowBytes);
        Http2Stream known = streams.get(stream);
        if (known == null) {
            requireNotIdle(stream, "DATA");
            if (!wasReset(stream)) {
                flood.control("DATA");
                throw Http2Failure.stream(stream, ErrorCode.STREAM_CLOSED, "DATA on a closed stream");
            }
            flood.lateData(dataBytes, flowBytes);
            return;
        }
        known.receiveFlow(flowBytes);
        known.credit(paddingBytes);
        dataStream = known;
    }

    @Override
    public final void data(int stream, ByteBuf data, boolean endOfFrame, boolean endStream) throws Http2Failure {
        Http2Stream known = dataStream;
        if (known == null || known.isOver()) {
            return;
        }
        boolean end = endOfFrame && endStream;
        if (!data.isReadable() && !end) {
            flood.control("empty DATA");
        }
        known.receiveData(data, end);
    }

    @Override
    public final void headers(int stream, byte[] block, int length, boolean endStream, boolean selfDependent)
            throws Http2Failure {
        if (selfDependent) {
            drop(block, length);
            throw Http2Failure.stream(stream, ErrorCode.PROTOCOL_ERROR, "a stream that depends on itself");
        }
        Http2Stream known = streams.get(stream);
        if (known == null) {
            headersOfUnknownStream(stream, block, length, endStream);
        } else if (known.isRemoteEnding()) {
            drop(block, length);
            throw Http2Failure.stream(stream, ErrorCode.STREAM_CLOSED, "HEADERS after the end");
        } else {
            known.receiveHeaders(block, length, endStream);
        }
    }

    /** Decodes a block for the tables' sake alone. */
    final void drop(byte[] block, int length) throws Http2Failure {
        decoder.decode(block, 0, length, (name, nameAt, nameLength, value, valueAt, valueLength) -> {});
    }

    @Override
    public final void priority(int stream) throws Http2Failure {
        flood.control("PRIORITY"); // deprecated by RFC 9113, section 5.3, and without effect here
    }

    @Override
    public final void reset(int stream, long code) throws Http2Failure {
        Http2Stream known = streams.get(stream);
        if (known == null) {
            requireNotIdle(stream, "RST_STREAM");
            flood.lateFrame("RST_STREAM");
            return;
        }
        known.resetReceived(ErrorCode.of(code));
        endedEarly();
    }

    @Override
    public final void setting(int id, long value) throws Http2Failure {
        flood.control("SETTINGS"); // each may touch all streams, and a frame has room for thousands
        int windowBefore = peer.initialWindow();
        peer.apply(id, value);
        if (id == Frames.SETTINGS_HEADER_TABLE_SIZE) {
            encoder.peerTableBytes(peer.headerTableBytes());
        } else if (id == Frames.SETTINGS_INITIAL_WINDOW_SIZE) {
            int by = peer.initialWindow() - windowBefore;
            for (Http2Stream stream : snapshot()) {
                try {
                    stream.growSendWindow(by);
                } catch (Http2Failure failure) {
                    throw Http2Failure.connection(ErrorCode.FLOW_CONTROL_ERROR, "INITIAL_WINDOW_SIZE " + value);
                }
            }
        }
    }

    @Override
    public final void settingsEnd() throws Http2Failure {
        flood.control("SETTINGS");
        peer.end();
        writer().settingsAck();
        settingsReceived();
    }

    @Override
    public final void settingsAck() throws Http2Failure {
        flood.control("SETTINGS");
        settingsAcknowledged();
    }

    @Override
    public final void ping(long opaque, boolean ack) throws Http2Failure {
        flood.control("PING");
        if (ack) {
            pongReceived(opaque);
        } else {
            writer().ping(opaque, true);
        }
    }

    @Override
    public final void goAway(int last, long code, String debug) throws Http2Failure {
        flood.control("GOAWAY");
        goAwayReceived(last, ErrorCode.of(code), debug);
    }

    @Override
    public final void windowUpdate(int stream, int increment) throws Http2Failure {
        flood.windowUpdate();
        if (stream == 0) {
            if (increment == 0) {
                throw Http2Failure.connection(ErrorCode.PROTOCOL_ERROR, "WINDOW_UPDATE by 0");
            }
            if (sendWindow > Integer.MAX_VALUE - increment) {
                throw Http2Failure.connection(ErrorCode.FLOW_CONTROL_ERROR, "connection window past 2^31-1");
            }
            sendWindow += increment;
            return;
        }
        Http2Stream known = streams.get(stream);
        if (known == null) {
            requireNotIdle(stream, "WINDOW_UPDATE");
        } else if (increment == 0) {
            throw Http2Failure.stream(stream, ErrorCode.PROTOCOL_ERROR, "WINDOW_UPDATE by 0");
        } else {
            known.growSendWindow(increment);
        }
    }

    @Override
    public final void unknown() throws Http2Failure {
        flood.control("unknown");
    }

    private void requireNotIdle(int stream, String frame) throws Http2Failure {
        if (isIdle(stream)) {
            throw Http2Failure.connection(ErrorCode.PROTOCOL_ERROR, frame + " on idle stream " + stream);
        }
    }

    private void creditConnection(int bytes) {
        uncredited += bytes;
        if (uncredited >= options.connectionWindowBytes() / 2) {
            writer().windowUpdate(0, uncredited);
            receiveWindow += uncredited;
            uncredited = 0;
        }
    }

    // ---- Failures ----

    private void failed(Http2Failure failure) {
        if (failure.streamId() == 0) {
            breakDown(failure.code(), String.valueOf(failure.getMessage()));
            return;
        }
        Http2Stream stream = streams.get(failure.streamId());
        if (stream != null) {
            faultOf(stream, failure);
        } else {
            rememberReset(failure.streamId(), options.streamWindowBytes());
            writer().reset(failure.streamId(), failure.code());
        }
        try {
            if (failure.code() == ErrorCode.REFUSED_STREAM) {
                flood.refused();
            } else {
                endedEarly();
            }
        } catch (Http2Failure calm) {
            breakDown(calm.code(), String.valueOf(calm.getMessage()));
        }
    }

    /** The peer has broken a stream: it is told, and so is whoever has the stream. */
    private void faultOf(Http2Stream stream, Http2Failure failure) {
        writeReset(stream, failure.code());
        stream.endedByPeer(
                failure.code() == ErrorCode.ENHANCE_YOUR_CALM ? StreamReset.LIMIT : StreamReset.PROTOCOL_ERROR);
    }

    /** Ends the connection: GOAWAY, then the end of our side; what the peer still sends is dropped. */
    final void breakDown(ErrorCode code, String why) {
        if (broken || gone) {
            return;
        }
        broken = true;
        loseStreams();
        writer().goAway(lastStream, code, why);
        finish();
    }

    /** Sends what is written and ends our side; the connection closes when the peer does, or when its time is over. */
    final void finish() {
        finished = true;
        Channel channel = context().channel();
        long linger = lingerMillis();
        ScheduledFuture<?> limit = channel.eventLoop()
                .schedule(() -> channel.close(), linger > 0 ? linger : UNTAKEN_MILLIS, TimeUnit.MILLISECONDS);
        channel.closeFuture().addListener(closed -> limit.cancel(false));
        writer().flush(channel.newPromise().addListener(sent -> {
            SslHandler tls = channel.pipeline().get(SslHandler.class);
            if (linger == 0 || !channel.isActive()) {
                channel.close();
            } else if (tls != null) {
                tls.closeOutbound();
            } else if (channel instanceof DuplexChannel duplex) {
                duplex.shutdownOutput();
            } else {
                channel.close();
            }
        }));
    }

    /** Bytes written that the peer has not taken yet. */
    final long unsentBytes() {
        ChannelOutboundBuffer waiting = context().channel().unsafe().outboundBuffer();
        return waiting == null ? 0 : waiting.totalPendingWriteBytes();
    }

    final boolean isBroken() {
        return broken || gone;
    }

    /** Whether it ended by a breach of the protocol, rather than by the channel's end. */
    final boolean isProtocolBroken() {
        return broken;
    }

    final boolean wasReset(int stream) {
        return resets.mayContain(stream, lastStream);
    }

    /** @param windowBytes what its peer may send of it before it knows */
    private void rememberReset(int stream, int windowBytes) {
        resets.add(stream);
        flood.streamReset(windowBytes);
    }

    // ---- For the streams ----

    final ChannelHandlerContext context() {
        if (context == null) {
            throw new IllegalStateException("not in a pipeline yet");
        }
        return context;
    }

    final FrameWriter writer() {
        if (writer == null) {
            throw new IllegalStateException("not in a pipeline yet");
        }
        return writer;
    }

    final FloodGuard flood() {
        return flood;
    }

    final ByteBuf allocate(int bytes) {
        return context().alloc().buffer(bytes, bytes);
    }

    final int streamWindow() {
        return options.streamWindowBytes();
    }

    final boolean isChannelWritable() {
        return context().channel().isWritable();
    }

    /** How much may be sent of a stream whose window is {@code streamWindow}; may be negative. */
    final int sendable(int streamWindow) {
        return isChannelWritable() ? Math.min(streamWindow, sendWindow) : 0;
    }

    final void writeData(Http2Stream stream, ByteBuf data, boolean end) {
        int max = peer.maxFrameBytes();
        sendWindow -= data.readableBytes();
        while (data.readableBytes() > max) {
            writer().data(stream.id, data.readRetainedSlice(max), false);
            flood.dataSent();
        }
        writer().data(stream.id, data, end);
        flood.dataSent();
    }

    final void writeEnd(Http2Stream stream) {
        writer().endStream(stream.id);
    }

    final void writeTrailers(Http2Stream stream, Headers trailers) {
        encoder.begin();
        encoder.fields(trailers, CodecFields.Part.TRAILERS, null);
        writer().headers(encoder.block(), stream.id, true, peer.maxFrameBytes());
    }

    final void writeReset(Http2Stream stream, ErrorCode code) {
        if (!broken && !gone && stream.id != 0) {
            rememberReset(stream.id, stream.receiveWindow());
            writer().reset(stream.id, code);
            flushLater();
        }
    }

    final void writeWindowUpdate(int stream, int increment) {
        writer().windowUpdate(stream, increment);
        flushLater();
    }

    final void pumpLater(Http2Stream stream) {
        if (!stream.queuedForPump) {
            stream.queuedForPump = true;
            waitingToSend.addLast(stream);
        }
    }

    final void starved(Http2Stream stream) {
        starved.addLast(stream);
    }

    final void remove(Http2Stream stream) {
        if (streams.remove(stream.id) != null) {
            streamRemoved(stream);
        }
    }

    /** Sends what waits, in turn, as far as the windows and the channel allow, and wakes whom that makes room for. */
    private void pump() {
        while (!waitingToSend.isEmpty() && sendable(1) > 0) {
            Http2Stream next = waitingToSend.removeFirst();
            next.queuedForPump = false;
            if (next.pump(PUMP_QUANTUM)) {
                pumpLater(next);
            }
        }
        for (int i = starved.size(); i > 0; i--) {
            Http2Stream next = starved.pollFirst();
            if (next != null) {
                next.tellWritable();
            }
        }
    }

    final void flushLater() {
        if (!reading && !flushPlanned && !gone) {
            flushPlanned = true;
            TurnFlusher.of(timer.loop()).register(this);
        }
    }

    @Override
    public final void flushTurn() {
        flushPlanned = false;
        if (!reading && !gone) {
            pump();
            flushNow();
        }
    }

    private void flushNow() {
        if (!gone && !broken) {
            writer().flush();
        }
    }
}
