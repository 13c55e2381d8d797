package dev.weft.proxy.http.h2;

import dev.weft.proxy.http.CodecFields;
import dev.weft.proxy.http.Connection;
import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.RequestAcceptor;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.http.ServerStream;
import dev.weft.proxy.http.StreamHandler;
import dev.weft.proxy.http.StreamReset;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/** A request on a connection that we serve. Confined to its event loop. */
final class Http2ServerStream extends Http2Stream implements ServerStream {
    private final Http2ServerConnection server;
    private final RequestHead request;
    private @Nullable StreamHandler handler;
    private @Nullable StreamReset untold;
    private boolean headSent;
    private boolean tunnel;

    Http2ServerStream(int id, Http2ServerConnection server, RequestHead request) {
        super(id, server, server.peer.initialWindow(), server.streamWindow());
        this.server = server;
        this.request = request;
    }

    /** Hands the request on. */
    void begin(RequestAcceptor acceptor, boolean end) {
        if (end) {
            remoteEndedWithHead();
        }
        // A tunnel that was asked for is still to come, even where the client has nothing to say in it.
        boolean tunnelEnds =
                end && (request.upgrade() != null || request.method().equals("CONNECT"));
        StreamHandler accepted = acceptor.accept(this, request, end && !tunnelEnds);
        handler = accepted;
        if (untold != null) {
            accepted.reset(untold);
        } else if (tunnelEnds && !isOver()) {
            accepted.data(Unpooled.EMPTY_BUFFER, true);
        }
    }

    @Override
    public Connection connection() {
        return server.facts();
    }

    @Override
    public void informational(ResponseHead head) {
        if (!isOver() && !headSent) {
            writeHead(head, head.status(), false, null);
        }
    }

    @Override
    public void respond(ResponseHead head, boolean end) {
        if (isOver() || headSent) {
            return;
        }
        headSent = true;
        server.headRoom.learn(request.headers()); // filters have added theirs by now
        int status = head.status();
        boolean upgraded = status == 101 && request.upgrade() != null;
        tunnel = upgraded || (request.method().equals("CONNECT") && status / 100 == 2);
        writeHead(head, upgraded ? 200 : status, end, upgraded ? WebSocketHandshake.ACCEPT : null);
        if (end) {
            localEnd();
        }
    }

    @Override
    @Nullable
    StreamHandler handler() {
        return handler;
    }

    @Override
    boolean isHeadReceived() {
        return true;
    }

    /** A second header block can only be trailers. */
    @Override
    void receiveHeaders(byte[] block, int length, boolean end) throws Http2Failure {
        server.receiveTrailers(this, block, length, end);
    }

    /** The answer is complete, so the rest of the request has no receiver (RFC 9113, section 8.1). */
    @Override
    void localEndedFirst() {
        if (!tunnel) {
            resetByUs(ErrorCode.NO_ERROR);
        }
    }

    @Override
    boolean flushAwaited() {
        return server.awaitFlush();
    }

    @Override
    void endedUntold(StreamReset why) {
        untold = why;
    }

    private void writeHead(ResponseHead head, int status, boolean end, @Nullable HeaderName except) {
        HpackEncoder encoder = server.encoder;
        encoder.begin();
        encoder.status(status);
        encoder.fields(head.headers(), CodecFields.Part.RESPONSE, except);
        server.writer().headers(encoder.block(), id, end, server.peer.maxFrameBytes());
    }
}
