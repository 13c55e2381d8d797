package dev.weft.proxy.http.h2;

import dev.weft.proxy.http.Connection;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.Refusal;
import dev.weft.proxy.http.RequestAcceptor;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ServerConnection;
import dev.weft.proxy.http.StreamHandler;
import dev.weft.proxy.http.StreamReset;
import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.time.Deadline;
import dev.weft.proxy.time.LoopTimer;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.nio.charset.StandardCharsets;

/**
 * An HTTP/2 connection that we serve. It is put at the end of a connected channel's pipeline, and reads everything from the
 * client's preface on.
 *
 * <p>Confined to the channel's event loop.
 */
public final class Http2ServerConnection extends Http2Connection implements ServerConnection {
    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    /** How long the client may take to answer the PING that goes with the first GOAWAY; it stands for one round trip. */
    private static final long ROUND_TRIP_NANOS = 1_000_000_000L;

    /** Of a connection whose time to finish is over: enough for our last words to arrive. */
    private static final long SHUT_DOWN_LINGER_MILLIS = 250;

    private static final long DRAIN_PING = 0x77656674_64726e21L;

    private final Connection facts;
    private final HttpOptions http;
    private final RequestAcceptor acceptor;
    private final RequestFields requestFields;
    private final TrailerFields trailerFields;
    private final Headers trailers = new Headers();

    private int prefaceLeft = PREFACE.length;
    private boolean draining;
    private boolean closing;
    private boolean shutDown;

    /** When the present head began to be waited for. */
    private int framesBeforeLimit;

    /** Streams after this one are not served; after the second GOAWAY. */
    private int lastServed = Integer.MAX_VALUE;

    private final Deadline idleLimit = new Deadline() {
        @Override
        protected void expired() {
            if (streams.isEmpty()) {
                if (!draining) {
                    acceptor.idled();
                }
                goAway();
            }
        }
    };

    private final Deadline headLimit = new Deadline() {
        @Override
        protected void expired() {
            acceptor.refused(facts, 408, "request head took too long");
            breakDown(ErrorCode.ENHANCE_YOUR_CALM, "request head took too long");
        }
    };

    /** For streams whose response is complete here and not taken by the client (CVE-2019-9517): nobody else watches them. */
    private final Deadline flushLimit = new Deadline() {
        @Override
        protected void expired() {
            boolean waiting = false;
            for (Http2Stream stream : snapshot()) {
                waiting |= stream.checkFlush();
            }
            if (waiting) {
                awaitFlush();
            }
        }
    };

    private final Deadline roundTrip = new Deadline() {
        @Override
        protected void expired() {
            stopServing();
        }
    };

    public Http2ServerConnection(Connection facts, HttpOptions http, RequestAcceptor acceptor, LoopTimer timer) {
        super(http.http2(), timer, true, http.maxHeaderBytes());
        this.facts = facts;
        this.http = http;
        this.acceptor = acceptor;
        this.requestFields = new RequestFields(
                http.maxHeaderBytes(), http.maxHeaders(), http.clients().underscores());
        this.trailerFields = new TrailerFields(
                http.maxTrailerBytes(), http.maxHeaders(), http.clients().underscores());
    }

    @Override
    public int activeStreams() {
        return streams.size();
    }

    @Override
    public long heldBytes() {
        long sum = unsentBytes();
        for (Http2Stream stream : streams.values()) {
            StreamHandler handler = stream.handler();
            sum += stream.heldBytes() + (handler == null ? 0 : handler.heldBytes());
        }
        return sum;
    }

    /**
     * Tells the client to go elsewhere, twice as RFC 9113, section 6.8 advises, so that what it is just sending is served too; the
     * connection closes when its last stream has ended.
     */
    @Override
    public void drain() {
        EventLoop eventLoop = facts.channel().eventLoop();
        if (eventLoop.inEventLoop()) {
            goAway();
        } else {
            eventLoop.execute(this::goAway);
        }
    }

    @Override
    public void shutDown() {
        EventLoop eventLoop = facts.channel().eventLoop();
        if (eventLoop.inEventLoop()) {
            shutDownNow();
        } else {
            eventLoop.execute(this::shutDownNow);
        }
    }

    /** Streams beyond the last that it is told of may be sent again elsewhere; the others are lost with the connection. */
    private void shutDownNow() {
        shutDown = true;
        if (isBroken()) {
            facts.channel().close();
        } else {
            breakDown(ErrorCode.NO_ERROR, "");
        }
    }

