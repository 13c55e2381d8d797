package dev.weft.proxy.http.h1;

import dev.weft.proxy.http.ClientConnection;
import dev.weft.proxy.http.ClientStream;
import dev.weft.proxy.http.ClientStreamHandler;
import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.InterimLimit;
import dev.weft.proxy.http.Protocol;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.http.StreamLimits;
import dev.weft.proxy.http.StreamReset;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An upstream connection that speaks HTTP/1.1: one request at a time, then it may be used again.
 *
 * <p>Confined to its channel's event loop.
 *
 * <p>It is used again only where nothing is left in doubt: request and response both complete, nothing behind the response, no side
 * asked to close. Bytes that come while no response is awaited end it, since the next request would take them for its answer.
 *
 * <p>It is one long class because it is one state machine: every transition of {@link Reading} is here, and nowhere else.
 */
public final class Http1ClientConnection extends ChannelInboundHandlerAdapter implements ClientConnection {
    private static final Logger LOG = LoggerFactory.getLogger(Http1ClientConnection.class);

    /** What is done with bytes that come. */
    private enum Reading {
        /** Nothing was asked. */
        IDLE,
        HEAD,
        BODY,
        TUNNEL,
        CLOSED
    }

    private final Channel channel;
    private final Http1Limits limits;

    /** A tunnel from its first byte on, in which no HTTP is spoken. */
    private final boolean opaque;

    private final Owner owner;
    private final Http1Loop loop = Http1Loop.current();
    private final Inbound inbound;
    private final Outbound out;
    private final BodyReader body;
    private final InterimLimit interim = new InterimLimit();

    private Reading reading = Reading.IDLE;
    private @Nullable ResponseReader reader;
    private @Nullable Http1ClientStream current;
    private @Nullable ClientStreamHandler handler;
    private boolean processing;
    private boolean paused;
    private int exchangesLeft;
    private boolean lastExchange;
    private boolean answering;
    private boolean hasServed;
    private boolean inactive;
    private boolean truncated;
    private boolean ended;
    private boolean inputEnded;
    private boolean outputEnded;

    private Http1ClientConnection(Channel channel, StreamLimits limits, boolean opaque, Owner owner) {
        this.channel = channel;
        this.limits = Http1Limits.ofResponses(limits);
        this.exchangesLeft = limits.streams() == 0 ? Integer.MAX_VALUE : limits.streams();
        this.opaque = opaque;
        this.owner = owner;
        this.body = new BodyReader(this.limits);
        this.inbound = new Inbound(channel);
        this.out = new Outbound(channel);
    }

    /** Speaks HTTP/1.1 on {@code channel}, which is connected, registered with the calling event loop and past any handshake. */
    public static Http1ClientConnection install(Channel channel, StreamLimits limits, Owner owner) {
        return installed(new Http1ClientConnection(channel, limits, false, owner));
    }

    /**
     * The same for a peer that gets the bytes of one CONNECT and nothing else: no head is sent, and none will come, so that whoever
     * opens the stream has to answer for it.
     */
    public static Http1ClientConnection opaque(Channel channel, Owner owner) {
        return installed(new Http1ClientConnection(channel, StreamLimits.DEFAULT, true, owner));
    }

    private static Http1ClientConnection installed(Http1ClientConnection connection) {
        connection.channel.pipeline().addLast(connection);
        return connection;
    }

    @Override
    public ClientStream open(RequestHead head, boolean end, ClientStreamHandler handler) {
        if (current != null) {
            throw new IllegalStateException("HTTP/1 connection: a second stream (expected: one at a time)");
        }
        Http1ClientStream stream = new Http1ClientStream(this, out, loop.writer, head);
        if (reading == Reading.CLOSED || !channel.isActive()) {
            stream.kill();
            handler.reset(StreamReset.NOT_TAKEN);
            return stream;
        }
        if (!opaque) {
            stream.writeHead(head, end);
        }
        this.current = stream;
        this.handler = handler;
        lastExchange |= --exchangesLeft == 0;
        answering = false;
        paused = false;
        interim.reset();
        if (opaque) {
            beginTunnel();
            stream.startTunnel();
        } else {
            reading = Reading.HEAD;
        }
        return stream;
    }

    @Override
    public int availableStreams() {
        return isReusable() && current == null ? 1 : 0;
    }

    @Override
    public int activeStreams() {
        return current == null ? 0 : 1;
    }

    @Override
    public boolean isReusable() {
        return reading != Reading.CLOSED && !lastExchange && channel.isActive();
    }

