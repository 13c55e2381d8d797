package dev.weft.proxy.forward;

import dev.weft.balance.PickContext;
import dev.weft.balance.health.Outcome;
import dev.weft.proxy.cluster.Cluster;
import dev.weft.proxy.cluster.ClusterEndpoint;
import dev.weft.proxy.filter.Answer;
import dev.weft.proxy.filter.SideRequest;
import dev.weft.proxy.http.ClientConnection;
import dev.weft.proxy.http.ClientStream;
import dev.weft.proxy.http.ClientStreamHandler;
import dev.weft.proxy.http.Connection;
import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.http.StreamReset;
import dev.weft.proxy.telemetry.TrafficCounters;
import dev.weft.proxy.upstream.Acquisition;
import dev.weft.proxy.upstream.ConnectFailure;
import dev.weft.proxy.upstream.UpstreamPools;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A request of a filter's own, tried once. Its response is dropped, unless the filter waits for it. It outlives its exchange.
 *
 * <p>It must cost the exchange nothing: its receiver slows nobody down, and what it does not take is held up to
 * {@link #MAX_HELD_BYTES}, after which it is given up; so is one whose answer has more than {@link #MAX_ANSWER_BYTES}.
 *
 * <p>Confined to the event loop of its exchange. Ends exactly once.
 */
final class Sideline implements SideRequest, UpstreamPools.Callback {
    private static final Logger LOG = LoggerFactory.getLogger(Sideline.class);
    private static final int MAX_HELD_BYTES = 256 * 1024;
    private static final int MAX_ANSWER_BYTES = 64 * 1024;

    private final ForwardLoop loop;
    private final Cluster cluster;
    private final ClusterEndpoint endpoint;
    private final RequestHead head;
    private final boolean bare;
    private final TrafficCounters counters;
    private final BodyQueue held = new BodyQueue();
    private final long startNanos;
    private final Future<?> timeout;

    /** Who waits for the answer; null where nobody does. */
    private final @Nullable Consumer<Answer> asker;

    private Acquisition acquisition = Acquisition.DONE;
    private @Nullable ClientStream stream;
    private int heldBytes;
    private int status;
    private boolean sentAll;
    private boolean over;

    /** Why there is no answer, for people. */
    private String missing = "";

    private Sideline(
            ForwardLoop loop,
            Cluster cluster,
            ClusterEndpoint endpoint,
            RequestHead head,
            boolean bare,
            Duration timeout,
            @Nullable Consumer<Answer> asker) {
        this.asker = asker;
        this.loop = loop;
        this.cluster = cluster;
        this.endpoint = endpoint;
        this.head = head;
        this.bare = bare;
        this.sentAll = bare;
        this.counters = loop.telemetry().cluster(cluster.name());
        this.startNanos = loop.timer().nanos();
        this.timeout = loop.loop().schedule(this::timedOut, timeout.toNanos(), TimeUnit.NANOSECONDS);
    }

    static @Nullable SideRequest open(
            ForwardLoop loop,
            Cluster cluster,
            Connection downstream,
            RequestHead head,
            boolean bare,
            Duration timeout) {
        return open(loop, cluster, downstream, head, bare, timeout, null);
    }

    /** Tells {@code asker} what came of it, once, in a task of its own. */
    static void ask(
            ForwardLoop loop,
            @Nullable Cluster cluster,
            Connection downstream,
            RequestHead head,
            ByteBuf content,
            Duration timeout,
            Consumer<Answer> asker) {
        boolean bare = !content.isReadable();
        head.headers().remove(HeaderName.CONTENT_LENGTH); // the client's own, where its fields were copied
        if (!bare) {
            head.headers().set(HeaderName.CONTENT_LENGTH, Integer.toString(content.readableBytes()));
        }
        Sideline asked = cluster == null ? null : open(loop, cluster, downstream, head, bare, timeout, asker);
        if (asked == null || bare) {
            content.release();
        } else {
            asked.data(content, true);
        }
        if (asked == null) {
            loop.loop().execute(() -> asker.accept(new Answer.None("nobody to ask")));
        }
    }

    private static @Nullable Sideline open(
            ForwardLoop loop,
            Cluster cluster,
            Connection downstream,
            RequestHead head,
            boolean bare,
            Duration timeout,
            @Nullable Consumer<Answer> asker) {
        if (!cluster.tryTakeRequest()) {
            return null;
        }
        PickContext picking = loop.takeContext();
        ClusterEndpoint endpoint = cluster.pick(picking);
        if (endpoint == null) {
            loop.giveBack(picking);
            cluster.returnRequest();
            return null;
        }
        cluster.attemptStarted(endpoint, picking);
        loop.giveBack(picking);
        Sideline side = new Sideline(loop, cluster, endpoint, head, bare, timeout, asker);
        side.start(downstream);
        return side;
    }

    private void start(Connection downstream) {
        counters.started();
        Acquisition waiting = loop.pools().acquire(cluster, endpoint, downstream, this);
        if (stream == null && !over) {
            acquisition = waiting;
        }
    }

    @Override
    public void connected(ClientConnection connection) {
        acquisition = Acquisition.DONE;
        if (over) {
            return;
        }
        try {
            stream = connection.open(head, bare, new Reading());
        } catch (RuntimeException unwritable) {
            LOG.warn("the side request {} cannot be sent: {}", head.path(), unwritable.toString());
            missing = unwritable.toString();
            end(null);
            return;
        }
        pump();
    }

    @Override
    public void failed(ConnectFailure failure) {
        acquisition = Acquisition.DONE;
        missing = "no connection to " + endpoint + ": " + failure.reason();
        end(null);
    }

    @Override
    public void data(ByteBuf data, boolean end) {
        if (over) {
            data.release();
            return;
        }
        heldBytes += data.readableBytes();
        held.add(data, end);
        pump();
        if (heldBytes > MAX_HELD_BYTES) {
            cancel();
        }
    }

    @Override
    public void trailers(Headers trailers) {
        if (!over) {
            held.end(trailers);
            pump();
        }
    }

    private void pump() {
        ClientStream to = stream;
        if (to == null) {
            return;
        }
        while (!over && to.isWritable()) {
            ByteBuf chunk = held.next();
            if (chunk == null) {
                break;
            }
            heldBytes -= chunk.readableBytes();
            sentAll |= held.atEnd();
            to.data(chunk, held.atEnd());
        }
        Headers trailers = held.takeTrailers();
        if (!over && trailers != null) {
            sentAll = true;
            to.trailers(trailers);
        }
        if (!over) {
            to.flush();
        }
    }

    private void timedOut() {
        missing = "no answer of " + endpoint + " in time";
        cancel();
    }

    @Override
    public void cancel() {
        if (over) {
            return;
        }
        ClientStream open = stream;
        Acquisition waiting = acquisition;
        end(null);
        waiting.cancel();
        if (open != null) {
            open.reset(StreamReset.CANCELLED);
        }
    }

    private void end(@Nullable Outcome outcome) {
        end(outcome, null);
    }

    private void end(@Nullable Outcome outcome, @Nullable Answer answer) {
        if (over) {
            return;
        }
        over = true;
        timeout.cancel(false);
        held.release();
        if (outcome == null) {
            cluster.attemptAbandoned(endpoint);
        } else {
            cluster.attemptEnded(endpoint, outcome);
        }
        cluster.returnRequest();
        counters.ended(status, loop.timer().nanos() - startNanos);
        Consumer<Answer> waiting = asker;
        if (waiting != null) {
            Answer told = answer == null ? new Answer.None(missing) : answer;
            loop.loop().execute(() -> waiting.accept(told));
        }
    }

    /** Reads the response, so that its connection can be used again, and keeps it where somebody waits for it. */
    private final class Reading implements ClientStreamHandler {
        private final ResponseHead kept = new ResponseHead();
        private ByteBuf body = Unpooled.EMPTY_BUFFER;

        @Override
        public void informational(ResponseHead interim) {
            // Nobody is told.
        }

        @Override
        public void head(ResponseHead response, boolean end) {
            status = response.status();
            if (asker != null) { // the codec's own, which it uses again
                kept.status(status).headers().addAll(response.headers());
            }
            if (end) {
                answered();
            }
        }

        @Override
        public void data(ByteBuf data, boolean end) {
            int bytes = asker == null ? 0 : data.readableBytes();
            if (bytes > MAX_ANSWER_BYTES - body.readableBytes()) {
                data.release();
                missing = "an answer of " + endpoint + " with more than " + MAX_ANSWER_BYTES + " bytes";
                cancel();
                return;
            }
            if (bytes > 0) {
                body = body.isReadable() ? body : Unpooled.buffer(bytes);
                body.writeBytes(data);
            }
            data.release();
            if (end) {
                answered();
            }
        }

        @Override
        public void trailers(Headers trailers) {
            answered();
        }

        private void answered() {
            ClientStream open = stream;
            boolean incomplete = !sentAll;
            end(Outcome.ofStatus(status), asker == null ? null : new Answer.Response(kept, body));
            if (incomplete && open != null) {
                open.reset(StreamReset.CANCELLED);
            }
        }

        @Override
        public void reset(StreamReset cause) {
            missing = endpoint + " ended the stream: " + cause;
            end(cause.isUnprocessed() || cause == StreamReset.SHUTDOWN ? null : Outcome.LOCAL_FAILURE);
        }

        @Override
        public void writable() {
            pump();
        }
    }
}
