package dev.weft.proxy.forward;

import dev.weft.proxy.failure.ProxyFailure;
import dev.weft.proxy.filter.Next;
import dev.weft.proxy.http.ClientStream;
import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.http.ServerStream;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * The way of a request's body: from the client, through the filters, to the try that takes it. The client is paused while what
 * it sent has not found its way.
 *
 * <p>Confined to its exchange's event loop.
 */
final class RequestFlow {
    /** Tells the client to send its body (RFC 9110, section 15.2.1). */
    static final int CONTINUE = 100;

    private static final long NOT_AWAITED = -1;

    private final Exchange exchange;
    private final ServerStream downstream;
    private final ExchangeDeadline deadline;

    /** What came while a filter of the head waits. */
    private @Nullable BodyQueue held;

    /** What passed the filters; null where there is none to come. */
    private @Nullable RequestBody body;

    /** Up to how much is held while a filter waits for all of it. */
    private long awaitedBytes = NOT_AWAITED;

    private boolean ended;
    private boolean paused;
    private long receivedBytes;

    /** The client waits for a 100 before it sends its body. */
    private boolean uninvited;

    private long receivedAtLook;

    RequestFlow(Exchange exchange, ServerStream downstream, ExchangeDeadline deadline) {
        this.exchange = exchange;
        this.downstream = downstream;
        this.deadline = deadline;
    }

    /** The head is all there is. */
    void endWithHead() {
        ended = true;
    }

    /** The client sends nothing until it is told to (RFC 9110, section 10.1.1). */
    void awaitInvitation() {
        uninvited = true;
    }

    /** A 100 goes to the client. */
    void invited() {
        if (uninvited) {
            uninvited = false;
            bodyIsAwaited();
        }
    }

    /** Says to a client that waits for it that its body is wanted, so that no upstream has to. */
    void invite() {
        if (uninvited && exchange.request().headers().remove(HeaderName.EXPECT)) {
            invited();
            downstream.informational(new ResponseHead().status(CONTINUE));
            downstream.flush();
        }
    }

    /** Its rate is judged from now on, since before the client could not be blamed for it. */
    private void bodyIsAwaited() {
        receivedAtLook = receivedBytes;
        deadline.bodyAwaited();
    }

    /** Whether it is for the client to go on, with nothing of ours in its way. */
    boolean isClientsTurn() {
        return !ended && !paused && !uninvited;
    }

    /** Whether less than {@code leastBytes} came since the last look, and nobody but the client is to blame. */
    boolean isTooSlow(int leastBytes) {
        boolean slow = isClientsTurn() && receivedBytes - receivedAtLook < leastBytes;
        receivedAtLook = receivedBytes;
        return slow;
    }

    /** Whether the client has sent all of its request. */
    boolean isEnded() {
        return ended;
    }

    /** Whether nothing but the head has come, nor will. */
    boolean isBare() {
        return ended && held == null;
    }

    /** Whether the head is all there is to send to an upstream. */
    boolean isHeadOnly() {
        return ended && body == null;
    }

    /** Whether some of it is not yet with the upstream. */
    boolean isIncomplete() {
        return !ended || (body != null && !body.isDrained());
    }

    long receivedBytes() {
        return receivedBytes;
    }

    /**
     * An upstream is found.
     *
     * @param replayBytes up to how many bytes are kept for a further try
     */
    void begin(int replayBytes) {
        if (!isBare()) {
            body = new RequestBody(replayBytes);
            exchange.loop().relief().pilesUp();
        }
    }

    /** A try begins. */
    void rewind() {
        if (body != null) {
            body.rewind();
        }
    }

    boolean canBeSentAgain() {
        return body == null || body.canBeSentAgain();
    }

    /** Whether all of it has come, and is still here. */
    boolean isWholeAndKept() {
        return ended && canBeSentAgain();
    }

    /** It begins anew: what was kept of the body passes the filters again. */
    void takeBack() {
        RequestBody kept = body;
        if (kept != null) {
            body = null;
            kept.moveTo(hold());
        }
    }

    /** The head alone is what the request now is. */
    void dropBody() {
        if (body != null) {
            body.release();
            body = null;
        }
    }

    /** A response has begun: there is no further try. */
    void stopKeeping() {
        if (body != null) {
            body.stopKeeping();
        }
    }

