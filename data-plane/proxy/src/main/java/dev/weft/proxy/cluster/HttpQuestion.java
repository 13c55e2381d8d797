package dev.weft.proxy.cluster;

import dev.weft.proxy.http.ClientConnection;
import dev.weft.proxy.http.ClientStream;
import dev.weft.proxy.http.ClientStreamHandler;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.Protocol;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.http.StreamReset;
import dev.weft.proxy.upstream.Acquisition;
import dev.weft.proxy.upstream.ConnectFailure;
import dev.weft.proxy.upstream.UpstreamPools;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * One request to an endpoint whose response says whether it is well: what HTTP and gRPC checks share. Where a connection that
 * served before turns out dead before the first byte of the response, the request is sent once more on another: the origin closed
 * an idle connection, which says nothing about its health.
 *
 * <p>Confined to its event loop.
 */
abstract class HttpQuestion implements Probe.Question, UpstreamPools.Callback, ClientStreamHandler {
    /** A response that is longer has answered the question; the rest is not waited for. */
    private static final int MOST_BODY_BYTES = 64 * 1024;

    private final UpstreamPools pools;
    private final CheckTarget target;
    private final Protocol protocol;
    private final Probe.Answer answer;

    private Acquisition acquisition = Acquisition.DONE;
    private @Nullable ClientStream stream;
    private boolean over;
    private int attempts;
    private int bodyBytes;

    HttpQuestion(UpstreamPools pools, CheckTarget target, Protocol protocol, Probe.Answer answer) {
        this.pools = pools;
        this.target = target;
        this.protocol = protocol;
        this.answer = answer;
    }

    final void begin() {
        Acquisition waiting = pools.acquire(target, target, protocol, this);
        if (stream == null && !over) {
            acquisition = waiting;
        }
    }

    /** Fills in what is sent. */
    abstract void request(RequestHead head);

    /** The request's body, or null for none. */
    abstract @Nullable ByteBuf body(ClientConnection connection);

    /** The response began. */
    abstract void responded(ResponseHead head);

    /** Part of the response's body came; the buffer is the caller's. */
    abstract void received(ByteBuf data);

    /** The response is complete, or as good as. */
    abstract Verdict verdict(@Nullable Headers trailers);

    @Override
    public final void connected(ClientConnection connection) {
        acquisition = Acquisition.DONE;
        int attempt = ++attempts;
        RequestHead head = new RequestHead();
        request(head);
        ByteBuf body = body(connection);
        ClientStream opened = connection.open(head, body == null, this);
        if (body != null) {
            opened.data(body, true);
        }
        opened.flush();
        if (!over && attempt == attempts) { // a dead connection may have reset it already, and another taken its place
            stream = opened;
        }
    }

    @Override
    public final void failed(ConnectFailure failure) {
        unwell(failure.detail());
    }

    @Override
    public final void informational(ResponseHead head) {}

    @Override
    public final void head(ResponseHead head, boolean end) {
        if (over) {
            return;
        }
        responded(head);
        if (end) {
            judge(null);
        }
    }

    @Override
    public final void data(ByteBuf data, boolean end) {
        try {
            if (over) {
                return;
            }
            received(data);
            bodyBytes += data.readableBytes();
        } finally {
            data.release();
        }
        if (end) {
            judge(null);
        } else if (bodyBytes > MOST_BODY_BYTES) {
            abandonStream();
            judge(null);
        }
    }

    @Override
    public final void trailers(Headers trailers) {
        if (!over) {
            judge(trailers);
        }
    }

    @Override
    public final void reset(StreamReset cause) {
        stream = null;
        if (over) {
            return;
        }
        boolean unprocessed = cause == StreamReset.CONNECTION_CLOSED_UNANSWERED || cause.isUnprocessed();
        if (unprocessed && attempts == 1) {
            begin();
        } else {
            unwell("the request was reset: " + cause);
        }
    }

    @Override
    public final void writable() {}

    @Override
    public final void cancel() {
        if (!over) {
            over = true;
            acquisition.cancel();
            abandonStream();
        }
    }

    private void judge(@Nullable Headers trailers) {
        Verdict verdict = verdict(trailers);
        over = true;
        stream = null;
        if (verdict.well()) {
            answer.well(verdict.degraded());
        } else {
            answer.unwell(verdict.reason());
        }
    }

    private void unwell(String reason) {
        over = true;
        answer.unwell(reason);
    }

    private void abandonStream() {
        ClientStream open = stream;
        stream = null;
        if (open != null) {
            open.reset(StreamReset.CANCELLED);
        }
    }

    /** What a response says. */
    record Verdict(boolean well, boolean degraded, String reason) {
        static Verdict ofWell(boolean degraded) {
            return new Verdict(true, degraded, "");
        }

        static Verdict ofUnwell(String reason) {
            return new Verdict(false, false, reason);
        }
    }
}
