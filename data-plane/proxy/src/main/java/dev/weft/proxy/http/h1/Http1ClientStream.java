package dev.weft.proxy.http.h1;

import dev.weft.proxy.http.ClientConnection;
import dev.weft.proxy.http.ClientStream;
import dev.weft.proxy.http.CodecFields;
import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.http.StreamReset;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * One request on its way out: frames it, and refuses to send what would contradict its head.
 *
 * <p>Confined to the event loop of its connection; dead once the exchange is over.
 */
final class Http1ClientStream implements ClientStream {
    // What is still owed of the body where it is not a number of bytes.
    private static final long CHUNKED = -1;
    private static final long TUNNEL = -2;
    /** The head is sent, whether opaque data may follow is the answer's to say. */
    private static final long TUNNEL_ASKED = -3;

    private static final byte[] VERSION_AND_HOST = Bytes.ascii(" HTTP/1.1\r\nhost: ");
    private static final byte[] NO_LENGTH = Bytes.ascii("content-length: 0\r\n");
    private static final byte[] CONNECTION_TE = Bytes.ascii("connection: te\r\n");
    private static final byte[] CONNECTION_UPGRADE = Bytes.ascii("connection: upgrade\r\nupgrade: ");

    private static final Queue<ByteBuf> NOTHING_HELD = new ArrayDeque<>(0);

    private final Http1ClientConnection owner;
    private final Outbound out;
    private final HeadWriter writer;
    private final boolean isHead;
    private final boolean isConnect;
    private final @Nullable String upgrade;

    private final Queue<ByteBuf> held;

    private long owed;
    private boolean endHeld;
    private boolean ended;
    private boolean over;

    Http1ClientStream(Http1ClientConnection owner, Outbound out, HeadWriter writer, RequestHead head) {
        this.owner = owner;
        this.out = out;
        this.writer = writer;
        this.isHead = head.method().equals("HEAD");
        this.isConnect = head.isConnect();
        this.upgrade = head.upgrade();
        this.held = isConnect || upgrade != null ? new ArrayDeque<>() : NOTHING_HELD;
    }

    boolean isHead() {
        return isHead;
    }

    boolean isConnect() {
        return isConnect;
    }

    @Nullable
    String upgrade() {
        return upgrade;
    }

    /** Whether the whole request was handed over; one that asked for a tunnel and was refused it is, too. */
    boolean isEnded() {
        return ended || owed == TUNNEL_ASKED;
    }

    @Override
    public void keep(ResponseHead head) {
        owner.keep(head);
    }

    /** From now on every call is ignored, but {@link #keep}: a head that is all of a response comes after its stream's end. */
    void kill() {
        over = true;
        held.forEach(ByteBuf::release);
        held.clear();
    }

    /** The answer is a switch: what was held back may go. */
    void startTunnel() {
        owed = TUNNEL;
        held.forEach(out::data);
        held.clear();
        if (endHeld) {
            end();
        }
    }

    /**
     * @throws IllegalArgumentException where method or authority cannot be written, and nothing was
     */
    void writeHead(RequestHead head, boolean end) {
        Headers headers = head.headers();
        writer.start();
        writer.method(head.method());
        if (isConnect) {
            writer.authority(head.authority());
        } else {
            writer.target(head.path());
        }
        writer.raw(VERSION_AND_HOST);
        writer.authority(head.authority());
        writer.crlf();
        // A tunnel has no content: an origin that refuses it would take the next request for what was promised.
        writer.fields(headers, CodecFields.Part.REQUEST, !isConnect && upgrade == null);
        if (upgrade != null) {
            writer.raw(CONNECTION_UPGRADE);
            writer.ascii(upgrade);
            writer.crlf();
        } else if (headers.contains(HeaderName.TE)) {
            writer.raw(CONNECTION_TE);
        }
        frame(head.method(), end);
        writer.crlf();
        if (end && owed > 0) {
            throw new IllegalArgumentException("content-length: " + owed + " (expected: 0 or none without a body)");
        }
        out.head(writer);
        ended = end && owed == 0;
    }

    private void frame(String method, boolean end) {
        long length = writer.contentLength();
        if (isConnect || upgrade != null) {
            owed = TUNNEL_ASKED;
        } else if (length >= 0) {
            owed = length;
        } else if (!end) {
            owed = CHUNKED;
            writer.raw(ChunkedCoding.FIELD);
        } else if (method.equals("POST") || method.equals("PUT") || method.equals("PATCH")) {
            // A method that has a meaning for a body says that it has none (RFC 9110, section 8.6).
            writer.raw(NO_LENGTH);
        }
    }

    @Override
    public ClientConnection connection() {
        return owner;
    }

    @Override
    public void data(ByteBuf data, boolean end) {
        int length = data.readableBytes();
        if (over || ended) {
            data.release();
            return;
        }
        if (owed == CHUNKED) {
            ChunkedCoding.chunk(out, writer, data, end);
        } else if (owed == TUNNEL) {
            out.data(data);
        } else if (owed == TUNNEL_ASKED) {
            hold(data, end);
            return;
        } else if (length > owed) {
            // More than the head promised: the rest would be taken for the next request.
            data.release();
            owner.broken();
            return;
        } else {
            owed -= length;
            out.data(data);
        }
        if (end) {
            end();
        }
    }

    /**
     * Before the answer is there nothing opaque may leave: were the answer no switch, the peer would take it for the next request.
     */
    private void hold(ByteBuf data, boolean end) {
        held.add(data);
        endHeld |= end;
    }

    @Override
    public void trailers(Headers trailers) {
        if (over || ended) {
            return;
        }
        if (owed == CHUNKED) {
            ChunkedCoding.trailers(out, writer, trailers);
        }
        end();
    }

    private void end() {
        ended = true;
        if (owed == TUNNEL) {
            owner.tunnelOutputEnded();
        } else if (owed > 0) {
            // Less than the head promised: only the connection's end can say so.
            owner.broken();
        }
    }

    @Override
    public void reset(StreamReset cause) {
        if (!over) {
            kill();
            owner.cancel();
        }
    }

    @Override
    public void flush() {
        // It leaves at the end of the loop's turn, with what else comes until then:
        // a head and its body are one segment.
    }

    @Override
    public long heldBytes() {
        long waiting = 0;
        for (ByteBuf data : held) {
            waiting += data.readableBytes();
        }
        return waiting + (over ? 0 : out.unsentBytes() + owner.heldBytes());
    }

    @Override
    public boolean isWritable() {
        return owed != TUNNEL_ASKED && out.isWritable();
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
