package dev.weft.proxy.forward;

import dev.weft.proxy.filter.FilterChain;
import dev.weft.proxy.http.ClientStream;
import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.Protocol;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.http.ServerStream;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * The way of a response: from the upstream, through the filters, to the client. The upstream is paused while the client does not
 * take more.
 *
 * <p>A head whose body has a known length is passed on with the first bytes of that body. Many servers write the two apart, and
 * one that dies between them would otherwise cost the client its request, where a repetition saves it
 * ({@link Retriable#afterFailure}). A body of unknown length may be a stream of events whose head is an event of its own, so such a
 * head waits for nothing.
 *
 * <p>Confined to its exchange's event loop.
 */
final class ResponseFlow {
    private static final String GRPC_WEB = "application/grpc-web";

    private final Exchange exchange;
    private final ServerStream downstream;
    private final ExchangeDeadline deadline;

    /** Received and not yet begun with: the first bytes of its body are awaited. */
    private @Nullable ResponseHead awaiting;

    private @Nullable ResponseHead head;
    private @Nullable String localText;
    private boolean headIsAll;

    /** Where {@link FilterChain#responseHead} goes on after a wait; {@link FilterChain#PASSED} while none waits. */
    private int waitingFilter = FilterChain.PASSED;

    /** What came while a filter of the head waits. */
    private @Nullable BodyQueue held;

    private boolean committed;
    private boolean sent;
    private boolean ended;
    private boolean paused;
    private boolean tunnel;
    private long sentBytes;

    ResponseFlow(Exchange exchange, ServerStream downstream, ExchangeDeadline deadline) {
        this.exchange = exchange;
        this.downstream = downstream;
        this.deadline = deadline;
    }

    /** The head that the client gets; null before there is one. */
    @Nullable
    ResponseHead head() {
        return head;
    }

    /** Whether it is decided that this is the response. */
    boolean isCommitted() {
        return committed;
    }

    /** Whether the client was given a head. */
    boolean isSent() {
        return sent;
    }

    /** Whether the upstream has consented to a tunnel. */
    boolean isTunnel() {
        return tunnel;
    }

    /** Whether the client has asked for a tunnel that the upstream has not consented to. */
    boolean isTunnelAwaited() {
        return !tunnel && exchange.request().asksForTunnel();
    }

    /** Whether the upstream has ended its side of a tunnel. */
    boolean isTunnelEnded() {
        return tunnel && ended;
    }

    boolean isWaiting() {
        return waitingFilter != FilterChain.PASSED;
    }

    long sentBytes() {
        return sentBytes;
    }

    void informational(ResponseHead interim) {
        deadline.moved();
        if (interim.status() == RequestFlow.CONTINUE) {
            exchange.requestFlow().invited();
        }
        downstream.informational(interim);
        downstream.flush();
    }

    void head(ResponseHead received, boolean end) {
        deadline.moved();
        if (exchange.attempts().retriesInstead(received, end) || exchange.redirectsInstead(received, end)) {
            return;
        }
        if (!end && isWorthAwaiting(received)) {
            awaiting = received;
        } else {
            begin(received, end);
        }
    }

    private boolean isWorthAwaiting(ResponseHead received) {
        return received.headers().contains(HeaderName.CONTENT_LENGTH)
                && !exchange.request().asksForTunnel()
                && Retriable.isIdempotent(exchange.request().method())
                && exchange.attempts().canRepeat();
    }

    /** The try that sent it has failed. */
    void forgetHead() {
        awaiting = null;
    }

    /** Goes on with a head whose body has arrived. Returns whether what follows is still wanted. */
    private boolean isBegun() {
        ResponseHead arrived = awaiting;
        if (arrived == null) {
            return true;
        }
        awaiting = null;
        begin(arrived, false);
        return !exchange.isOver();
    }

    private void begin(ResponseHead received, boolean end) {
        committed = true;
        head = received;
        headIsAll = end;
        tunnel = !end && Tunnels.opens(exchange.request(), received.status());
        exchange.responseBegins(received);
        runFilters(received, 0);
    }

    private void runFilters(ResponseHead received, int from) {
        int next = exchange.passage().responseHead(received, headIsAll, from);
        if (exchange.isOver() || next == FilterChain.STOPPED) {
            return;
        }
        waitingFilter = next;
        if (next != FilterChain.PASSED) {
            keepBeyondStream(received);
            return;
        }
        sent = true;
        if (headIsAll) {
            Attempt last = exchange.end().settle();
            downstream.respond(received, true);
            exchange.end().letGo(last);
            return;
        }
        downstream.respond(received, false);
        if (exchange.isOver()) {
            return;
        }
        if (tunnel) {
            exchange.requestFlow().pump();
        }
        passHeld();
        downstream.flush();
    }

    /** All of the response may come while a filter waits, and then its connection serves others. */
    private void keepBeyondStream(ResponseHead received) {
        ClientStream stream = upstream();
        if (stream != null) {
            stream.keep(received);
        }
    }

    /** The filter that waited lets the head go on. */
    void proceed() {
        ResponseHead waiting = head;
        if (waiting != null) {
            int from = waitingFilter;
            waitingFilter = FilterChain.PASSED;
            runFilters(waiting, from);
        }
    }

    void data(ByteBuf data, boolean end) {
        deadline.moved();
        if (!isBegun()) {
            data.release();
        } else if (isWaiting()) {
            hold().add(data, end);
            pause();
        } else {
            pass(data, end);
        }
    }

    void trailers(Headers trailers) {
        deadline.moved();
        if (!isBegun()) {
            return;
        }
        if (isWaiting()) {
            hold().end(trailers);
        } else {
            passTrailers(trailers);
        }
    }

    private BodyQueue hold() {
        BodyQueue queue = held;
        if (queue == null) {
            queue = new BodyQueue();
            held = queue;
        }
        return queue;
    }

    private void passHeld() {
        BodyQueue queue = held;
        if (queue == null) {
            return;
        }
        held = null;
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
        if (!exchange.isOver()) {
            writable();
        }
    }

    private void pass(ByteBuf data, boolean end) {
        ByteBuf passed = tunnel ? data : exchange.passage().responseBody(data, end);
        if (exchange.isOver()) {
            passed.release();
            return;
        }
        sentBytes += passed.readableBytes();
        ended = end;
        if (end && (!tunnel || exchange.requestFlow().isEnded())) {
            Attempt last = exchange.end().settle();
            downstream.data(passed, true);
            exchange.end().letGo(last);
            return;
        }
        downstream.data(passed, end);
        downstream.flush();
        if (!exchange.isOver() && !downstream.isWritable()) {
            pause();
        }
    }

    private void passTrailers(Headers trailers) {
        ByteBuf rest = exchange.passage().responseEnd(trailers);
        if (exchange.isOver()) {
            rest.release();
            return;
        }
        sentBytes += rest.readableBytes();
        Attempt last = exchange.end().settle();
        if (trailers.isEmpty()) {
            downstream.data(rest, true);
        } else {
            if (rest.isReadable()) {
                downstream.data(rest, false);
            } else {
                rest.release();
            }
            downstream.trailers(trailers);
        }
        exchange.end().letGo(last);
    }

    private @Nullable ClientStream upstream() {
        Attempt sender = exchange.attempts().running();
        return sender == null ? null : sender.stream();
    }

    private void pause() {
        ClientStream stream = upstream();
        if (stream != null && !paused) {
            paused = true;
            exchange.loop().relief().pilesUp();
            stream.pause();
        }
    }

    /** The client takes data again. */
    void writable() {
        ClientStream stream = upstream();
        if (stream != null && paused && !isWaiting()) {
            deadline.moved();
            paused = false;
            stream.resume();
        }
    }

    /** Whether trailers can follow what the client was given, so that a gRPC client learns of a failure by its status. */
    boolean canEndWithTrailers() {
        ResponseHead given = head;
        return given != null
                && !isWaiting()
                && !given.headers().contains(HeaderName.CONTENT_LENGTH)
                && (exchange.connection().protocol() == Protocol.HTTP_2 || hasTrailersInItsBody(given));
    }

    /** In gRPC-Web a filter makes them the end of the body, whatever the version. */
    private static boolean hasTrailersInItsBody(ResponseHead given) {
        String type = given.headers().get(HeaderName.CONTENT_TYPE);
        return type != null && type.startsWith(GRPC_WEB);
    }

    /** What we say ourselves, before it is brought into a form; null where there is none. */
    @Nullable
    String localText() {
        return localText;
    }

    void localText(String text) {
        localText = text;
    }

    /**
     * Says something of our own in place of the upstream.
     *
     * @param replies what becomes of it; null where it stays
     * @param status see {@link LocalReplies#rewrite}
     */
    void answer(LocalResponse ours, @Nullable LocalReplies replies, int status) {
        tunnel = false;
        committed = true;
        sent = true;
        head = ours.head();
        LocalResponse local = replies == null ? ours : replies.rewrite(ours, status, exchange.passage());
        exchange.passage().localResponse(local.head());
        ByteBuf content = local.body();
        boolean withBody = content.isReadable() && !exchange.request().method().equals("HEAD");
        sentBytes += withBody ? content.readableBytes() : 0;
        exchange.end().settle();
        downstream.respond(local.head(), !withBody);
        if (withBody) {
            downstream.data(content, true);
        } else {
            content.release();
        }
        downstream.flush();
    }

    long heldBytes() {
        ClientStream stream = upstream();
        return (held == null ? 0 : held.bytes()) + (stream == null ? 0 : stream.heldBytes());
    }

    void release() {
        if (held != null) {
            held.release();
        }
    }
}
