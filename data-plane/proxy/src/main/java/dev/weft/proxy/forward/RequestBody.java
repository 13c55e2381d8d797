package dev.weft.proxy.forward;

import dev.weft.proxy.http.ClientStream;
import dev.weft.proxy.http.Headers;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/**
 * A request's body between the client and the try that takes it. What was sent is kept until a repetition is out of the question:
 * because more came than the cap allows, or because a response has begun. What was not yet sent is kept anyway, and bounded by
 * the client being paused meanwhile.
 *
 * <p>Confined to its exchange's event loop. Owns the buffers in it.
 */
final class RequestBody {
    private final ArrayList<ByteBuf> chunks = new ArrayList<>(2);
    private final int capBytes;

    /** Chunks before this index were sent to the present try; they are there only while {@link #replayable}. */
    private int sent;

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
        chunks.add(data);
        keptBytes += data.readableBytes();
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
        lost |= sent > 0;
        for (int i = 0; i < sent; i++) {
            chunks.get(i).release();
        }
        chunks.subList(0, sent).clear();
        sent = 0;
    }

    /** Whether a further try can be given the whole body. */
    boolean canBeSentAgain() {
        return !lost;
    }

    /** A further try begins. */
    void rewind() {
        sent = 0;
        endSent = false;
    }

    /** Whether the present try has all that the client has sent so far. */
    boolean isDrained() {
        return sent == chunks.size() && (!ended || endSent);
    }

    /** Sends what there is until the stream is full; a try that ends meanwhile stops it. */
    void sendTo(Attempt attempt) {
        while (sent < chunks.size()) {
            ClientStream stream = attempt.stream();
            if (stream == null || !stream.isWritable()) {
                return;
            }
            ByteBuf chunk = chunks.get(sent);
            boolean last = ended && trailers == null && sent + 1 == chunks.size();
            endSent |= last;
            if (replayable) {
                sent++;
                stream.data(chunk.retainedDuplicate(), last);
            } else {
                chunks.remove(sent);
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

    void release() {
        chunks.forEach(ByteBuf::release);
        chunks.clear();
        sent = 0;
    }
}