    private void goAway() {
        if (draining || isBroken()) {
            return;
        }
        draining = true;
        writer().goAway(Integer.MAX_VALUE, ErrorCode.NO_ERROR, "");
        writer().ping(DRAIN_PING, false);
        timer.arm(roundTrip, ROUND_TRIP_NANOS);
        flushLater();
    }

    /**
     * Watches from now on whether what is ended is taken.
     *
     * @return false where that began earlier, for another stream
     */
    boolean awaitFlush() {
        if (flushLimit.isArmed()) {
            return false;
        }
        long limit = http.streamIdleTimeout().toNanos();
        if (limit > 0) {
            timer.arm(flushLimit, limit);
        }
        return true;
    }

    Connection facts() {
        return facts;
    }

    @Override
    void writePreface(FrameWriter out) {
        out.settings(
                Frames.SETTINGS_MAX_CONCURRENT_STREAMS,
                http.maxConcurrentStreams(),
                Frames.SETTINGS_INITIAL_WINDOW_SIZE,
                options.streamWindowBytes(),
                Frames.SETTINGS_MAX_FRAME_SIZE,
                options.maxFrameBytes(),
                Frames.SETTINGS_HEADER_TABLE_SIZE,
                options.headerTableBytes(),
                Frames.SETTINGS_MAX_HEADER_LIST_SIZE,
                http.maxHeaderBytes(),
                Frames.SETTINGS_ENABLE_CONNECT_PROTOCOL,
                1);
        timer.arm(headLimit, http.headTimeout().toNanos());
        timer.arm(idleLimit, http.idleTimeout().toNanos());
    }

    @Override
    boolean readPreface(ByteBuf in) throws Http2Failure {
        while (prefaceLeft > 0 && in.isReadable()) {
            if (in.readByte() != PREFACE[PREFACE.length - prefaceLeft]) {
                throw Http2Failure.connection(ErrorCode.PROTOCOL_ERROR, "not the preface of HTTP/2");
            }
            prefaceLeft--;
        }
        return prefaceLeft == 0 && super.readPreface(in);
    }

    /**
     * A head must be whole within its time, in how many frames soever it comes, and so must each frame that may be one. Reads of a busy
     * connection may well all end within a frame; that it is another one each time begins its time anew.
     */
    @Override
    void readDone(boolean withinBlock, boolean withinFrame) {
        if (!peer.isReceived()) {
            return; // the time of the preface goes on
        }
        if (withinBlock || withinFrame) {
            boolean another = !withinBlock && framesBegun() != framesBeforeLimit;
            if (another || !headLimit.isArmed()) {
                framesBeforeLimit = framesBegun();
                timer.arm(headLimit, http.headTimeout().toNanos());
            }
        } else if (headLimit.isArmed()) {
            timer.cancel(headLimit);
        }
    }

    @Override
    void settingsAcknowledged() {
        flood().limitKnown();
    }

    @Override
    void headersOfUnknownStream(int stream, byte[] block, int length, boolean end) throws Http2Failure {
        if ((stream & 1) == 0) {
            throw Http2Failure.connection(ErrorCode.PROTOCOL_ERROR, "HEADERS on a stream of ours: " + stream);
        }
        if (stream <= lastStream) {
            if (!wasReset(stream)) {
                throw Http2Failure.connection(ErrorCode.STREAM_CLOSED, "HEADERS on closed stream " + stream);
            }
            flood().lateFrame("HEADERS");
            drop(block, length);
            return;
        }
        lastStream = stream;
        RequestHead head = new RequestHead(headRoom.newHeaders());
        requestFields.begin(head);
        decoder.decode(block, 0, length, requestFields);
        requestFields.end(head);
        if (stream > lastServed) {
            return; // its client knows by the second GOAWAY
        }
        if (streams.size() >= http.maxConcurrentStreams()) {
            throw Http2Failure.stream(stream, ErrorCode.REFUSED_STREAM, "max_concurrent_streams");
        }
        String malformed = requestFields.malformed();
        if (malformed == null && end && requestFields.contentLength() > 0) {
            malformed = "content-length without data";
        }
        if (malformed != null) {
            acceptor.refused(facts, 400, malformed);
            throw Http2Failure.stream(stream, ErrorCode.PROTOCOL_ERROR, malformed);
        }
        open(stream, head, end);
    }

