package dev.weft.proxy.http.h2;

import dev.weft.proxy.http.ClientConnection;
import dev.weft.proxy.http.ClientStream;
import dev.weft.proxy.http.ClientStreamHandler;
import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.InterimLimit;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.http.StreamHandler;
import org.jspecify.annotations.Nullable;

/** A request that we made. Confined to its connection's event loop. */
final class Http2ClientStream extends Http2Stream implements ClientStream {
    private final Http2ClientConnection client;
    private final ClientStreamHandler handler;
    private final boolean isHead;
    private final boolean isConnect;
    private final boolean isUpgrade;
    private final @Nullable String webSocketKey;
    private final ResponseHead head;
    private final InterimLimit interim = new InterimLimit();
    private boolean headReceived;
    private boolean tunnel;

    Http2ClientStream(Http2ClientConnection client, RequestHead request, ClientStreamHandler handler) {
        super(0, client, 0, client.streamWindow());
        this.client = client;
        this.head = new ResponseHead(client.headRoom.newHeaders());
        this.handler = handler;
        this.isHead = request.method().equals("HEAD");
        this.isConnect = request.method().equals("CONNECT");
        this.isUpgrade = request.upgrade() != null;
        this.webSocketKey = isUpgrade ? request.headers().get(WebSocketHandshake.KEY) : null;
    }

    /** It is this stream's alone. */
    @Override
    public void keep(ResponseHead head) {}

    @Override
    public ClientConnection connection() {
        return client;
    }

    @Override
    StreamHandler handler() {
        return handler;
    }

    @Override
    boolean isHeadReceived() {
        return headReceived;
    }

    @Override
    void receiveHeaders(byte[] block, int length, boolean end) throws Http2Failure {
        if (headReceived) {
            receiveTrailers(client.decodeTrailers(this, block, length, end));
            return;
        }
        ResponseFields fields = client.decodeHead(this, head.headers(), block, length);
        int status = fields.status();
        if (status < 200) {
            if (end) {
                throw Http2Failure.stream(id, ErrorCode.PROTOCOL_ERROR, "1xx with END_STREAM");
            }
            if (interim.isExceededBy(head)) {
                throw Http2Failure.stream(id, ErrorCode.PROTOCOL_ERROR, "too many interim responses");
            }
            handler.informational(head.status(status));
            head.clear();
            return;
        }
        boolean bodiless = isHead || status == 204 || status == 304;
        if (end && !bodiless && fields.contentLength() > 0) {
            throw Http2Failure.stream(id, ErrorCode.PROTOCOL_ERROR, "content-length without data");
        }
        headReceived = true;
        client.answered();
        tunnel = (isUpgrade || isConnect) && status / 100 == 2;
        expectLength(bodiless ? 0 : tunnel ? -1 : fields.contentLength());
        head.status(tunnel && isUpgrade ? 101 : status);
        if (tunnel) {
            head.headers().remove(HeaderName.CONTENT_LENGTH); // of a tunnel it means nothing (RFC 9110, section 8.6)
        }
        if (tunnel && webSocketKey != null) {
            head.headers().set(WebSocketHandshake.ACCEPT, WebSocketHandshake.accept(webSocketKey));
        }
        if (end) {
            remoteEndedWithHead();
        }
        handler.head(head, end);
        client.headRoom.learn(head.headers()); // with what filters have added
        finishIfEnded();
    }

    /** After a whole response a reset only says that the rest of the request is not wanted (RFC 9113, section 8.1). */
    @Override
    void resetReceived(ErrorCode code) {
        if (isRemoteEnding() && !tunnel) {
            stopSending();
        } else {
            if (code == ErrorCode.REFUSED_STREAM) {
                client.refused();
            }
            super.resetReceived(code);
        }
    }
}