    @Override
    public Protocol protocol() {
        return Protocol.HTTP_1_1;
    }

    @Override
    public Channel channel() {
        return channel;
    }

    @Override
    public void closeGracefully() {
        lastExchange = true;
        if (current == null && reading != Reading.CLOSED) { // or it closes already, once the rest of a tunnel is sent
            reading = Reading.CLOSED;
            channel.close();
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
                more = in != null && stepOrBreak(in);
            }
        } finally {
            processing = false;
        }
        if (inactive && inbound.isEmpty()) {
            gone();
        } else {
            inbound.regulate();
        }
    }

    private boolean stepOrBreak(ByteBuf in) {
        try {
            return step(in);
        } catch (BadMessage e) {
            LOG.debug("{}: response refused: {}", channel.remoteAddress(), e.reason());
            fail(StreamReset.PROTOCOL_ERROR);
            return false;
        }
    }

    private boolean step(ByteBuf in) {
        return switch (reading) {
            case IDLE -> {
                closeNow();
                yield false;
            }
            case HEAD -> readHead(in);
            case BODY -> readBody(in);
            case TUNNEL -> readTunnel(in);
            case CLOSED -> false;
        };
    }

    private boolean readHead(ByteBuf in) {
        ResponseReader head = reader;
        if (head == null) {
            head = loop.responseReader(limits);
            reader = head;
        } else if (!answering) {
            head.restart();
        }
        answering = true;
        if (head.read(in)) {
            head.finish();
            beginResponse(head);
        }
        return true;
    }

    private void beginResponse(ResponseReader response) {
        Http1ClientStream stream = current;
        ClientStreamHandler receiver = handler;
        if (stream == null || receiver == null) {
            throw BadMessage.malformed("response without a request");
        }
        int status = response.head().status();
        if (status == 101 || (stream.isConnect() && status >= 200 && status < 300)) {
            switchProtocol(stream, receiver, response);
        } else if (status < 200) {
            if (interim.isExceededBy(response.head())) {
                throw BadMessage.malformed("too many interim responses");
            }
            receiver.informational(response.head());
            response.restart();
        } else {
            lastExchange |= response.isLastOfConnection();
            startBody(stream, response);
            if (body.isDone()) {
                responseEnded();
                receiver.head(response.head(), true);
            } else {
                reading = Reading.BODY;
                receiver.head(response.head(), false);
            }
        }
    }

    private void startBody(Http1ClientStream stream, ResponseReader response) {
        int status = response.head().status();
        if (stream.isHead() || status == 204 || status == 304) {
            body.none();
        } else if (response.isChunked()) {
            body.chunked();
        } else if (response.contentLength() >= 0) {
            body.length(response.contentLength());
        } else {
            body.untilClose();
            lastExchange = true;
        }
    }

    private void switchProtocol(Http1ClientStream stream, ClientStreamHandler receiver, ResponseReader response) {
        if (response.head().status() == 101 && !response.upgradeProtocol().equalsIgnoreCase(stream.upgrade())) {
            throw BadMessage.malformed("101 to what was not asked for");
        }
        // Of a tunnel it means nothing (RFC 9110, section 8.6).
        response.head().headers().remove(HeaderName.CONTENT_LENGTH);
        beginTunnel();
        receiver.head(response.head(), false);
        if (isCurrent(stream)) {
            stream.startTunnel();
            receiver.writable();
        }
    }

    private void beginTunnel() {
        reading = Reading.TUNNEL;
        lastExchange = true;
        channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
    }

    private boolean readBody(ByteBuf in) {
        if (paused) {
            return false;
        }
        ClientStreamHandler receiver = handler;
        if (receiver == null) {
            return false;
        }
        int payload = body.payload(in);
        if (payload > 0) {
            ByteBuf data = inbound.take(in, payload);
            body.took(payload);
            boolean end = body.isDone();
            if (end) {
                responseEnded();
            }
            receiver.data(data, end);
        } else if (body.isDone()) {
            Headers trailers = body.trailers();
            responseEnded();
            if (trailers == null) {
                receiver.data(Unpooled.EMPTY_BUFFER, true);
            } else {
                receiver.trailers(trailers);
            }
        }
        return true;
    }

    private boolean readTunnel(ByteBuf in) {
        ClientStreamHandler receiver = handler;
        if (paused || receiver == null) {
            return false;
        }
        receiver.data(inbound.take(in, in.readableBytes()), false);
        if (inputEnded && inbound.isEmpty()) {
            tunnelInputEnded();
        }
        return true;
    }

    /**
     * The response is complete. The connection is given back before the last of the response is handed over, so that what that
     * causes, for instance the next pipelined request, finds it free.
     */
    private void responseEnded() {
        Http1ClientStream stream = current;
        boolean requestEnded = stream == null || stream.isEnded();
        hasServed = true;
        current = null;
        handler = null;
        if (stream != null) {
            stream.kill();
        }
        if (lastExchange || !requestEnded || inbound.hasUnread()) {
            closeNow();
        } else {
            reading = Reading.IDLE;
        }
        owner.streamEnded(this);
    }

    /** The next response is read into another head, even if this one's stream is over already. */
    void keep(ResponseHead head) {
        if (reader != null && reader.head() == head) {
            reader = null;
        }
    }

    private void releaseReader() {
        ResponseReader used = reader;
        if (used != null) {
            reader = null;
            loop.release(used);
        }
    }

    private void closeNow() {
        reading = Reading.CLOSED;
        lastExchange = true;
        inbound.release();
        channel.close();
    }

    // What the stream asks for.

    /** Received and not handed over. */
    long heldBytes() {
        return inbound.bytes();
    }

    boolean isCurrent(Http1ClientStream stream) {
        return stream == current;
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

    /** What was handed over contradicts the head that was sent. */
    void broken() {
        fail(StreamReset.PROTOCOL_ERROR);
    }

    /** The request was given up: what is under way on the wire cannot be taken back, so the connection goes. */
    void cancel() {
        current = null;
        handler = null;
        closeNow();
        owner.streamEnded(this);
        if (inactive) {
            gone();
        }
    }

    void tunnelOutputEnded() {
        outputEnded = true;
        if (inputEnded) {
            tunnelOver();
            out.finishAndClose();
        } else {
            out.finishOutput();
        }
    }

    private void tunnelInputEnded() {
        ClientStreamHandler receiver = handler;
        if (outputEnded) {
            tunnelOver();
            out.finishAndClose();
        }
        if (receiver != null) {
            receiver.data(Unpooled.EMPTY_BUFFER, true);
        }
    }

    private void tunnelOver() {
        reading = Reading.CLOSED;
        current = null;
        handler = null;
        owner.streamEnded(this);
    }

    // What the channel tells.

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof ChannelInputShutdownEvent || event instanceof SslCloseCompletionEvent) {
            if (reading != Reading.TUNNEL) {
                context.close();
            } else if (!inputEnded) {
                inputEnded = true;
                if (inbound.isEmpty()) {
                    tunnelInputEnded();
                }
            }
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        ClientStreamHandler receiver = handler;
        if (receiver != null && context.channel().isWritable()) {
            receiver.writable();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        inactive = true;
        SslHandler tls = context.pipeline().get(SslHandler.class);
        truncated |= tls != null && !tls.sslCloseFuture().isSuccess();
        // What came before the end and waits for a slow reader is still handed over.
        if (handler == null || inbound.isEmpty()) {
            gone();
        }
    }

    /** The channel is closed and all that came of it was handed over. */
    private void gone() {
        if (ended) {
            return;
        }
        ended = true;
        ClientStreamHandler receiver = handler;
        if (receiver != null && reading == Reading.BODY && body.isUntilClose() && !truncated) {
            responseEnded();
            receiver.data(Unpooled.EMPTY_BUFFER, true);
        } else if (receiver != null) {
            fail(closedCause());
        }
        closeNow();
        releaseReader();
        out.discard();
        owner.connectionEnded(this);
    }

    /**
     * Only a connection that was kept may have been closed by its peer before this request reached it; one that dies young has
     * seen the request.
     */
    private StreamReset closedCause() {
        return hasServed && !answering ? StreamReset.CONNECTION_CLOSED_UNANSWERED : StreamReset.CONNECTION_CLOSED;
    }

    private void fail(StreamReset cause) {
        ClientStreamHandler receiver = handler;
        Http1ClientStream stream = current;
        current = null;
        handler = null;
        if (stream != null) {
            stream.kill();
        }
        closeNow();
        if (receiver != null) {
            owner.streamEnded(this);
            receiver.reset(cause);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        truncated = true; // a reset is no end of a message that ends with its connection (RFC 9112, section 8)
        if (cause instanceof IOException || cause instanceof DecoderException) {
            LOG.debug("connection to {}: {}", channel.remoteAddress(), cause.toString());
        } else {
            LOG.warn("connection to {}: closed by an unexpected failure", channel.remoteAddress(), cause);
        }
        context.close();
    }
}