    void data(ByteBuf data, boolean end) {
        if (exchange.isOver() || ended) {
            data.release(); // the rest of a request that was answered already
            return;
        }
        ended = end;
        invited(); // or did not wait for it
        receivedBytes += data.readableBytes();
        deadline.moved();
        if (!exchange.passage().isRequestWaiting()) {
            pass(data, end);
            return;
        }
        hold().add(data, end);
        exchange.loop().relief().pilesUp();
        if (awaitedBytes == NOT_AWAITED) {
            pause();
        } else if (receivedBytes > awaitedBytes) {
            exchange.fail(new ProxyFailure.BodyTooLarge(awaitedBytes));
        } else if (end) {
            exchange.passage().proceed();
        }
    }

    void trailers(Headers trailers) {
        if (exchange.isOver() || ended) {
            return;
        }
        ended = true;
        if (exchange.passage().isRequestWaiting()) {
            hold().end(trailers);
            if (awaitedBytes != NOT_AWAITED) {
                exchange.passage().proceed();
            }
        } else {
            passTrailers(trailers);
        }
    }

    /**
     * A filter of the head waits for all of the request.
     *
     * @return how it goes on now
     */
    Next await(long maxBytes) {
        if (receivedBytes > maxBytes || exchange.request().headers().contentLength() > maxBytes) {
            exchange.fail(new ProxyFailure.BodyTooLarge(maxBytes));
            return Next.STOP;
        }
        if (ended) {
            return Next.CONTINUE;
        }
        awaitedBytes = maxBytes;
        resume();
        invite();
        return Next.WAIT;
    }

    private BodyQueue hold() {
        BodyQueue queue = held;
        if (queue == null) {
            queue = new BodyQueue();
            held = queue;
        }
        return queue;
    }

    /** The filters of the head have let it pass. */
    void passHeld() {
        BodyQueue queue = held;
        if (queue == null || exchange.isOver()) {
            return;
        }
        held = null;
        awaitedBytes = NOT_AWAITED;
        for (ByteBuf chunk = queue.next(); chunk != null; chunk = queue.next()) {
            if (exchange.isOver()) {
                chunk.release();
            } else {
                pass(chunk, queue.atEnd());
            }
        }
        Headers trailers = queue.trailers();
        if (trailers != null && !exchange.isOver()) {
            passTrailers(trailers);
        }
    }

    private void pass(ByteBuf data, boolean end) {
        ByteBuf passed =
                exchange.responseFlow().isTunnel() ? data : exchange.passage().requestBody(data, end);
        RequestBody queue = body;
        if (exchange.isOver() || queue == null) {
            passed.release();
            return;
        }
        queue.add(passed, end);
        if (end) {
            exchange.requestComplete();
        }
        pump();
        if (exchange.isOver()) {
            return;
        }
        if (end && exchange.responseFlow().isTunnelEnded()) {
            exchange.end().finish();
        } else if (!end && !queue.isDrained()) {
            pause();
        }
    }

    private void passTrailers(Headers trailers) {
        ByteBuf rest = exchange.passage().requestEnd(trailers);
        RequestBody queue = body;
        if (exchange.isOver() || queue == null) {
            rest.release();
            return;
        }
        queue.add(rest, trailers.isEmpty());
        if (!trailers.isEmpty()) {
            queue.end(trailers);
        }
        exchange.requestComplete();
        pump();
    }

    /** Sends what is there, and lets the client go on where that was all. */
    void pump() {
        Attempt sending = exchange.attempts().running();
        RequestBody queue = body;
        if (sending == null || queue == null || exchange.responseFlow().isTunnelAwaited()) {
            return; // bytes of a tunnel wait for the upstream's consent (RFC 9110, section 7.8)
        }
        queue.sendTo(sending);
        if (exchange.isOver() || sending != exchange.attempts().running()) {
            return;
        }
        ClientStream stream = sending.stream();
        if (stream != null) {
            stream.flush();
            if (queue.isDrained() && stream.isWritable()) {
                resume();
            }
        }
    }

    private void pause() {
        if (!paused) {
            paused = true;
            downstream.pause();
        }
    }

    private void resume() {
        if (paused) {
            paused = false;
            bodyIsAwaited();
            downstream.resume();
        }
    }

    long heldBytes() {
        return (held == null ? 0 : held.bytes()) + (body == null ? 0 : body.bytes());
    }

    void release() {
        if (body != null) {
            body.release();
        }
        if (held != null) {
            held.release();
        }
    }
}