    private void open(int stream, RequestHead head, boolean end) {
        Http2ServerStream opened = new Http2ServerStream(stream, this, head);
        boolean tunnel = head.upgrade() != null || head.method().equals("CONNECT");
        opened.expectLength(tunnel ? -1 : requestFields.contentLength());
        streams.put(stream, opened);
        if (requestFields.isTooLarge()) {
            opened.begin(refusal(431, "head larger than its limits"), end);
        } else if (head.method().equals("CONNECT") && !http.allowConnect()) {
            opened.begin(refusal(405, "CONNECT is not allowed here"), end);
        } else {
            if ("websocket".equalsIgnoreCase(head.upgrade())) {
                head.headers().set(WebSocketHandshake.KEY, WebSocketHandshake.newKey());
            }
            opened.begin(acceptor, end);
        }
    }

    /** What the codec itself must refuse, since it cannot hand the request on whole. */
    private RequestAcceptor refusal(int status, String reason) {
        Refusal refusal = acceptor.refuse(facts, status, reason);
        return (stream, head, end) -> {
            boolean bare = head.method().equals("HEAD") || !refusal.body().isReadable();
            stream.respond(refusal.head(), bare);
            if (bare) {
                refusal.body().release();
            } else {
                stream.data(refusal.body(), true);
            }
            return new Discard();
        };
    }

    void receiveTrailers(Http2ServerStream stream, byte[] block, int length, boolean end) throws Http2Failure {
        trailers.clear();
        trailerFields.begin(trailers);
        decoder.decode(block, 0, length, trailerFields);
        trailerFields.end();
        String malformed = end ? trailerFields.malformed() : "a second head without END_STREAM";
        if (malformed != null) {
            throw Http2Failure.stream(stream.id, ErrorCode.PROTOCOL_ERROR, malformed);
        }
        if (trailerFields.isTooLarge()) {
            throw Http2Failure.stream(stream.id, ErrorCode.ENHANCE_YOUR_CALM, "trailers larger than their limit");
        }
        stream.receiveTrailers(trailers);
    }

    @Override
    boolean isIdle(int stream) {
        return (stream & 1) == 0 || stream > lastStream;
    }

    @Override
    void streamRemoved(Http2Stream stream) {
        if (streams.isEmpty()) {
            timer.arm(idleLimit, http.idleTimeout().toNanos());
            closeIfDone();
        }
    }

    @Override
    void settingsReceived() {}

    /** A client's GOAWAY is about streams that we would open, and a hint that it leaves. */
    @Override
    void goAwayReceived(int lastStreamId, ErrorCode code, String debug) {
        if (streams.isEmpty()) {
            goAway();
        }
    }

    @Override
    void pongReceived(long opaque) {
        if (draining && opaque == DRAIN_PING) {
            timer.cancel(roundTrip);
            stopServing();
        }
    }

    private void stopServing() {
        if (lastServed == Integer.MAX_VALUE && !isBroken()) {
            lastServed = lastStream;
            writer().goAway(lastStream, ErrorCode.NO_ERROR, "");
            flushLater();
            closeIfDone();
        }
    }

    private void closeIfDone() {
        if (lastServed != Integer.MAX_VALUE && streams.isEmpty() && !closing && !isBroken()) {
            closing = true;
            finish();
        }
    }

    @Override
    long lingerMillis() {
        long millis = http.clients().delayedClose().toMillis();
        return shutDown ? Math.min(millis, SHUT_DOWN_LINGER_MILLIS) : millis;
    }

    @Override
    void endedEarly() throws Http2Failure {
        flood().reset();
    }

    @Override
    StreamReset lossOf(Http2Stream stream) {
        if (shutDown) {
            return StreamReset.SHUTDOWN;
        }
        return isProtocolBroken() ? StreamReset.PROTOCOL_ERROR : StreamReset.CANCELLED;
    }

    @Override
    void connectionGone() {
        timer.cancel(idleLimit);
        timer.cancel(flushLimit);
        timer.cancel(headLimit);
        timer.cancel(roundTrip);
    }

    /** Takes and drops the rest of a request that was refused. */
    private static final class Discard implements StreamHandler {
        @Override
        public void data(ByteBuf data, boolean end) {
            data.release();
        }

        @Override
        public void trailers(Headers fields) {}

        @Override
        public void reset(StreamReset cause) {}

        @Override
        public void writable() {}
    }
}
