package dev.weft.proxy.http.h1;

import dev.weft.proxy.http.CodecFields;
import dev.weft.proxy.http.Connection;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.http.ServerStream;
import dev.weft.proxy.http.StreamReset;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * The answer to one request: frames it, and refuses to send what would contradict its head.
 *
 * <p>Confined to the event loop of its connection; dead once the exchange is over, so that whoever still holds it harms no later one.
 */
final class Http1ServerStream implements ServerStream {
    // What is still owed of the body where it is not a number of bytes.
    private static final long CHUNKED = -1;
    private static final long UNTIL_CLOSE = -2;
    private static final long NO_BODY = -3;
    private static final long TUNNEL = -4;

    private static final byte[] NO_LENGTH = Bytes.ascii("content-length: 0\r\n");
    private static final byte[] CONNECTION_CLOSE = Bytes.ascii("connection: close\r\n");
    private static final byte[] CONNECTION_KEEP_ALIVE = Bytes.ascii("connection: keep-alive\r\n");
    private static final byte[] CONNECTION_UPGRADE = Bytes.ascii("connection: upgrade\r\nupgrade: ");

    private final Http1ServerConnection owner;
    private final Outbound out;
    private final HeadWriter writer;
    private final boolean isHead;
    private final boolean isConnect;
    private final boolean isVersion10;
    private final @Nullable String upgrade;

    private long owed;
    private boolean headSent;
    private boolean over;

    Http1ServerStream(Http1ServerConnection owner, Outbound out, HeadWriter writer, RequestReader request) {
        this.owner = owner;
        this.out = out;
        this.writer = writer;
        this.isHead = request.head().method().equals("HEAD");
        this.isConnect = request.isConnect();
        this.isVersion10 = request.isVersion10();
        this.upgrade = request.head().upgrade();
    }

    @Override
    public Connection connection() {
        return owner.connection();
    }

    boolean isHeadSent() {
        return headSent;
    }

    /** Whether the peer takes the connection's end for the body's. */
    boolean endsWithConnection() {
        return headSent && owed == UNTIL_CLOSE;
    }

    /** From now on every call is ignored. */
    void kill() {
        over = true;
    }

    @Override
    public void informational(ResponseHead head) {
        if (over || headSent || isVersion10) {
            return;
        }
        writer.start();
        writer.raw(Statuses.line(head.status()));
        writer.fields(head.headers(), CodecFields.Part.RESPONSE, false);
        writer.crlf();
        out.head(writer);
        if (head.status() == 100) {
            owner.continued();
        }
    }

    @Override
    public void respond(ResponseHead head, boolean end) {
        if (over || headSent) {
            return;
        }
        int status = head.status();
        if (status == 101 ? upgrade != null : isConnect && status >= 200 && status < 300) {
            switchProtocol(head, end);
            return;
        }
        if (status < 200) {
            throw new IllegalStateException("response status: " + status + " (expected: 200 to 599, or an upgrade)");
        }
        writer.start();
        writer.raw(Statuses.line(status));
        writer.fields(head.headers(), CodecFields.Part.RESPONSE, status != 204);
        frame(status, end);
        if (owner.closesAfter(status, end) || owed == UNTIL_CLOSE) {
            owner.closeAfterResponse();
            writer.raw(CONNECTION_CLOSE);
        } else if (isVersion10) {
            writer.raw(CONNECTION_KEEP_ALIVE);
        }
        writer.crlf();
        headSent = true;
        out.head(writer);
        if (end) {
            end();
        }
    }

    private void frame(int status, boolean end) {
        long length = writer.contentLength();
        if (isHead || status == 204 || status == 304) {
            owed = NO_BODY;
        } else if (length >= 0) {
            owed = length;
        } else if (end) {
            owed = 0;
            writer.raw(NO_LENGTH);
        } else if (isVersion10) {
            owed = UNTIL_CLOSE;
        } else {
            owed = CHUNKED;
            writer.raw(ChunkedCoding.FIELD);
        }
    }

    private void switchProtocol(ResponseHead head, boolean end) {
        writer.start();
        writer.raw(Statuses.line(head.status()));
        writer.fields(head.headers(), CodecFields.Part.RESPONSE, false);
        if (upgrade != null) {
            writer.raw(CONNECTION_UPGRADE);
            writer.ascii(upgrade);
            writer.crlf();
        }
        writer.crlf();
        out.head(writer);
        headSent = true;
        owed = TUNNEL;
        owner.startTunnel();
        if (end) {
            end();
        }
    }

    @Override
    public void data(ByteBuf data, boolean end) {
        int length = data.readableBytes();
        if (over || !headSent || owed == NO_BODY) {
            data.release();
        } else if (owed == CHUNKED) {
            ChunkedCoding.chunk(out, writer, data, end);
        } else if (owed < 0) {
            out.data(data);
        } else if (length > owed) {
            // More than the head promised: the rest would be taken for the next response.
            data.release();
            owner.abortAndTell();
            return;
        } else {
            owed -= length;
            out.data(data);
        }
        if (end && headSent) {
            end();
        }
    }

    @Override
    public void trailers(Headers trailers) {
        if (over || !headSent) {
            return;
        }
        if (owed == CHUNKED) {
            ChunkedCoding.trailers(out, writer, trailers);
        }
        end();
    }

    private void end() {
        if (over) {
            return;
        }
        if (owed == TUNNEL) {
            over = true;
            owner.tunnelOutputEnded();
        } else if (owed > 0) {
            // Less than the head promised: only the connection's end can say so.
            owner.abort();
        } else {
            over = true;
            owner.responseEnded();
        }
    }

    @Override
    public void reset(StreamReset cause) {
        if (!over) {
            owner.abort();
        }
    }

    @Override
    public void flush() {
        // It leaves at the end of the loop's turn, with what else comes until then:
        // a head and its body are one segment.
    }

    @Override
    public boolean isWritable() {
        return out.isWritable();
    }

    @Override
    public void pause() {
        if (owner.isCurrent(this)) {
            owner.pause();
        }
    }

    @Override
    public void resume() {
        if (owner.isCurrent(this)) {
            owner.resume();
        }
    }
}
