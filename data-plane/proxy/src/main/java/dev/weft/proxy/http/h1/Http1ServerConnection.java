package dev.weft.proxy.http.h1;

import dev.weft.proxy.http.CodecFields;
import dev.weft.proxy.http.Connection;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.Refusal;
import dev.weft.proxy.http.RequestAcceptor;
import dev.weft.proxy.http.ServerConnection;
import dev.weft.proxy.http.StreamHandler;
import dev.weft.proxy.http.StreamReset;
import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.time.Deadline;
import dev.weft.proxy.time.LoopTimer;
import dev.weft.proxy.tls.TlsEngine;
import dev.weft.proxy.transport.ResetWatch;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.NetUtil;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A downstream connection that speaks HTTP/1.0 or 1.1: one request at a time, pipelined ones wait in the order they came.
 *
 * <p>Confined to its channel's event loop.
 *
 * <p>Between requests a connection holds neither head nor buffer.
 *
 * <p>It is one long class because it is one state machine: every transition of {@link Reading} is here, and nowhere else.
 */
public final class Http1ServerConnection extends ChannelInboundHandlerAdapter implements ServerConnection {
    private static final Logger LOG = LoggerFactory.getLogger(Http1ServerConnection.class);

    /** How much of a request body that nobody wants is read, so that the connection can serve on. */
    private static final long MAX_DRAINED_BYTES = 256 * 1024;

    /** A draining connection waits so long for a request that may be on its way. */
    private static final long DRAIN_QUIET_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /**
     * How long a client that has ended its side is taken to wait for its answer. One that is gone looks the same until something is
     * written to it, and what its request costs must not go on for as long as a route allows.
     */
    private static final long HALF_CLOSED_NANOS = TimeUnit.SECONDS.toNanos(3);

    private static final int REQUEST_TIMEOUT = 408;

    /** What is done with bytes that come. */
    private enum Reading {
        HEAD,
        BODY,
        /** The request is complete and its response not. */
        WAITING,
        TUNNEL,
        /** Until the peer closes too, or its time is over: what it sends is dropped. */
        LINGERING,
        CLOSED
    }

    private final Connection connection;
    private final HttpOptions options;
    private final RequestAcceptor acceptor;
    private final LoopTimer timer;
    private final Http1Limits limits;
    private final Deadline deadline = new ConnectionDeadline();
    private final Http1Loop loop = Http1Loop.current();
    private final Inbound inbound;
    private final ResetWatch resets;
    private final Outbound out;
    private final BodyReader body;

    private Reading reading = Reading.HEAD;
    private @Nullable RequestReader reader;
    private @Nullable Http1ServerStream current;
    private @Nullable StreamHandler handler;
    private long toDiscard;

    /** On the timer's clock: since when nothing is asked, or the peer's end is awaited. */
    private long idleSince;

    private boolean processing;
    private boolean paused;
    private boolean awaitingContinue;
    private boolean closeAfterResponse;

    /** Set once, by any thread. */
    private volatile boolean draining;

    /** The peer sends no more; what it sent may still be here. */
    private boolean inputEnded;

    /** And whoever serves was told so, or what it asked is being answered. */
    private boolean inputEndTold;

    private boolean outputEnded;

    /** To be made on the connection's event loop and added to the pipeline of its active channel at once. */
    public Http1ServerConnection(
            Connection connection, HttpOptions options, RequestAcceptor acceptor, LoopTimer timer) {
        this.connection = connection;
        this.options = options;
        this.acceptor = acceptor;
        this.timer = timer;
        this.limits = Http1Limits.of(options);
        this.body = new BodyReader(limits);
        this.inbound = new Inbound(connection.channel());
        this.resets = new ResetWatch(connection.channel(), timer);
        this.out = new Outbound(connection.channel());
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        connection.channel().config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
        idleSince = timer.nanos();
        timer.arm(deadline, options.idleTimeout().toNanos());
    }

