package dev.weft.proxy.forward;

import dev.weft.proxy.http.ChunkQueue;
import dev.weft.proxy.http.Headers;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * A body, or a part of one, that has to wait while a filter thinks. Bounded by what arrives after its source was paused.
 *
 * <p>Confined to its exchange's event loop. Owns the buffers in it.
 */
final class BodyQueue {
    private final ChunkQueue chunks = new ChunkQueue(2);
    private boolean ended;
    private @Nullable Headers trailers;

    void add(ByteBuf data, boolean end) {
        chunks.add(data);
        ended |= end;
    }

    /** Copies the trailers, which are the codec's, and ends. */
    void end(Headers from) {
        Headers copy = new Headers();
        copy.addAll(from);
        trailers = copy;
        ended = true;
    }

    /** The next chunk, which the caller owns; null where there is none. */
    @Nullable
    ByteBuf next() {
        return chunks.poll();
    }

    /** Whether the chunk that {@link #next} gave last was the end. */
    boolean atEnd() {
        return ended && trailers == null && chunks.isEmpty();
    }

    @Nullable
    Headers trailers() {
        return trailers;
    }

    /** The trailers, once, where all before them is gone. */
    @Nullable
    Headers takeTrailers() {
        Headers taken = chunks.isEmpty() ? trailers : null;
        if (taken != null) {
            trailers = null;
        }
        return taken;
    }

    long bytes() {
        return chunks.bytes();
    }

    boolean isEmpty() {
        return chunks.isEmpty() && trailers == null;
    }

    void release() {
        chunks.release();
    }
}
