package dev.weft.proxy.forward;

import dev.weft.proxy.http.ChunkQueue;
import dev.weft.proxy.http.ClientStream;
import dev.weft.proxy.http.Headers;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/**
 * A request's body between the client and the try that takes it. What was sent is kept until a repetition is out of the question:
 * because more came than the cap allows, or because a response has begun. What was not yet sent is kept anyway, and bounded by
 * the client being paused meanwhile.
 *
 * <p>Confined to its exchange's event loop. Owns the buffers in it.
 */
final class RequestBody {
    private static final int UNCOPIED_CHUNKS = 4;

    private final ChunkQueue unsent = new ChunkQueue(UNCOPIED_CHUNKS);

    /** What was sent to the present try; held only while {@link #replayable}. */
    private final ChunkQueue sent = new ChunkQueue(UNCOPIED_CHUNKS);

    private final int capBytes;
    private long keptBytes;
    private boolean replayable = true;

    /** Some of it was sent and is gone. */
    private boolean lost;

    private boolean ended;
    private boolean endSent;
    private @Nullable Headers trailers;

    RequestBody(int capBytes) {
        this.capBytes = capBytes;
    }

    void add(ByteBuf data, boolean end) {
        ended |= end;
        if (!data.isReadable()) {
            data.release();
            return;
        }
        keptBytes += data.readableBytes();
        unsent.add(data);
        if (replayable && keptBytes > capBytes) {
            stopKeeping();
        }
    }

    /** Copies the trailers, which are the codec's, and ends. */
    void end(Headers from) {
        Headers copy = new Headers();
        copy.addAll(from);
        trailers = copy;
        ended = true;
    }

    /** Lets go of what was sent; from now on the body can be sent only once. */
    void stopKeeping() {
        replayable = false;
        lost |= !sent.isEmpty();
        sent.release();
    }

    /** Whether a further try can be given the whole body. */
    boolean canBeSentAgain() {
        return !lost;
    }

    /** A further try begins. */
    void rewind() {
        unsent.putBack(sent);
        endSent = false;
    }

    /** Gives all of it to {@code queue}, as it has come; nothing was lost, and nothing is sent of it any more. */
    void moveTo(BodyQueue queue) {
        rewind();
        for (ByteBuf chunk = unsent.poll(); chunk != null; chunk = unsent.poll()) {
            queue.add(chunk, false);
        }
        if (trailers != null) {
            queue.end(trailers);
        } else {
            queue.add(Unpooled.EMPTY_BUFFER, ended);
        }
    }

    /** Whether the present try has all that the client has sent so far. */
    boolean isDrained() {
        return unsent.isEmpty() && (!ended || endSent);
    }

    /** Sends what there is until the stream is full; a try that ends meanwhile stops it. */
    void sendTo(Attempt attempt) {
        for (ByteBuf chunk = unsent.peek(); chunk != null; chunk = unsent.peek()) {
            ClientStream stream = attempt.stream();
            if (stream == null || !stream.isWritable()) {
                return;
            }
            unsent.poll();
            boolean last = ended && trailers == null && unsent.isEmpty();
            endSent |= last;
            if (replayable) {
                ByteBuf again = chunk.retainedDuplicate();
                sent.add(chunk);
                stream.data(again, last);
            } else {
                lost = true;
                stream.data(chunk, last);
            }
        }
        ClientStream stream = attempt.stream();
        if (ended && !endSent && stream != null) {
            endSent = true;
            if (trailers != null) {
                stream.trailers(trailers);
            } else {
                stream.data(Unpooled.EMPTY_BUFFER, true);
            }
        }
    }

    /** Not yet sent, and kept for a repetition. */
    long bytes() {
        return unsent.bytes() + sent.bytes();
    }

    void release() {
        unsent.release();
        sent.release();
    }
}