    @Override
    public int activeStreams() {
        return current == null ? 0 : 1;
    }

    @Override
    public long heldBytes() {
        StreamHandler receiver = handler;
        return out.unsentBytes() + inbound.bytes() + (receiver == null ? 0 : receiver.heldBytes());
    }

    @Override
    public void drain() {
        draining = true;
        EventLoop eventLoop = connection.channel().eventLoop();
        if (eventLoop.inEventLoop()) {
            endIfQuiet();
        } else {
            eventLoop.execute(this::endIfQuiet);
        }
    }

    @Override
    public void shutDown() {
        EventLoop eventLoop = connection.channel().eventLoop();
        if (eventLoop.inEventLoop()) {
            shutDownNow();
        } else {
            eventLoop.execute(this::shutDownNow);
        }
    }

    private void shutDownNow() {
        if (reading != Reading.CLOSED) {
            resetWhereTheEndIsFraming();
            fail(StreamReset.SHUTDOWN);
            end();
            out.flush();
        }
        connection.channel().close();
    }

    private void endIfQuiet() {
        if (reading == Reading.HEAD && reader == null) {
            timer.arm(deadline, DRAIN_QUIET_NANOS);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf in = (ByteBuf) message;
        if (reading == Reading.CLOSED) {
            in.release();
            return;
        }
        inbound.add(context.alloc(), in);
        process();
    }

    /** Takes what it can of the bytes that are here. Callbacks may lead back to it; the outermost call does the work. */
    private void process() {
        if (processing) {
            return;
        }
        processing = true;
        try {
            boolean more = true;
            while (more) {
                ByteBuf in = inbound.next();
                more = in != null && stepOrRefuse(in);
            }
        } finally {
            processing = false;
        }
        if (inputEnded && inbound.isEmpty()) {
            inputIsOver();
        }
        if (inbound.regulate()) {
            watch();
        }
    }

    /** A client that is not read may be gone all the same, and what its request costs with it. */
    private void watch() {
        if (reading == Reading.CLOSED) {
            resets.end();
        } else if (inputEnded || inbound.isPaused()) {
            resets.begin();
        } else {
            resets.end();
        }
    }

    private boolean stepOrRefuse(ByteBuf in) {
        try {
            return step(in);
        } catch (BadMessage e) {
            refuse(e);
            return true;
        }
    }

    private boolean step(ByteBuf in) {
        return switch (reading) {
            case HEAD -> readHead(in);
            case BODY -> readBody(in);
            case WAITING, CLOSED -> false;
            case TUNNEL -> readTunnel(in);
            case LINGERING -> {
                in.skipBytes(in.readableBytes());
                yield true;
            }
        };
    }

    private boolean readHead(ByteBuf in) {
        RequestReader head = reader;
        if (head == null) {
            head = loop.requestReader(limits);
            reader = head;
            if (!head.read(in)) {
                timer.arm(deadline, options.headTimeout().toNanos());
                return true;
            }
        } else if (!head.read(in)) {
            return true;
        }
        beginRequest(head);
        return true;
    }

    private void beginRequest(RequestReader request) {
        request.finish();
        if (request.isConnect() && !options.allowConnect()) {
            throw new BadMessage(405, "CONNECT is not allowed here");
        }
        request.head().scheme(connection.tls() ? "https" : "http");
        if (request.head().authority().isEmpty()) {
            // HTTP/1.0 without Host, or an empty one: where the client came to is what it means
            // (RFC 9112, section 3.3). Nothing else could be sent on: HTTP/2 has no empty authority,
            // and nginx refuses an empty Host.
            request.head().authority(NetUtil.toSocketAddressString(connection.local()));
        }
        closeAfterResponse = request.isLastOfConnection();
        awaitingContinue = request.expectsContinue() && !request.isVersion10();
        paused = false;
        if (request.isChunked()) {
            body.chunked();
        } else {
            body.length(Math.max(0, request.contentLength()));
        }
        reading = body.isDone() ? Reading.WAITING : Reading.BODY;
        Http1ServerStream stream = new Http1ServerStream(this, out, loop.writer, request);
        current = stream;
        StreamHandler accepted = acceptor.accept(stream, request.head(), request.isEnd());
        if (isCurrent(stream)) {
            handler = accepted;
        }
    }

    private boolean readBody(ByteBuf in) {
        if (paused && handler != null) {
            return false;
        }
        int payload = body.payload(in);
        if (payload > 0) {
            awaitingContinue = false;
            ByteBuf data = inbound.take(in, payload);
            body.took(payload);
            deliver(data);
        } else if (body.isDone()) {
            requestEnded(body.trailers());
        }
        return true;
    }

    private void deliver(ByteBuf data) {
        StreamHandler receiver = handler;
        if (receiver == null) {
            toDiscard -= data.readableBytes();
            data.release();
            if (toDiscard < 0) {
                linger();
            } else if (body.isDone()) {
                finishExchange();
            }
            return;
        }
        boolean end = body.isDone();
        if (end) {
            reading = Reading.WAITING;
        }
        receiver.data(data, end);
    }

    private void requestEnded(@Nullable Headers trailers) {
        StreamHandler receiver = handler;
        if (receiver == null) {
            finishExchange();
            return;
        }
        reading = Reading.WAITING;
        if (trailers == null) {
            receiver.data(Unpooled.EMPTY_BUFFER, true);
        } else {
            receiver.trailers(trailers);
        }
    }

    private boolean readTunnel(ByteBuf in) {
        StreamHandler receiver = handler;
        if (paused || receiver == null) {
            return false;
        }
        receiver.data(inbound.take(in, in.readableBytes()), false);
        return true;
    }

    // What the stream asks for.

    Connection connection() {
        return connection;
    }

    boolean isCurrent(Http1ServerStream stream) {
        return stream == current;
    }

    void continued() {
        awaitingContinue = false;
    }

    void pause() {
        paused = true;
    }

    void resume() {
        if (paused) {
            paused = false;
            process();
        }
    }

    /**
     * Whether the connection ends with the response whose head is being sent. A client that waits for 100 and gets a final status
     * may or may not send its body (RFC 9110, section 10.1.1): what comes next could not be told. One that was too slow with its
     * request is not waited for any longer (section 15.5.9).
     */
    boolean closesAfter(int status, boolean end) {
        boolean bodyTooLong = end
                && reading == Reading.BODY
                && body.remaining() != Long.MAX_VALUE
                && body.remaining() > MAX_DRAINED_BYTES;
        boolean tooSlow = status == REQUEST_TIMEOUT && reading == Reading.BODY;
        return closeAfterResponse || draining || awaitingContinue || bodyTooLong || tooSlow || hasAskedLast();
    }

    private boolean hasAskedLast() {
        return inputEnded && !inbound.hasUnread();
    }

    void closeAfterResponse() {
        closeAfterResponse = true;
    }

    void startTunnel() {
        reading = Reading.TUNNEL;
        inputEndTold = false;
        processLater();
    }

    void responseEnded() {
        current = null;
        handler = null;
        if (reading != Reading.BODY) {
            finishExchange();
        } else if (closeAfterResponse) {
            linger();
        } else {
            toDiscard = MAX_DRAINED_BYTES;
            paused = false;
            timer.arm(deadline, options.headTimeout().toNanos());
            process();
        }
    }

    void tunnelOutputEnded() {
        outputEnded = true;
        if (inputEnded) {
            closeOnceSent();
        } else {
            out.finishOutput();
        }
    }

    /** Ends the connection so that the peer cannot take what it got for the whole. */
    void abort() {
        resetWhereTheEndIsFraming();
        end();
        out.flush();
        connection.channel().close();
    }

    private void resetWhereTheEndIsFraming() {
        Http1ServerStream stream = current;
        if (stream != null && stream.endsWithConnection()) {
            connection.channel().config().setOption(ChannelOption.SO_LINGER, 0);
        }
    }

    /** What was handed over contradicts the head that was sent. */
    void abortAndTell() {
        StreamHandler receiver = handler;
        abort();
        if (receiver != null) {
            receiver.reset(StreamReset.PROTOCOL_ERROR);
        }
    }

    private void finishExchange() {
        current = null;
        handler = null;
        releaseReader();
        inputEndTold = false;
        if (closeAfterResponse || draining || hasAskedLast()) {
            if (draining || inbound.hasUnread()) {
                linger(); // it may not know yet that this was the last, and be sending the next
            } else {
                closeOnceSent();
            }
            return;
        }
        reading = Reading.HEAD;
        idleSince = timer.nanos();
        timer.arm(deadline, Math.min(flushNanos(), options.idleTimeout().toNanos()));
        if (inbound.hasUnread()) {
            processLater();
        }
    }

    /** How long a client may take for the last of a response, as for what is before it. */
    private long flushNanos() {
        long nanos = options.streamIdleTimeout().toNanos();
        return nanos > 0 ? nanos : options.idleTimeout().toNanos();
    }

    private void closeOnceSent() {
        end();
        out.finishAndClose();
        timer.arm(deadline, flushNanos());
    }

    /** Not at once: whoever ended the exchange is still busy with it and its heads. */
    private void processLater() {
        connection.channel().eventLoop().execute(this::process);
    }

    private void releaseReader() {
        RequestReader used = reader;
        if (used != null) {
            reader = null;
            loop.release(used);
        }
    }

    /** Answers what cannot be understood, with its reason, and closes. */
    private void refuse(BadMessage bad) {
        Http1ServerStream stream = current;
        boolean answered = stream == null ? reading != Reading.HEAD : stream.isHeadSent();
        fail(bad.status() == 431 ? StreamReset.LIMIT : StreamReset.PROTOCOL_ERROR);
        if (answered) {
            acceptor.refused(connection, bad.status(), bad.reason());
            out.flush();
            connection.channel().close();
            end();
            return;
        }
        Refusal refusal = acceptor.refuse(connection, bad.status(), bad.reason());
        HeadWriter writer = loop.writer;
        writer.start();
        writer.raw(Statuses.line(refusal.head().status()));
        writer.fields(refusal.head().headers(), CodecFields.Part.RESPONSE, true);
        writer.ascii("connection: close\r\n\r\n");
        out.head(writer);
        out.data(refusal.body());
        linger();
    }

    /** Ends our side and goes on reading, since bytes that nobody reads make a reset, which overtakes the answer. */
    private void linger() {
        long nanos = options.clients().delayedClose().toNanos();
        if (nanos == 0) {
            closeOnceSent();
            return;
        }
        releaseReader();
        out.finishOutput();
        reading = Reading.LINGERING;
        idleSince = timer.nanos();
        timer.arm(deadline, nanos);
        process();
    }

    /** Tells the request in progress that it is over. */
    private void fail(StreamReset cause) {
        Http1ServerStream stream = current;
        StreamHandler receiver = handler;
        current = null;
        handler = null;
        if (stream != null) {
            stream.kill();
        }
        if (receiver != null) {
            receiver.reset(cause);
        }
    }

    /** Nothing more is read or written; whoever still holds the stream is not called again. */
    private void end() {
        if (reading == Reading.CLOSED) {
            return;
        }
        reading = Reading.CLOSED;
        timer.cancel(deadline);
        Http1ServerStream stream = current;
        if (stream != null) {
            stream.kill();
        }
        current = null;
        handler = null;
        releaseReader();
        inbound.release();
    }

    // What the channel tells.

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        boolean ends = event instanceof ChannelInputShutdownEvent || event instanceof SslCloseCompletionEvent;
        if (ends && !inputEnded) {
            inputEnded = true;
            watch();
            if (reading != Reading.TUNNEL && isEndOfBoth(context, event)) {
                context.close();
            } else if (inbound.isEmpty()) {
                inputIsOver();
            }
        }
    }

    /**
     * Whether the peer can take no answer any more. Where TCP ends without close_notify anyone may have cut it off; and before TLS 1.3
     * (RFC 5246, section 7.2.1), or with Netty's engine over BoringSSL, close_notify is the end of our direction too.
     */
    private static boolean isEndOfBoth(ChannelHandlerContext context, Object event) {
        SslHandler tls = context.pipeline().get(SslHandler.class);
        return tls != null
                && (!(event instanceof SslCloseCompletionEvent closed && closed.isSuccess())
                        || !TlsEngine.canHalfClose(tls.engine()));
    }

    /** All that the peer sent was read. It may have ended its side and wait for its answer (a half-close). */
    private void inputIsOver() {
        if (inputEndTold) {
            return;
        }
        inputEndTold = true;
        switch (reading) {
            case TUNNEL -> tunnelInputEnded();
            case WAITING -> timer.arm(deadline, HALF_CLOSED_NANOS);
            case BODY -> {
                if (current == null) {
                    closeOnceSent(); // it was answered already, and only stops sending what nobody wants
                } else {
                    connection.channel().close(); // in the middle of its request
                }
            }
            case HEAD, LINGERING -> closeOnceSent();
            case CLOSED -> {
                // What is left is being sent.
            }
        }
    }

    private void tunnelInputEnded() {
        StreamHandler receiver = handler;
        if (outputEnded) {
            closeOnceSent();
        }
        if (receiver != null) {
            receiver.data(Unpooled.EMPTY_BUFFER, true);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        StreamHandler receiver = handler;
        if (receiver != null && context.channel().isWritable()) {
            receiver.writable();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (reading != Reading.CLOSED) {
            fail(StreamReset.CANCELLED);
            end();
        }
        timer.cancel(deadline);
        resets.end();
        out.discard();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof IOException || cause instanceof DecoderException) {
            LOG.debug("connection from {}: {}", connection.remote(), cause.toString());
        } else {
            LOG.warn("connection from {}: closed by an unexpected failure", connection.remote(), cause);
            resetWhereTheEndIsFraming();
            out.flush(); // a request that has failed of it was answered
        }
        context.close();
    }

    /** Between requests: closes where the time for that is over, or where the last response is still not taken. */
    private void idle() {
        long idleUntil = idleSince + options.idleTimeout().toNanos();
        if (timer.nanos() < idleUntil && !draining && !out.hasUnsent()) {
            timer.armAt(deadline, idleUntil);
        } else {
            if (!draining && !out.hasUnsent()) {
                acceptor.idled();
            }
            end();
            connection.channel().close();
        }
    }

    private final class ConnectionDeadline extends Deadline {
        @Override
        protected void expired() {
            switch (reading) {
                case HEAD -> {
                    if (reader == null) {
                        idle();
                    } else {
                        refuse(new BadMessage(REQUEST_TIMEOUT, "request head took too long"));
                    }
                }
                case BODY -> {
                    if (current == null) {
                        closeOnceSent();
                    }
                }
                case LINGERING -> {
                    if (out.hasUnsent() && timer.nanos() - idleSince < flushNanos()) {
                        timer.arm(
                                this,
                                options.clients()
                                        .delayedClose()
                                        .toNanos()); // a slow client gets the end of its response first
                    } else {
                        connection.channel().close();
                    }
                }
                case CLOSED -> connection.channel().close();
                case WAITING -> {
                    // Whoever waits for the response has its own deadlines; the idle time begins with its end.
                    if (inputEndTold && current != null && !current.isHeadSent()) {
                        connection.channel().close();
                    }
                }
                case TUNNEL -> {
                    // Its receiver has its own deadlines.
                }
            }
        }
    }
}
